"""Taking people from one group into another, a slice at a time; and the fields that the other one needs for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from contacts.models import Contact, ContactField, ContactGroup
from contacts.models.group import MOST_FIELDS, ContactQuerySet
from contacts.people.field_names import fields_by_name, hold_names
from contacts.people.merge import note_change
from contacts.people.statements import TAKE_OUT
from contacts.values import reference_of

INTO = """
INSERT INTO contacts_contact AS c
    (group_id, phone, reference, name, "values", not_updated, consent_source, consent_on, created_at, updated_at,
    written_by)
SELECT %(target)s, s.phone, r.reference, s.name, {values}, {not_updated}, s.consent_source, s.consent_on,
    clock_timestamp(), clock_timestamp(), %(by)s
FROM contacts_contact s JOIN unnest(%(people)s::bigint[], %(references)s::varchar[]) AS r(id, reference) USING (id)
ORDER BY s.id
ON CONFLICT (group_id, phone, reference) """
AS_THEY_ARE = {"values": 's."values"', "not_updated": "s.not_updated"}
# Of a field that stands under another key there. What stands under that key here too is of a field that is gone.
RENAMED = {
    "values": """(SELECT coalesce(jsonb_object_agg(coalesce(k.now, v.key), v.value ORDER BY k.now IS NOT NULL), '{}')
        FROM jsonb_each(s."values") v LEFT JOIN unnest(%(here)s::text[], %(there)s::text[]) k(old, now)
        ON k.old = v.key)""",
    "not_updated": """(SELECT array_agg(coalesce(k.now, o.key) ORDER BY 1) FROM unnest(s.not_updated) o(key)
        LEFT JOIN unnest(%(here)s::text[], %(there)s::text[]) k(old, now) ON k.old = o.key)""",
}
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


# More take too long for a page; each slice looks at its own again.
MOST_LOOKED_AT = 100_000


class DoesNotFit(ValueError):
    """The people cannot be told apart in the other group as they are here: nothing was written; its words say why."""


class GroupGone(Exception):
    """A group of the two is no more: nothing was written."""


def keys_there(source: ContactGroup, target: ContactGroup) -> dict[str, str]:
    """Under which key of `target` the values of each field of `source` stand that is found there by one of its names.

    By what it is called now before what it was called.
    """
    there = fields_by_name(target.fields.all())
    found = {field: [there[name] for name in field.names if name in there] for field in source.fields.all()}
    return {field.key: some[0].key for field, some in found.items() if some}


def field_clashes(source: ContactGroup, target: ContactGroup) -> list[str]:
    """Why the people of `source` do not fit into `target`, in words; empty where they do."""
    types, keys = dict(target.fields.values_list("key", "type")), keys_there(source, target)
    fields = list(source.fields.all())
    problems = [
        f"“{field.label}” is {field.get_type_display().lower()} here and "
        f"{ContactField.Type(types[keys[field.key]]).label.lower()} in “{target.name}”."
        for field in fields
        if field.key in keys and types[keys[field.key]] != field.type
    ]
    if len(set(keys.values())) < len(keys):
        problems.append(f"Two fields of this group are one in “{target.name}”. Give one of them another name first.")
    if len(types) + len(fields) - len(keys) > MOST_FIELDS:
        problems.append(f"A group has at most {MOST_FIELDS} fields.")
    return problems


def make_missing_fields(source: ContactGroup, target: ContactGroup) -> None:
    """Give `target` the fields of `source` that it lacks."""
    hold_names(target)
    known = keys_there(source, target)
    lacking = [field for field in source.fields.all() if field.key not in known]
    ContactField.objects.bulk_create(
        [
            ContactField(
                group=target,
                key=field.key,
                label=field.label,
                type=field.type,
                options=field.options,
                position=position,
                chosen_name=field.chosen_name,
                former_names=field.former_names,
            )
            for position, field in enumerate(lacking, start=target.fields.count())
        ],
        ignore_conflicts=True,
    )


def transfer_people(
    people: Sequence[int],
    source: ContactGroup,
    target: ContactGroup,
    *,
    replaces: bool,
    leave: bool,
    by: str = "",
    among: ContactQuerySet | None = None,
) -> int:
    """Copy these contacts of `source` into `target`, in the name of `by`; where they `leave`, out of `source`.

    They are some `among` those who are to go, all of `source` unless said: no other row of a number of theirs may be
    lost as "there already", so that they are looked at again here, while nobody else writes. Who is in `target` already
    keeps her values, or gets the ones from here where it `replaces`. Returns how many were there already. Raises
    GroupGone, DoesNotFit.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(source, target)
        others = Contact.objects.filter(group=source) if among is None else among
        references = _references_for(people, source, target, others)
        parameters: dict[str, Any] = {"target": target.pk, "people": list(people), "references": references, "by": by}
        renamed = _renamed(source, target)
        parameters |= {"here": list(renamed), "there": list(renamed.values())} if renamed else {}
        statement = REPLACE if replaces else KEEP
        for part, sql in (RENAMED if renamed else AS_THEY_ARE).items():
            statement = statement.replace(f"{{{part}}}", sql)
        cursor.execute(statement, parameters)
        new = sum(inserted for (inserted,) in cursor.fetchall())
        if leave:
            remove_people(people, source)
        note_change(target)
    return len(people) - new


