"""A rule: how many marketing texts a person may have in seven days, which a claim looks at."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0038_service_of_calls.sql").read_text() + (
    "DROP FUNCTION campaigns_marketing_had(varchar, bigint, timestamptz, timestamptz)"
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
        migrations.AddField(
            model_name="rules",
            name="weekly_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when marketing texts are written down as they are claimed, for that.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="ClaimedMarketing",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="campaigns.message",
                    ),
                ),
                ("phone", models.CharField(max_length=15)),
                ("claimed_at", models.DateTimeField(help_text="For the last time.")),
            ],
            options={
                "indexes": [models.Index(fields=["phone", "claimed_at"], name="claimed_marketing")],
            },
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
