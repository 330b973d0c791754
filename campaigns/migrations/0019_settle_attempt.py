"""What an attempt came to is told in words: `campaigns_settle_attempt`.

`campaigns_settle_outcomes` is told it in letters and hands words on, for workers of the release before, which go on
while this runs. Databases had two texts of it, since 0018's file was edited after it was made. The functions of 0005,
whose file was edited more often, are the same in all since 0018 ran it again, so they are not made anew.
"""

from pathlib import Path

from django.db import migrations

BEFORE = Path(__file__).with_name("0018_settle_outcomes.sql").read_text()
FUNCTIONS = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0018_settle_outcomes")]

    operations = [migrations.RunSQL(FUNCTIONS, f"{BEFORE}DROP FUNCTION campaigns_settle_attempt")]