def _renamed(source: ContactGroup, target: ContactGroup) -> dict[str, str]:
    return {here: there for here, there in keys_there(source, target).items() if here != there}


def rows_clash(source: ContactGroup, target: ContactGroup, people: ContactQuerySet) -> list[str]:
    """Why these people of `source` cannot be told apart in `target`, in words; empty where they can."""
    renamed = _renamed(source, target)
    if renamed.get(source.key, source.key) == target.key:
        return []
    problems = []
    if source.is_keyed and (several := _with_several_rows(people)):
        have = "1 number has" if several == 1 else f"{several:,} numbers have"
        way = f"tells them apart by {_key_label(target)}" if target.is_keyed else "keeps one a number"
        problems.append(f"{have} several rows here, and “{target.name}” {way}.")
    if target.is_keyed:
        read = people.order_by("pk").values_list("values", flat=True)[:MOST_LOOKED_AT]
        if lacking := sum(not _reference(target, values, renamed) for values in read):
            have = "1 person has" if lacking == 1 else f"{lacking:,} people have"
            problems.append(f"{have} no {_key_label(target)}.")
    return problems


def _with_several_rows(people: ContactQuerySet) -> int:
    """How many numbers of them stand in more than one row."""
    return people.order_by().values("phone").annotate(rows=Count("pk")).filter(rows__gt=1).count()


def _key_label(group: ContactGroup) -> str:
    return group.fields.values_list("label", flat=True).filter(key=group.key).first() or group.key


def _references_for(
    people: Sequence[int], source: ContactGroup, target: ContactGroup, among: ContactQuerySet
) -> list[str]:
    """What tells these rows of `source` apart in `target`, in their order. Raises DoesNotFit."""
    if source.key == target.key == "":
        return [""] * len(people)
    rows = Contact.objects.in_bulk(people)
    renamed = _renamed(source, target)
    if renamed.get(source.key, source.key) == target.key:
        return [rows[pk].reference if pk in rows else "" for pk in people]
    if problems := rows_clash(source, target, among.filter(phone__in={row.phone for row in rows.values()})):
        raise DoesNotFit(" ".join(problems))
    return [_reference(target, rows[pk].values, renamed) if pk in rows else "" for pk in people]


def _reference(target: ContactGroup, values: Mapping[str, str], renamed: Mapping[str, str]) -> str:
    """What tells a row of another group apart in `target`."""
    here = {there: key for key, there in renamed.items()}.get(target.key, target.key)
    return reference_of(values.get(here, "")) if target.key else ""


def remove_people(people: Sequence[int], group: ContactGroup) -> None:
    """Take these contacts out of their group."""
    with transaction.atomic():
        _lock(group)
        with connection.cursor() as cursor:
            cursor.execute(TAKE_OUT, {"people": list(people), "group": group.pk})
        note_change(group)


def remove_phone(phone: str, group: ContactGroup, reference: str | None = None) -> list[int]:
    """Take a number out of a group, or its row with that reference; returns which contacts these were."""
    rows = Contact.objects.filter(group=group, phone=phone)
    if reference is not None:
        rows = rows.filter(reference=reference)
    people = list(rows.order_by("pk").values_list("pk", flat=True))
    if people:
        remove_people(people, group)
    return people


def _lock(*groups: ContactGroup) -> None:
    """In the order of their ids, as every writer of several groups does."""
    ids = {group.pk for group in groups}
    locked = ContactGroup.everything.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    keys = {one.pk: one.key for one in locked if one.deleted_at is None}
    if keys.keys() != ids:
        raise GroupGone
    for group in groups:
        group.key = keys[group.pk]
