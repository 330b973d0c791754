"""Figures of days for the reports, and how far batches are counted in them."""

from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models

HERE = Path(__file__).parent
NOW = Path(__file__).with_suffix(".sql").read_text()
BEFORE = (HERE / "0039_figures_before.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_calls_of_keys"),
        ("campaigns", "0038_service_of_calls"),
    ]

    operations = [
        # Whoever holds the table for long would have everybody else wait behind this.
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", "SET LOCAL lock_timeout = '5s'"),
        migrations.CreateModel(
            name="BatchFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "network",
                    models.CharField(
                        blank=True, help_text="As the gateway calls it; empty: it did not say.", max_length=30
                    ),
                ),
                ("group_name", models.CharField(blank=True, help_text="The person's group then.", max_length=100)),
                ("delivered", models.IntegerField(default=0)),
                ("undelivered", models.IntegerField(default=0)),
                ("awaited", models.IntegerField(default=0, help_text="Accepted; the report may come.")),
                ("expired", models.IntegerField(default=0, help_text="Accepted; no report came in time.")),
                ("not_known", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("left_out", models.IntegerField(default=0)),
                ("cancelled", models.IntegerField(default=0)),
                ("waiting", models.IntegerField(default=0)),
                ("parts", models.IntegerField(default=0, help_text="Of what went, or may have gone.")),
                ("cost", models.DecimalField(decimal_places=4, default=0, help_text="KES of the same.", max_digits=14)),
                (
                    "planned",
                    models.DecimalField(decimal_places=4, default=0, help_text="KES of what waits.", max_digits=14),
                ),
                (
                    "reasons",
                    models.JSONField(
                        default=dict, help_text="Of what was refused or not delivered: reason to how many."
                    ),
                ),
                ("left_out_for", models.JSONField(default=dict, help_text="Of what was left out: reason to how many.")),
                (
                    "delays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        help_text="Of what was delivered: how many in each of DELAY_BUCKETS.",
                        size=None,
                    ),
                ),
                (
                    "campaign",
                    models.BigIntegerField(default=0, help_text="No constraint: figures stay when campaigns go."),
                ),
                ("sender", models.BigIntegerField(default=0)),
                ("source", models.CharField(max_length=8)),
                (
                    "who",
                    models.CharField(
                        blank=True, help_text="`user:3`, `key:5`; empty: the portal itself.", max_length=24
                    ),
                ),
                ("batch", models.BigIntegerField(help_text="No constraint: figures stay when texts go.")),
            ],
        ),
        migrations.CreateModel(
            name="DayFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "network",
                    models.CharField(
                        blank=True, help_text="As the gateway calls it; empty: it did not say.", max_length=30
                    ),
                ),
                ("group_name", models.CharField(blank=True, help_text="The person's group then.", max_length=100)),
                ("delivered", models.IntegerField(default=0)),
                ("undelivered", models.IntegerField(default=0)),
                ("awaited", models.IntegerField(default=0, help_text="Accepted; the report may come.")),
                ("expired", models.IntegerField(default=0, help_text="Accepted; no report came in time.")),
                ("not_known", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("left_out", models.IntegerField(default=0)),
                ("cancelled", models.IntegerField(default=0)),
                ("waiting", models.IntegerField(default=0)),
                ("parts", models.IntegerField(default=0, help_text="Of what went, or may have gone.")),
                ("cost", models.DecimalField(decimal_places=4, default=0, help_text="KES of the same.", max_digits=14)),
                (
                    "planned",
                    models.DecimalField(decimal_places=4, default=0, help_text="KES of what waits.", max_digits=14),
                ),
                (
                    "reasons",
                    models.JSONField(
                        default=dict, help_text="Of what was refused or not delivered: reason to how many."
                    ),
                ),
                ("left_out_for", models.JSONField(default=dict, help_text="Of what was left out: reason to how many.")),
                (
                    "delays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        help_text="Of what was delivered: how many in each of DELAY_BUCKETS.",
                        size=None,
                    ),
                ),
                (
                    "campaign",
                    models.BigIntegerField(default=0, help_text="No constraint: figures stay when campaigns go."),
                ),
                ("sender", models.BigIntegerField(default=0)),
                ("source", models.CharField(max_length=8)),
                (
                    "who",
                    models.CharField(
                        blank=True, help_text="`user:3`, `key:5`; empty: the portal itself.", max_length=24
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="batch",
            name="changes",
            field=models.IntegerField(
                db_default=1, default=1, help_text="How often its texts were changed and recounted."
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="counted",
            field=models.IntegerField(
                db_default=0, default=0, help_text="As of which of them it stands in the figures."
            ),
        ),
        migrations.AddIndex(
            model_name="batchfigures",
            index=models.Index(fields=["batch"], name="figures_of_batch"),
        ),
        migrations.AddIndex(
            model_name="dayfigures",
            index=models.Index(fields=["campaign", "day"], name="figures_of_campaign"),
        ),
        migrations.AddConstraint(
            model_name="dayfigures",
            constraint=models.UniqueConstraint(
                fields=("day", "campaign", "sender", "source", "who", "network", "group_name"), name="figures_of_a_day"
            ),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
