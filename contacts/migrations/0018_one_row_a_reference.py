"""A contact is unique by (group, phone, reference). The indexes are made beside uploads and sending, and may be made again.

For a million contacts some five seconds. The group stands last in the unique one: an entry of a contact without a
reference is no longer than it was.
"""

from django.db import migrations, models
from django.db.models.functions import Collate

UNIQUE = "(phone varchar_pattern_ops, reference varchar_pattern_ops, group_id int8_ops)"
BY_NUMBER = "(group_id, phone COLLATE \"C\", id) WHERE reference > ''"
BY_REFERENCE = "(group_id, reference) WHERE reference > ''"


def made(kind: str, name: str, of: str) -> list[str]:
    """One that was broken off is there, and unused: it is made from the beginning."""
    return [gone(name), f"CREATE {kind} CONCURRENTLY {name} ON contacts_contact {of}"]


def gone(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0017_rows_of_one_number")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        *made("UNIQUE INDEX", "contact_phone_reference_group", UNIQUE),
                        *made("INDEX", "contact_by_number", BY_NUMBER),
                        *made("INDEX", "contact_by_reference", BY_REFERENCE),
                        gone("contact_phone_group"),
                    ],
                    [
                        *made("UNIQUE INDEX", "contact_phone_group", "(phone varchar_pattern_ops, group_id int8_ops)"),
                        gone("contact_by_reference"),
                        gone("contact_by_number"),
                        gone("contact_phone_reference_group"),
                    ],
                )
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="contact", name="contact_phone_group"),
                migrations.AddIndex(
                    model_name="contact",
                    index=models.Index(
                        models.F("group"),
                        Collate("phone", "C"),
                        models.F("id"),
                        condition=models.Q(reference__gt=""),
                        name="contact_by_number",
                    ),
                ),
                migrations.AddIndex(
                    model_name="contact",
                    index=models.Index(
                        condition=models.Q(reference__gt=""), fields=["group", "reference"], name="contact_by_reference"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="contact",
                    constraint=models.UniqueConstraint(
                        fields=("phone", "reference", "group"),
                        name="contact_phone_reference_group",
                        opclasses=["varchar_pattern_ops", "varchar_pattern_ops", "int8_ops"],
                    ),
                ),
            ],
        )
    ]
