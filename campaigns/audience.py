"""Who a campaign goes to: the contacts of its groups, in its order, with what may keep a person out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns import reminding, retrying
from campaigns.models import Campaign, Kind
from contacts import filters
from contacts.models import Contact, ContactField, ContactGroup, OptOut, PhoneStatus
from contacts.models.group import ContactQuerySet

READ_AHEAD = 5_000


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


def members(
    campaign: Campaign, group: ContactGroup, groups: list[ContactGroup], day: date, stage: str | None = None
) -> QuerySet[Contact]:
    """The contacts of one of the campaign's groups who are meant on `day`, by id. Raises contacts.filters.BadFilter.

    With a `stage` of a reminder, those whose date is due by it and who were not reminded of that date.
    """
    conditions = filters.parse(campaign.filter, field_types(groups))
    contacts = filters.matching(Contact.objects.filter(group=group), conditions, day)
    if stage is not None and (due := reminding.due(campaign, stage, day)):
        contacts = due.not_yet(contacts)
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
    sql, parameters = contacts.using(connection.alias).query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(READ_AHEAD):
            yield [_person(row) for row in rows]


def campaigns_of(group: ContactGroup) -> list[str]:
    """The campaigns that name a group, for whoever wants to delete it."""
    named = Campaign.objects.filter(chosen_groups__group=group).order_by("-pk")[:10]
    return [f"the campaign “{campaign.name}”" for campaign in named]


def count(campaign: Campaign, day: date) -> int:
    """How many contacts are meant on `day`, a number in two groups counted twice; a second or two for a million."""
    groups = groups_of(campaign)
    return sum(members(campaign, group, groups, day).order_by().count() for group in groups)


def reach(campaign: Campaign) -> int:
    """How many people are meant at most, from the sizes of the chosen groups, or from an earlier run's tallies."""
    size = sum(group.size for group in groups_of(campaign))
    most = retrying.most(campaign)
    return size if most is None else min(size, most)


def _person(row: tuple[Any, ...]) -> Person:
    pk, phone, name, values, opted_out, dead = row
    reason = "opted_out" if opted_out else "dead_number" if dead else ""
    # Read past Django's converters, which are too slow here: a jsonb arrives decoded, or as its text.
    return Person(pk, phone, name, values if isinstance(values, dict) else json.loads(values), reason)


def _opted_out(kind: str) -> Q:
    """As `IN (SELECT ...)`, which PostgreSQL hashes once, not once a contact."""
    scopes = [OptOut.Scope.ALL, *([OptOut.Scope.PROMOTIONAL] if kind == Kind.PROMOTIONAL else [])]
    return Q(phone__in=OptOut.objects.filter(scope__in=scopes).values("phone"))


def _dead() -> Q:
    return Q(phone__in=PhoneStatus.objects.filter(dead_since__isnull=False).values("phone"))
