"""A message is unique by (run, phone, reference), a reminder's key by reference too. Sending goes on meanwhile.

For ten million messages some minutes, most of them of reading; each ALTER takes milliseconds, and gives up after five
seconds of waiting. Whatever of it was made before it was broken off is made again.
"""

from django.db import migrations, models


def replaced(table: str, old: str, new: str, columns: str) -> list[str]:
    """The constraint `old` of the table is taken the place of by `new`."""
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {new}",
        f"DROP INDEX CONCURRENTLY IF EXISTS {new}",
        f"CREATE UNIQUE INDEX CONCURRENTLY {new} ON {table} ({columns})",
        "SET lock_timeout = '5s'",
        f"ALTER TABLE {table} ADD CONSTRAINT {new} UNIQUE USING INDEX {new}",
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {old}",
        "RESET lock_timeout",
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("campaigns", "0032_rows_of_one_number")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    replaced(
                        "campaigns_message", "message_once_a_run", "message_once_a_row", "run_id, phone, reference"
                    ),
                    replaced("campaigns_message", "message_once_a_row", "message_once_a_run", "run_id, phone"),
                ),
                migrations.RunSQL(
                    replaced(
                        "campaigns_reminderkey",
                        "reminded_once",
                        "reminded_once_a_row",
                        "campaign_id, stage, phone, reference, stands_for",
                    ),
                    replaced(
                        "campaigns_reminderkey",
                        "reminded_once_a_row",
                        "reminded_once",
                        "campaign_id, stage, phone, stands_for",
                    ),
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="message", name="message_once_a_run"),
                migrations.RemoveConstraint(model_name="reminderkey", name="reminded_once"),
                migrations.AddConstraint(
                    model_name="message",
                    constraint=models.UniqueConstraint(fields=("run", "phone", "reference"), name="message_once_a_row"),
                ),
                migrations.AddConstraint(
                    model_name="reminderkey",
                    constraint=models.UniqueConstraint(
                        fields=("campaign", "stage", "phone", "reference", "stands_for"), name="reminded_once_a_row"
                    ),
                ),
            ],
        )
    ]
