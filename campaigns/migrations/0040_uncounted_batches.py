"""The index by which batches that changed are found: all of them at first. Sending goes on meanwhile."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0039_figures")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS batch_uncounted",
                        "CREATE INDEX CONCURRENTLY batch_uncounted ON campaigns_batch (id) WHERE changes <> counted",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS batch_uncounted",
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="batch",
                    index=models.Index(
                        fields=["id"],
                        name="batch_uncounted",
                        condition=models.Q(("changes", models.F("counted")), _negated=True),
                    ),
                )
            ],
        )
    ]
