"""Batches are recounted in one statement, whatever their number."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0039_figures.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0051_replaced_runs")]

    operations = [migrations.RunSQL(NOW, BEFORE)]
