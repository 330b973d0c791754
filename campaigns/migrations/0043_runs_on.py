"""The index by which Home finds the runs that are on, of all that were. Sending goes on meanwhile."""

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
        )
    ]
