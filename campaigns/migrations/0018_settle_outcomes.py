"""Results are written down by outcome, claims planned once, and the ids that the gateway gave have one index, not two.

Workers of the release before go on while this runs, so `campaigns_settle` stays in a database that had it; a later
release may drop it.
"""

from pathlib import Path

from django.db import migrations

FUNCTIONS = (Path(__file__).parent / "0005_sending_functions.sql").read_text()
SETTLE = (Path(__file__).parent / "0018_settle_outcomes.sql").read_text()
# Nobody looks an id up by the number of its row, and keeping that index was a fifth of writing a call's ids down.
ONE_INDEX = "ALTER TABLE campaigns_givenid DROP CONSTRAINT campaigns_givenid_pkey"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0017_tell_authors")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(SETTLE, "DROP FUNCTION campaigns_settle_outcomes"),
        migrations.RunSQL(ONE_INDEX, "ALTER TABLE campaigns_givenid ADD PRIMARY KEY (id)"),
    ]
