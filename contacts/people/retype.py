"""Changing a field's type: its values are read anew by it; those that cannot be are taken away, once that was said."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection, transaction

from contacts.models import ContactField
from contacts.people.merge import lock_group
from contacts.values import MONEY, BadValue, begins_with_zero, doubtful_date
from lib.copy_lines import copy_text

# More than these would hold the group for longer than a page may take.
MOST_PEOPLE = 100_000
TOO_MANY = (
    "A group of more than 100,000 people keeps its fields' types. Upload the column again as a new field of the type "
    "that you want."
)

VALUES = 'SELECT id, "values" ->> %(key)s FROM contacts_contact WHERE group_id = %(group)s AND "values" ? %(key)s'
CHANGED = "CREATE TEMPORARY TABLE retyped (id bigint, written jsonb) ON COMMIT DROP"
CHANGE = """
UPDATE contacts_contact c SET "values" = (c."values" - %(key)s) || r.written, updated_at = clock_timestamp(),
    written_at = statement_timestamp(), written_by = %(by)s
FROM retyped r WHERE c.id = r.id
"""
# Whoever has a value of the new type has one that was accepted now.
ACCEPT = """
UPDATE contacts_contact SET not_updated = nullif(array_remove(not_updated, %(key)s), '{}'),
    updated_at = clock_timestamp(), written_at = statement_timestamp(), written_by = %(by)s
WHERE group_id = %(group)s AND %(key)s = ANY(not_updated) AND "values" ? %(key)s
"""


class WhichOrder(ValueError):
    """The dates only fit with the month first, as `cell` does: ask whether that is meant."""

    def __init__(self, cell: str) -> None:
        super().__init__(
            f"Dates such as “{cell}” cannot be read with the day first. Say whether the month stands first."
        )
        self.cell = cell


class FieldIsKey(ValueError):
    """The field tells the rows of its group apart: nothing was changed, and its words say so."""

    def __init__(self, field: ContactField) -> None:
        super().__init__(
            f"“{field.label}” tells rows of one number apart in this group. Choose another field for that first, or "
            "none."
        )


class TooManyPeople(ValueError):
    """The group is too large; its words say what to do instead."""


def unreadable_values(
    field: ContactField, type_: str, options: Sequence[str] = (), *, month_first: bool | None = None
) -> list[str]:
    """The values that people have and that `type_` cannot take. Raises TooManyPeople, and WhichOrder where that was not
    said and the dates only fit with the month first."""
    return [old for _, old, new in _read(field, type_, options, month_first) if new is None]


@transaction.atomic
def retype_field(
    field: ContactField,
    type_: str,
    options: Sequence[str] = (),
    *,
    month_first: bool | None = None,
    by: str = "",
) -> int:
    """Give the field its new type and its values their new form; returns how many were taken away.

    Raises FieldIsKey, and as `unreadable_values` does.
    """
    lock_group(field.group)
    if field.is_key:
        raise FieldIsKey(field)
    changes = [(pk, new) for pk, old, new in _read(field, type_, options, month_first) if old != new]
    with connection.cursor() as cursor:
        if changes:
            cursor.execute(CHANGED)
            with connection.wrap_database_errors, cursor.copy("COPY retyped FROM STDIN") as copy:
                for pk, new in changes:
                    written = json.dumps({field.key: new} if new else {}, ensure_ascii=False)
                    copy.write(f"{pk}\t{copy_text(written)}\n")
            cursor.execute(CHANGE, {"key": field.key, "by": by})
            cursor.execute("DROP TABLE retyped")
        cursor.execute(ACCEPT, {"key": field.key, "group": field.group_id, "by": by})
    field.type, field.options = type_, list(options)
    field.save(update_fields=["type", "options"])
    return sum(new is None for _, new in changes)


def _read(
    field: ContactField, type_: str, options: Sequence[str], month_first: bool | None
) -> list[tuple[int, str, str | None]]:
    """Who has a value: the contact, the value, and what the type makes of it: "" of a zero date, None of others."""
    if field.group.size > MOST_PEOPLE:
        raise TooManyPeople(TOO_MANY)
    parse = ContactField(label=field.label, type=type_, options=list(options)).parser(month_first=bool(month_first))
    is_amount = type_ == MONEY
    values: list[tuple[int, str, str | None]] = []
    with connection.cursor() as cursor:
        cursor.execute(VALUES, {"key": field.key, "group": field.group_id})
        rows = cursor.fetchall()
        if type_ in ContactField.WITH_DAY and month_first is None and (cell := doubtful_date([old for _, old in rows])):
            raise WhichOrder(cell)
        for pk, old in rows:
            try:
                # An amount has no zero in front; a text of digits that has one would lose it.
                values.append((pk, old, None if is_amount and begins_with_zero(old) else parse(old) or ""))
            except BadValue:
                values.append((pk, old, None))
    return values
