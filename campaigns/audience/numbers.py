"""The rows of a number read together, in the order of the numbers: of groups that tell rows of one number apart."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from campaigns import placeholders
from campaigns.audience.people import READ_AHEAD, Audience, decoded, streamed
from contacts.models import Contact, ContactField, ContactGroup
from contacts.models.group import HAS_REFERENCE, PHONE_IN_ORDER

FEWEST_AHEAD = 500


class Row(NamedTuple):
    """One row of a number, of the group at `place` in the campaign's order. As `Person`: `left_out`, `writer`."""

    contact: int
    phone: str
    name: str
    values: dict[str, str]
    left_out: str
    writer: str
    reference: str
    place: int


def numbers(
    audience: Audience,
    day: date,
    *,
    after: str = "",
    connection: BaseDatabaseWrapper,
    stage: str | None = None,
    since: datetime | None = None,
    text: str = "",
) -> Iterator[list[list[Row]]]:
    """Whole numbers in their order past `after`, about `READ_AHEAD` rows at a time, of all groups together.

    The rows of a number stand in the order of the groups, then of the contacts. Otherwise as `Audience.read`.
    """
    asked = [
        (place, group, part)
        for place, group in enumerate(audience.groups)
        for part in _parts(group, audience.members(group, day, stage))
    ]
    size = max(FEWEST_AHEAD, READ_AHEAD // max(len(asked), 1))
    streams = [
        _rows(audience, place, group, part, after, connection, size, since, text) for place, group, part in asked
    ]
    ahead: list[list[Row]] = []
    count = 0
    for _, rows in groupby(heapq.merge(*streams, key=attrgetter("phone", "place", "contact")), attrgetter("phone")):
        ahead.append(list(rows))
        count += len(ahead[-1])
        if count >= READ_AHEAD:
            yield ahead
            ahead, count = [], 0
    if ahead:
        yield ahead


def _parts(group: ContactGroup, members: QuerySet[Contact]) -> list[QuerySet[Contact]]:
    """Rows with a reference come from their own index; that there are others is an accident, and they are read too."""
    return [members.filter(HAS_REFERENCE), members.filter(reference="")] if group.is_keyed else [members]


def _rows(
    audience: Audience,
    place: int,
    group: ContactGroup,
    members: QuerySet[Contact],
    after: str,
    connection: BaseDatabaseWrapper,
    size: int,
    since: datetime | None,
    text: str,
) -> Iterator[Row]:
    asked = audience.asked(group, since=since, text=text)
    if after:
        members = members.alias(number=PHONE_IN_ORDER).filter(number__gt=after)
    columns = members.annotate(**asked).values_list("pk", "phone", "name", "values", "reference", *asked)
    for rows in streamed(columns.order_by(PHONE_IN_ORDER, "pk"), connection, size):
        # Who has written a row is seldom asked, and a million times.
        told = (row if since else (*row, "") for row in rows)
        for pk, phone, name, values, reference, left_out, writer in told:
            yield Row(pk, phone, name, decoded(values), left_out or "", writer or "", reference, place)


def row_of(contact: Contact, place: int) -> Row:
    """A contact as a row, without a look at what may keep it out."""
    return Row(contact.pk, contact.phone, contact.name, contact.values, "", "", contact.reference, place)


def of_first_list(rows: Sequence[Row], lists: Sequence[str]) -> tuple[list[Row], int]:
    """Those rows of a number that count, and how many were merged.

    Of a number the first list that has it decides, and in that list a reference counts once: as `Audience.lists`.
    """
    if len(rows) == 1:
        return list(rows), 0
    first = lists[rows[0].place]
    kept: dict[str, Row] = {}
    for row in rows:
        if lists[row.place] == first:
            kept.setdefault(row.reference, row)
    return list(kept.values()), len(rows) - len(kept)


class ReadRow(Protocol):
    """A contact as it was read."""

    @property
    def contact(self) -> int: ...
    @property
    def phone(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Mapping[str, str]: ...


def names_read(text: str, fields: Iterable[ContactField] = ()) -> frozenset[str]:
    """What a text takes of a row, as names of fields are compared: fields of several groups may be written apart.

    With the keys of those `fields` that it calls otherwise: by these they stand in the rows. Raises
    placeholders.PlaceholderError.
    """
    names = {placeholders.key_of(one) for one in placeholders.compile(text).names}
    keys = {one.key for one in fields if not names.isdisjoint(map(placeholders.key_of, one.names))}
    return frozenset(names | set(map(placeholders.key_of, keys)))


def digest_of(rows: Iterable[ReadRow], names: frozenset[str]) -> int:
    """A number of 8 bytes, another one where a row is another, has another phone, or another value of `names_read`."""
    read: list[str] = []
    for row in sorted(rows, key=attrgetter("contact")):
        keys = _keys_read(tuple(row.values), names)
        read += (str(row.contact), row.phone, row.name if "name" in names else "", str(len(keys)))
        for key in keys:
            read += (key, row.values[key])
    # No text of the database has a zero byte.
    return int.from_bytes(blake2b("\0".join(read).encode(), digest_size=8).digest(), signed=True)


@lru_cache(maxsize=1_000)
def _keys_read(keys: tuple[str, ...], names: frozenset[str]) -> list[str]:
    """Those of a row's keys that a text takes: rows of a group have the same ones, so they are found once."""
    return sorted(key for key in keys if placeholders.key_of(key) in names)
