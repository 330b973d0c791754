"""Finding people of one group: by a search, by a filter, page by page, and how many they are.

A page and its count have a time limit of their own, because a few people among a million may take a second to find
where no index serves: then the page is shown without them and asks again with patience.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from random import choices
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min, Q

from contacts.filters.conditions import Condition, matching, parse_filter, types_by_key
from contacts.models import Contact, ContactGroup, FilterCount
from contacts.models.group import END_OF_NUMBER, HAS_REFERENCE, LAST_DIGITS, ContactQuerySet
from contacts.models.plain_names import WORDS_OF_NAME, plain_name
from contacts.values import reference_of
from lib import phones

MOST_COUNTED_PEOPLE = 10_000
SAMPLED = 50
QUICKLY_MS, PATIENTLY_MS = 60, 5_000
DRIVING = ("=", "<", "<=", ">", ">=", "in", "is set", "is not set", "days from run")


class TooSlow(Exception):
    """It was not found in the time given: ask again with more."""


@dataclass(frozen=True)
class PeopleQuery:
    """Whom of a group: `search` is a name or a number as people type them, `filter` as the API takes it."""

    group: ContactGroup
    search: str = ""
    filter: list[dict[str, Any]] = field(default_factory=list)
    day: date | None = None
    chosen: tuple[int, ...] | None = None
    types: dict[str, set[str]] | None = None

    @cached_property
    def conditions(self) -> list[Condition]:
        """Read by the group's own fields, or by `types`, those of all groups of a segment. Raises BadFilter."""
        own = types_by_key(self.group.fields.all()) if self.types is None else self.types
        return [one.in_group(self.group.pk) for one in parse_filter(self.filter, own)]

    @property
    def is_everybody(self) -> bool:
        return not (self.search or self.filter) and self.chosen is None

    def people(self) -> ContactQuerySet:
        """All of them, in no order. Raises BadFilter."""
        contacts: ContactQuerySet = Contact.objects.filter(group=self.group)
        if self.chosen is not None:
            contacts = contacts.filter(pk__in=self.chosen)
        found = matching_search(contacts, self.search, with_references=self.group.is_keyed)
        return matching(found, self.conditions, self.day)

    @property
    def driver(self) -> Condition | None:
        """The condition by whose field the people are ordered: the index over that field then serves the page.

        In the order of their ids the few who fit may stand behind a million who do not, whatever statistics say.
        """
        typed = [one for one in self.conditions if one.op in DRIVING and (one.is_of_number or one.is_of_date)]
        exact = [one for one in typed if one.op in ("=", "in")]
        return next(iter([*exact, *typed]), None) if not self.search else None

    def to_json(self) -> dict[str, Any]:
        day = self.day.isoformat() if self.day else None
        chosen = None if self.chosen is None else list(self.chosen)
        return {"search": self.search, "filter": self.filter, "day": day, "chosen": chosen}

    @classmethod
    def from_json(cls, group: ContactGroup, stored: dict[str, Any]) -> PeopleQuery:
        day, chosen = stored.get("day"), stored.get("chosen")
        return cls(
            group,
            stored.get("search", ""),
            stored.get("filter", []),
            date.fromisoformat(day) if day else None,
            None if chosen is None else tuple(chosen),
        )


@dataclass(frozen=True)
class PeopleCount:
    """`people` is how many at least; `exact` that there are no more."""

    people: int
    exact: bool


def count_people(query: PeopleQuery, *, milliseconds: int = QUICKLY_MS) -> PeopleCount:
    """How many they are, as far as 10,000; more where it is known already. Raises TooSlow, BadFilter."""
    if query.is_everybody:
        return PeopleCount(query.group.size, exact=True)
    if (known := _kept(query)) is not None:
        return PeopleCount(known, exact=True)
    if _are_surely_many(query):
        return PeopleCount(MOST_COUNTED_PEOPLE, exact=False)
    driver = query.driver
    people = query.people()
    if driver:
        people = people.annotate(at=driver.expression()).order_by("at", "pk")
    elif not query.search:
        people = people.order_by("pk")
    with at_most(milliseconds):
        count = people[: MOST_COUNTED_PEOPLE + 1].count()
    return PeopleCount(min(count, MOST_COUNTED_PEOPLE), exact=count <= MOST_COUNTED_PEOPLE)


