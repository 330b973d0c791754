"""The function that keeps reports."""

from pathlib import Path

from django.db import migrations

FUNCTION = (Path(__file__).parent / "0011_store_reports.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0010_report_columns")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION campaigns_store_reports")]
