"""Indexes by which the texts of scripts are found. Sending goes on meanwhile; what was broken off is made again."""

from django.db import migrations, models


def index(model, name, columns, index, where=""):
    table = f"campaigns_{model}"
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                [
                    f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                    f"CREATE INDEX CONCURRENTLY {name} ON {table} ({columns}) {where}",
                ],
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            )
        ],
        state_operations=[migrations.AddIndex(model_name=model, index=index)],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0034_calls_of_scripts")]

    operations = [
        index(
            "batch",
            "batch_single_ready",
            "sender_id, kind, id",
            models.Index(
                fields=["sender", "kind", "id"],
                name="batch_single_ready",
                condition=models.Q(status="ready", run__isnull=True),
            ),
            "WHERE run_id IS NULL AND status = 'ready'",
        ),
        index(
            "batch",
            "batch_waiting",
            "not_before",
            models.Index(fields=["not_before"], name="batch_waiting", condition=models.Q(status="waiting")),
            "WHERE status = 'waiting'",
        ),
        index(
            "batch",
            "batch_of_call",
            "script_call_id, id",
            models.Index(
                fields=["script_call", "id"],
                name="batch_of_call",
                condition=models.Q(script_call__isnull=False),
            ),
            "WHERE script_call_id IS NOT NULL",
        ),
        index(
            "givenreference",
            "given_reference",
            "reference",
            models.Index(fields=["reference"], name="given_reference"),
        ),
    ]
