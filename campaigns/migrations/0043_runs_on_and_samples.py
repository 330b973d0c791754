"""The index by which Home finds the runs that are on, of all that were, and what the samples of a first start are.

Sending goes on meanwhile. The table comes last: who begins anew after an interruption makes the index again first.
"""

from django.db import migrations, models

STATUSES = ["planning", "planned", "sending", "paused", "halted", "held"]
WRITTEN = ", ".join(f"'{one}'" for one in STATUSES)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0042_figures_by_day")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS run_on",
                        f"CREATE INDEX CONCURRENTLY run_on ON campaigns_run (id DESC) WHERE status IN ({WRITTEN})",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS run_on",
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="run",
                    index=models.Index(fields=["-id"], condition=models.Q(status__in=STATUSES), name="run_on"),
                )
            ],
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[("group", "Group"), ("campaign", "Campaign"), ("template", "Template")], max_length=8
                    ),
                ),
                ("row", models.BigIntegerField(help_text="Its id. No constraint: it may go.")),
                ("state", models.JSONField(help_text="How it was made: who changes that makes it their own.")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("what", "row"), name="sample_once")],
            },
        ),
    ]
