"""The index by which Messages finds the batches of a day. Figures are counted meanwhile."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0041_report_mails")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS figures_of_batch_by_day",
                        "CREATE INDEX CONCURRENTLY figures_of_batch_by_day ON campaigns_batchfigures (day, batch)",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS figures_of_batch_by_day",
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="batchfigures",
                    index=models.Index(fields=["day", "batch"], name="figures_of_batch_by_day"),
                )
            ],
        )
    ]
