"""A rule: how many marketing texts a person may have in seven days, which a claim looks at."""

from pathlib import Path

from django.db import migrations, models

HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0038_service_of_calls.sql").read_text() + (
    "DROP FUNCTION campaigns_marketing_had(varchar, bigint, timestamptz)"
)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0043_runs_on_and_samples")]

    operations = [
        migrations.AddField(
            model_name="rules",
            name="weekly_texts",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Marketing texts a number may have in seven days; empty: no limit.",
                null=True,
            ),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