def _are_surely_many(query: PeopleQuery) -> bool:
    """Whether half of some people, taken by chance, have such a name: then MOST_COUNTED_PEOPLE of a big group do.

    The index has to be read for all of them before the first one is counted: of a million longer than a page may take.
    """
    letters = any(char.isalpha() for char in query.search)
    if not letters or query.filter or query.chosen is not None or query.group.size < 10 * MOST_COUNTED_PEOPLE:
        return False
    everybody = Contact.objects.filter(group=query.group)
    ends = everybody.aggregate(first=Min("pk"), last=Max("pk"))
    some = choices(range(ends["first"] or 0, (ends["last"] or 0) + 1), k=SAMPLED)  # noqa: S311 - no secret
    return matching_search(everybody.filter(pk__in=some), query.search).count() >= SAMPLED // 2


def count_exactly(query: PeopleQuery, *, milliseconds: int = PATIENTLY_MS) -> int:
    """How many they are, however many; kept until the group changes. Raises TooSlow, BadFilter."""
    if query.is_everybody:
        return query.group.size
    if (known := _kept(query)) is not None:
        return known
    with at_most(milliseconds), connection.cursor() as cursor:
        if query.driver:
            # The planner takes a function's cost for nothing and would call it for everybody instead of the index.
            cursor.execute("SET LOCAL enable_seqscan = off")
        count = query.people().order_by().count()
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    FilterCount.objects.filter(group=query.group, group_changed_at__lt=query.group.changed_at).delete()
    FilterCount.objects.update_or_create(
        group=query.group,
        asked=_digest(query),
        defaults={"people": count, "group_changed_at": query.group.changed_at},
    )
    return count


def matching_search(contacts: ContactQuerySet, written: str, *, with_references: bool = False) -> ContactQuerySet:
    """By the beginning of words of the name, or by any part of a number that begins or ends it.

    One word may be the beginning of a reference too, where there are some.
    """
    if with_references and len(written.split()) == 1:
        referred = contacts.filter(HAS_REFERENCE, reference__startswith=reference_of(written))
        found = matching_search(contacts, written).values("pk").union(referred.values("pk"))
        return contacts.filter(pk__in=found)
    if not written:
        return contacts
    digits = phones.search_digits(written)
    if digits and not any(char.isalpha() for char in written):
        typed = "".join(char for char in written if char.isdecimal())
        begins = Q(phone__startswith=f"254{digits}") | Q(phone__startswith=typed.removeprefix("00"))
        return contacts.alias(end=END_OF_NUMBER).filter(begins | ending_in(typed))
    # Whole, for the database to take apart as it does the names: J.K. and Wanjiru-Kamau are words of its own kinds.
    words = ["".join(char for char in word if char.isprintable()) for word in plain_name(written).split()]
    words = [word.replace("\\", "\\\\") for word in words if any(map(str.isalnum, word))]
    query = " & ".join(f"'{word}':*" for word in words)
    if not query:
        return contacts.none()
    return contacts.alias(words=WORDS_OF_NAME).filter(words=SearchQuery(query, search_type="raw", config="simple"))


def ending_in(digits: str) -> Q:
    """Numbers that end so: by the index over their last digits, of fewer digits by each that may stand before them."""
    missing = LAST_DIGITS - len(digits)
    if missing <= 0:
        return Q(end=digits[-LAST_DIGITS:], phone__endswith=digits)
    return Q(end__in=[f"{before:0{missing}}{digits}" for before in range(10**missing)])


@contextmanager
def at_most(milliseconds: int) -> Iterator[None]:
    """A transaction whose statements may take that long each. Raises TooSlow.

    What has to be quick is left to one process: to start two more takes longer than what they would save.
    """
    workers = "SET LOCAL max_parallel_workers_per_gather"
    alone, again = (f"; {workers} = 0", f"; {workers} TO DEFAULT") if milliseconds <= QUICKLY_MS else ("", "")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {milliseconds:d}{alone}")
            yield
            cursor.execute(f"SET LOCAL statement_timeout TO DEFAULT{again}")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != QUERY_CANCELED:
            raise
        raise TooSlow from error


QUERY_CANCELED = "57014"


def _kept(query: PeopleQuery) -> int | None:
    same = FilterCount.objects.filter(group=query.group, asked=_digest(query), group_changed_at=query.group.changed_at)
    return same.values_list("people", flat=True).first()


def _digest(query: PeopleQuery) -> str:
    """Of what was asked, with the fields that it means and their types now."""
    types = [[one.field, one.type] for one in query.conditions]
    return hashlib.sha256(json.dumps([query.to_json(), types], sort_keys=True).encode()).hexdigest()
