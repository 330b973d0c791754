"""Taking people from one group into another, a slice at a time; and the fields that the other one needs for it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from contacts.models import Contact, ContactField, ContactGroup
from contacts.models.group import MOST_FIELDS
from contacts.people.merge import TAKE_OUT, note_change

INTO = """
INSERT INTO contacts_contact AS c
    (group_id, phone, name, "values", not_updated, consent_source, consent_on, created_at, updated_at, written_by)
SELECT %(target)s, phone, name, "values", not_updated, consent_source, consent_on,
    clock_timestamp(), clock_timestamp(), %(by)s
FROM contacts_contact WHERE id = ANY(%(people)s) ORDER BY id
ON CONFLICT (group_id, phone, reference) """
KEEP = INTO + "DO NOTHING RETURNING true"
REPLACE = (
    INTO  # noqa: S608 - constants of this module
    + """DO UPDATE SET name = coalesce(nullif(excluded.name, ''), c.name), "values" = c."values" || excluded."values",
    not_updated = (SELECT array_agg(k ORDER BY k) FROM (
        SELECT k FROM unnest(c.not_updated) k WHERE NOT excluded."values" ? k
        UNION SELECT k FROM unnest(excluded.not_updated) k WHERE excluded."values" ? k) n(k)),
    consent_source = coalesce(nullif(excluded.consent_source, ''), c.consent_source),
    consent_on = coalesce(excluded.consent_on, c.consent_on), updated_at = clock_timestamp(),
    written_at = statement_timestamp(), written_by = excluded.written_by
RETURNING xmax = 0"""
)


class GroupGone(Exception):
    """A group of the two is no more: nothing was written."""


def field_clashes(source: ContactGroup, target: ContactGroup) -> list[str]:
    """Why the people of `source` do not fit into `target`, in words; empty where they do."""
    types = dict(target.fields.values_list("key", "type"))
    fields = list(source.fields.all())
    problems = [
        f"“{field.label}” is {field.get_type_display().lower()} here and "
        f"{ContactField.Type(types[field.key]).label.lower()} in “{target.name}”."
        for field in fields
        if types.get(field.key, field.type) != field.type
    ]
    if len(types.keys() | {field.key for field in fields}) > MOST_FIELDS:
        problems.append(f"A group has at most {MOST_FIELDS} fields.")
    return problems


def make_missing_fields(source: ContactGroup, target: ContactGroup) -> None:
    """Give `target` the fields of `source` that it lacks."""
    keys = set(target.fields.values_list("key", flat=True))
    lacking = [field for field in source.fields.all() if field.key not in keys]
    ContactField.objects.bulk_create(
        [
            ContactField(
                group=target,
                key=field.key,
                label=field.label,
                type=field.type,
                options=field.options,
                position=position,
            )
            for position, field in enumerate(lacking, start=len(keys))
        ],
        ignore_conflicts=True,
    )


def transfer_people(
    people: Sequence[int], source: ContactGroup, target: ContactGroup, *, replaces: bool, leave: bool, by: str = ""
) -> int:
    """Copy these contacts of `source` into `target`, in the name of `by`; where they `leave`, out of `source`.

    Who is in `target` already keeps her values, or gets the ones from here where it `replaces`. Returns how many were
    there already. Raises Gone.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(source, target)
        cursor.execute(REPLACE if replaces else KEEP, {"target": target.pk, "people": list(people), "by": by})
        new = sum(inserted for (inserted,) in cursor.fetchall())
        if leave:
            remove_people(people, source)
        note_change(target)
    return len(people) - new


def remove_people(people: Sequence[int], group: ContactGroup) -> None:
    """Take these contacts out of their group."""
    with transaction.atomic():
        _lock(group)
        with connection.cursor() as cursor:
            cursor.execute(TAKE_OUT, {"people": list(people), "group": group.pk})
        note_change(group)


def remove_phone(phone: str, group: ContactGroup) -> int | None:
    """Take a number out of a group; returns which contact it was, None where it is not in it."""
    person: int | None = Contact.objects.filter(group=group, phone=phone).values_list("pk", flat=True).first()
    if person is not None:
        remove_people([person], group)
    return person


def _lock(*groups: ContactGroup) -> None:
    """In the order of their ids, as every writer of several groups does."""
    ids = {group.pk for group in groups}
    locked = ContactGroup.everything.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    if {one.pk for one in locked if one.deleted_at is None} != ids:
        raise GroupGone
