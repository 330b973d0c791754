"""Who a campaign goes to: the contacts of its groups, in its order, with what may keep a person out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns import retrying
from campaigns.models import Campaign, Kind
from contacts import filters
from contacts.models import Contact, ContactField, ContactGroup, OptOut, PhoneStatus
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


def groups_of(campaign: Campaign) -> list[ContactGroup]:
    """The campaign's groups, in its order: of a number in several the first gives the values."""
    return [chosen.group for chosen in campaign.chosen_groups.select_related("group").order_by("position", "id")]


def field_types(groups: list[ContactGroup]) -> dict[str, set[str]]:
    """The types that each field has in these groups."""
    types: dict[str, set[str]] = {}
    for key, type_ in ContactField.objects.filter(group__in=groups).values_list("key", "type"):
        types.setdefault(key, set()).add(type_)
    return types


def placeholders_of(groups: list[ContactGroup]) -> list[str]:
    """The names that a text for these groups may use: those that everybody has, then the groups' fields."""
    return ["name", "phone", "today", *sorted(field_types(groups))]


def fields_of(group: ContactGroup) -> dict[str, str]:
    """The type of each field of one group."""
    return dict(group.fields.values_list("key", "type"))


def members(campaign: Campaign, group: ContactGroup, groups: list[ContactGroup], day: date) -> QuerySet[Contact]:
    """The contacts of one of the campaign's groups who are meant on `day`, by id. Raises contacts.filters.BadFilter."""
    conditions = filters.parse(campaign.filter, field_types(groups))
    contacts = filters.matching(Contact.objects.filter(group=group), conditions, day)
    if excluded := list(campaign.exclude_groups.values_list("pk", flat=True)):
        contacts = contacts.exclude(Exists(Contact.objects.filter(group__in=excluded, phone=OuterRef("phone"))))
    if (phones := retrying.phones_of(campaign)) is not None:
        contacts = contacts.filter(phone__in=phones)
    return contacts.order_by("id")


def still_meant(campaign: Campaign, contacts: ContactQuerySet, day: date) -> QuerySet[Any, int]:
    """Ids of those of `contacts` whom the campaign's filter means on `day`."""
    conditions = filters.parse(campaign.filter, field_types(groups_of(campaign)))
    return filters.matching(contacts, conditions, day).values_list("pk", flat=True)


def read(
    campaign: Campaign,
    group: ContactGroup,
    groups: list[ContactGroup],
    day: date,
    *,
    after: int,
    connection: BaseDatabaseWrapper,
) -> Iterator[list[Person]]:
    """The members of `group` past the contact `after`, some thousands at a time, in the snapshot of `connection`.

    Streams from a cursor on the server, so that memory does not grow with the group; call it in a transaction.
    """
    contacts = (
        members(campaign, group, groups, day)
        .filter(pk__gt=after)
        .annotate(opted_out=_opted_out(campaign.kind), dead=_dead())
        .values_list("pk", "phone", "name", "values", "opted_out", "dead")
    )
    sql, parameters = contacts.using(connection.alias).query.sql_with_params()
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


def campaigns_of(group: ContactGroup) -> list[str]:
    """The campaigns that name a group, for whoever wants to delete it."""
    named = Campaign.objects.filter(chosen_groups__group=group).order_by("-pk")[:10]
    return [f"the campaign “{campaign.name}”" for campaign in named]


def reach(campaign: Campaign) -> int:
    """How many people are meant at most, from the sizes of the chosen groups, or from an earlier run's tallies."""
    size = sum(group.size for group in groups_of(campaign))
    most = retrying.most(campaign)
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
