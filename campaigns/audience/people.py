"""Who a campaign goes to: the contacts of its groups and segments, in its order, with what may keep a person out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from campaigns.audience import retries
from campaigns.audience.choice import chosen, groups_of, uploaded
from campaigns.audience.due import reminder_due
from campaigns.models import Campaign, Kind
from contacts.models import Contact, ContactGroup, OptOut, PhoneStatus
from contacts.models.group import ContactQuerySet

READ_AHEAD = 5_000
_decode = json.JSONDecoder().raw_decode  # what the database writes has no blanks around it to look for


class Person(NamedTuple):
    """One contact of the audience. `left_out` is why this person gets no text, or empty."""

    contact: int
    phone: str
    name: str
    values: dict[str, str]
    left_out: str


def members(
    campaign: Campaign, group: ContactGroup, groups: list[ContactGroup], day: date, stage: str | None = None
) -> QuerySet[Contact]:
    """The contacts of one of the campaign's groups who are meant on `day`, by id. Raises contacts.filters.BadFilter.

    With a `stage` of a reminder, those whose date is due by it and who were not reminded of that date.
    """
    contacts = chosen(campaign).members(group, day)
    if stage is not None and (due := reminder_due(campaign, stage, day)):
        contacts = due.not_yet(contacts)
    if (phones := retries.phones_of(campaign)) is not None:
        contacts = contacts.filter(phone__in=phones)
    return contacts.order_by("id")


def still_meant(campaign: Campaign, contacts: ContactQuerySet, day: date) -> QuerySet[Any, int]:
    """Ids of those of `contacts` whom the campaign's groups, segments and filter mean on `day`."""
    choice = chosen(campaign)
    meant = [choice.members(group, day).values("pk") for group in choice.all_groups()]
    return contacts.filter(Q(*(Q(pk__in=one) for one in meant), _connector=Q.OR)).values_list("pk", flat=True)


def read(
    campaign: Campaign,
    group: ContactGroup,
    groups: list[ContactGroup],
    day: date,
    *,
    after: int,
    connection: BaseDatabaseWrapper,
    stage: str | None = None,
) -> Iterator[list[Person]]:
    """The members of `group` past the contact `after`, some thousands at a time, in the snapshot of `connection`.

    Streams from a cursor on the server, so that memory does not grow with the group; call it in a transaction.
    """
    contacts = (
        members(campaign, group, groups, day, stage)
        .filter(pk__gt=after)
        .annotate(opted_out=_opted_out(campaign.kind), dead=_dead())
        .values_list("pk", "phone", "name", "values", "opted_out", "dead")
    )
    try:
        sql, parameters = contacts.using(connection.alias).query.sql_with_params()
    except EmptyResultSet:
        return  # such as the run of a reminder's stage that is gone: nobody
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(READ_AHEAD):
            yield [_person(row) for row in rows]


def these(
    campaign: Campaign, group: ContactGroup, groups: list[ContactGroup], day: date, ids: list[int]
) -> list[Person]:
    """Those of some contacts of `group` who are meant, by id. Opt-outs are looked up for these few only."""
    rows = list(members(campaign, group, groups, day).filter(pk__in=ids).values_list("pk", "phone", "name", "values"))
    phones = [phone for _, phone, _, _ in rows]
    out = set(OptOut.objects.filter(phone__in=phones, scope__in=_scopes(campaign.kind)).values_list("phone", flat=True))
    dead = set(PhoneStatus.objects.filter(phone__in=phones, dead_since__isnull=False).values_list("phone", flat=True))
    return [_person((*row, row[1] in out, row[1] in dead)) for row in rows]


def phones_among(
    campaign: Campaign, some: list[ContactGroup], groups: list[ContactGroup], day: date, phones: list[str]
) -> set[str]:
    """Those of `phones` that somebody has who is meant in one of these groups of the campaign."""
    found: set[str] = set()
    for group in some:
        found.update(
            members(campaign, group, groups, day).filter(phone__in=phones).values_list("phone", flat=True).order_by()
        )
    return found


def everybody(campaign: Campaign, day: date) -> int:
    """How many contacts are meant on `day`, a number in two groups counted twice; a second or two for a million."""
    groups = groups_of(campaign)
    return sum(members(campaign, group, groups, day).order_by().count() for group in groups)


def reach(campaign: Campaign) -> int:
    """How many people are meant at most, from the sizes of the chosen groups, or from an earlier run's tallies."""
    size = sum(group.size for group in groups_of(campaign))
    if campaign.upload_id is not None:
        size = min(size, uploaded(campaign.upload_id))
    most = retries.most(campaign)
    return size if most is None else min(size, most)


def _person(row: tuple[Any, ...]) -> Person:
    pk, phone, name, values, opted_out, dead = row
    reason = "opted_out" if opted_out else "dead_number" if dead else ""
    # Read past Django's converters, which are too slow here: a jsonb arrives decoded, or as its text.
    return Person(pk, phone, name, values if isinstance(values, dict) else _decode(values)[0], reason)


def _opted_out(kind: str) -> Q:
    """As `IN (SELECT ...)`, which PostgreSQL hashes once, not once a contact."""
    return Q(phone__in=OptOut.objects.filter(scope__in=_scopes(kind)).values("phone"))


def _scopes(kind: str) -> list[OptOut.Scope]:
    return [OptOut.Scope.ALL, *([OptOut.Scope.PROMOTIONAL] if kind == Kind.PROMOTIONAL else [])]


def _dead() -> Q:
    return Q(phone__in=PhoneStatus.objects.filter(dead_since__isnull=False).values("phone"))
