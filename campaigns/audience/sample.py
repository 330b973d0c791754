"""Some people of a large audience, taken evenly from all of it, in the time of a few hundred look-ups in an index."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from random import Random

from django.db import connection
from django.db.models import Max, Min

from campaigns.audience.numbers import Row
from campaigns.audience.people import Audience, Person
from contacts.models import Contact, ContactGroup

PEOPLE = 2_000
FEWEST = 100
TOGETHER = 8

# How many of a group's contacts stand behind each of these places of its index; a filter is looked at afterwards, so
# that one that few people fit costs no more.
BEHIND = """
SELECT DISTINCT c.id FROM unnest(%s::bigint[]) AS p(place), LATERAL (
    SELECT id FROM contacts_contact WHERE group_id = %s AND id >= p.place ORDER BY id LIMIT %s) c
"""


@dataclass(frozen=True, slots=True)
class GroupSample:
    """Of a group: those who are meant, each of them standing for `stands_for` people; `merged` are in an earlier one.

    With `stands_for` 1 they are all.
    """

    group: ContactGroup
    people: list[Person]
    merged: int
    stands_for: float


def samples(audience: Audience, day: date) -> list[GroupSample]:
    """A sample of each group, by its share of them all; the same ones for the same contacts."""
    groups = audience.groups
    everybody = sum(group.size for group in groups) or 1
    found = []
    for number, group in enumerate(groups):
        wanted = max(FEWEST, PEOPLE * group.size // everybody)
        ids = ids_of(group, wanted)
        people = audience.people(group, day, ids)
        earlier = audience.phones_among(groups[:number], day, [one.phone for one in people])
        kept = [one for one in people if one.phone not in earlier]
        found.append(GroupSample(group, kept, len(people) - len(kept), max(group.size / len(ids), 1.0) if ids else 1.0))
    return found


@dataclass(frozen=True, slots=True)
class NumberSample:
    """Numbers with all their rows that are meant, each of them standing for `stands_for` numbers."""

    numbers: list[list[Row]]
    stands_for: float


def number_samples(audience: Audience, day: date) -> list[NumberSample]:
    """As `samples`, where groups tell rows of one number apart: a number counts where its first row is looked at."""
    groups = audience.groups
    everybody = sum(group.size for group in groups) or 1
    found = []
    for place, group in enumerate(groups):
        ids = ids_of(group, max(FEWEST, PEOPLE * group.size // everybody))
        phones = audience.members(group, day).filter(pk__in=ids).values_list("phone", flat=True)
        looked_at = set(ids)
        numbers = [
            rows
            for rows in rows_of(audience, day, set(phones))
            if rows[0].place == place and rows[0].contact in looked_at
        ]
        found.append(NumberSample(numbers, max(group.size / len(ids), 1.0) if ids else 1.0))
    return found


def rows_of(audience: Audience, day: date, phones: Collection[str]) -> list[list[Row]]:
    """All rows of some numbers that are meant, a number after the other; as the planner would read them."""
    rows = []
    for place, group in enumerate(audience.groups):
        references = dict(audience.members(group, day).filter(phone__in=phones).values_list("pk", "reference"))
        rows += [
            Row(*one, reference=references[one.contact], place=place)
            for one in audience.people(group, day, list(references))
        ]
    rows.sort(key=lambda row: (row.phone, row.place, row.contact))
    return [list(of_number) for _, of_number in groupby(rows, key=lambda row: row.phone)]


def ids_of(group: ContactGroup, wanted: int) -> list[int]:
    """About so many contacts of a group, in small runs from all over it; all of them where it has no more."""
    contacts = Contact.objects.filter(group=group)
    if group.size <= wanted:
        return list(contacts.order_by("pk").values_list("pk", flat=True)[: wanted * 2])
    ends = contacts.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    chance = Random(group.pk)  # noqa: S311 - the same page again shows the same figures
    places = wanted // TOGETHER
    step = (ends["last"] + 1 - ends["first"]) / places
    starts = [int(ends["first"] + (number + chance.random()) * step) for number in range(places)]
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [starts, group.pk, TOGETHER])
        return sorted(row[0] for row in cursor.fetchall())
