"""The indexes by which the tick finds runs to tell of, and every page those that wait for somebody."""

from django.db import migrations, models

TOLD = ("finished", "halted", "held")
UNTOLD = """
(status IN ('finished', 'halted', 'held') AND NOT (told_as = status))
OR (NOT (status IN ('finished', 'halted', 'held')) AND NOT (told_as = ''))
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0045_notices")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS run_untold",
                        f"CREATE INDEX CONCURRENTLY run_untold ON campaigns_run (id) WHERE {UNTOLD}",
                        "DROP INDEX CONCURRENTLY IF EXISTS run_stopped",
                        "CREATE INDEX CONCURRENTLY run_stopped ON campaigns_run (id) WHERE status IN ('halted', 'held')",
                    ],
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS run_untold",
                        "DROP INDEX CONCURRENTLY IF EXISTS run_stopped",
                    ],
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="run",
                    index=models.Index(
                        fields=["id"],
                        name="run_untold",
                        condition=models.Q(
                            models.Q(
                                ("status__in", TOLD), models.Q(("told_as", models.F("status")), _negated=True)
                            ),
                            models.Q(
                                models.Q(("status__in", TOLD), _negated=True),
                                models.Q(("told_as", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                    ),
                ),
                migrations.AddIndex(
                    model_name="run",
                    index=models.Index(
                        fields=["id"], name="run_stopped", condition=models.Q(("status__in", ["halted", "held"]))
                    ),
                ),
            ],
        )
    ]
