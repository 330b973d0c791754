"""Settling joins results and texts by hashing: the functions of 0005, as its file has them now."""

from pathlib import Path

from django.db import migrations

FUNCTIONS = (Path(__file__).parent / "0005_sending_functions.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0015_schedules")]

    operations = [migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop)]
