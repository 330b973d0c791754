"""Who a campaign goes to: the contacts of its groups and segments, in its order, with what may keep a person out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from campaigns.audience import retries
from campaigns.audience.due import reminder_due
from campaigns.models import Campaign, Kind
from contacts import filters
from contacts.filters import search
from contacts.filters.search import COUNTED, Count
from contacts.filters.segments import people
from contacts.models import Contact, ContactGroup, OptOut, PhoneStatus, Segment, UploadedPeople
from contacts.models.group import ContactQuerySet

READ_AHEAD = 5_000
OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)

_decode = json.JSONDecoder().raw_decode  # what the database writes has no blanks around it to look for


class Person(NamedTuple):
    """One contact of the audience. `left_out` is why this person gets no text, or empty."""

    contact: int
    phone: str
    name: str
    values: dict[str, str]
    left_out: str


@dataclass(frozen=True)
class Choice:
    """Whom a campaign is for, as it is saved or as it is being chosen. `upload`: only the people in it."""

    groups: Sequence[ContactGroup] = ()
    segments: Sequence[Segment] = ()
    exclude_groups: Sequence[ContactGroup] = ()
    exclude_segments: Sequence[Segment] = ()
    filter: list[dict[str, Any]] = field(default_factory=list)
    upload: int | None = None

    def all_groups(self) -> list[ContactGroup]:
        """The groups that were named, then those of the segments: of a number in several the first gives the values."""
        found = {group.pk: group for group in self.groups}
        for segment in self.segments:
            for group in segment.groups.all():
                found.setdefault(group.pk, group)
        return list(found.values())

    def members(self, group: ContactGroup, day: date) -> ContactQuerySet:
        """The contacts of one of the groups who are meant on `day`, in no order. Raises contacts.filters.BadFilter."""
        contacts: ContactQuerySet = Contact.objects.filter(group=group)
        if all(one.pk != group.pk for one in self.groups):
            contacts = contacts.filter(self._in_segments(group, day))
        conditions = filters.parse(self.filter, filters.types_of(self.all_groups()))
        contacts = filters.matching(contacts, conditions, day)
        if self.exclude_groups:
            excluded = [one.pk for one in self.exclude_groups]
            contacts = contacts.exclude(Exists(Contact.objects.filter(group__in=excluded, phone=OuterRef("phone"))))
        for segment in self.exclude_segments:
            # As `NOT EXISTS`: a number is in a segment whichever of its groups has it.
            contacts = contacts.exclude(Exists(people(segment, day).filter(phone=OuterRef("phone"))))
        if self.upload is not None:
            contacts = contacts.filter(phone__in=_uploaded(self.upload))
        return contacts

    def _in_segments(self, group: ContactGroup, day: date) -> Q:
        """In one of the segments that this group belongs to; a group of none has nobody."""
        found = Q(pk__in=[])
        for segment in self.segments:
            groups = list(segment.groups.all())
            if any(one.pk == group.pk for one in groups):
                conditions = filters.parse(segment.filter, filters.types_of(groups))
                all_hold = Q()
                for one in conditions:
                    all_hold &= one.q(day)
                found |= all_hold if conditions else Q(pk__gt=0)
        return found


def chosen(campaign: Campaign) -> Choice:
    """Whom a campaign is for."""
    groups = campaign.chosen_groups.filter(group__deleted_at=None).select_related("group").order_by("position", "id")
    segments = campaign.chosen_segments.select_related("segment").order_by("position", "id")
    return Choice(
        groups=[one.group for one in groups],
        segments=[one.segment for one in segments],
        exclude_groups=list(campaign.exclude_groups.all()),
        exclude_segments=list(campaign.exclude_segments.all()),
        filter=campaign.filter,
        upload=campaign.upload_id,
    )


def groups_of(campaign: Campaign) -> list[ContactGroup]:
    """The campaign's groups, in its order, and those of its segments."""
    return chosen(campaign).all_groups()


def field_types(groups: Sequence[ContactGroup]) -> dict[str, set[str]]:
    """The types that each field has in these groups."""
    return filters.types_of(groups)


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


def campaigns_of(group: ContactGroup) -> list[str]:
    """The campaigns that still need a group, to send to or to leave out, for whoever wants to delete it."""
    return _named(Q(chosen_groups__group=group) | Q(exclude_groups=group))


def campaigns_of_segment(segment: Segment) -> list[str]:
    """The campaigns that still need a segment."""
    return _named(Q(chosen_segments__segment=segment) | Q(exclude_segments=segment))


def how_many(choice: Choice, day: date, milliseconds: int = 2_000) -> Count | None:
    """How many numbers a choice means, each once; as far as 10,000 in a group, None where that takes too long.

    Raises contacts.filters.BadFilter.
    """
    phones: set[str] = set()
    exact = True
    for group in choice.all_groups():
        try:
            with search.at_most(milliseconds):
                found = choice.members(group, day).order_by("pk").values_list("phone", flat=True)[: COUNTED + 1]
                phones.update(found)
                exact = exact and len(found) <= COUNTED
        except search.TooSlow:
            return None
    return Count(len(phones) if exact else min(len(phones), COUNTED), exact)


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


def uploaded(upload: int) -> int:
    """How many numbers an upload had; none where it is gone or its list is no longer kept."""
    length = Func(F("phones"), function="cardinality", output_field=IntegerField())
    return UploadedPeople.objects.filter(upload=upload).aggregate(people=Sum(length))["people"] or 0


def _named(which: Q) -> list[str]:
    campaigns = Campaign.objects.filter(which).exclude(status__in=OVER).order_by("-pk").distinct()
    return [f"the campaign “{campaign.name}”" for campaign in campaigns[:10]]


def _uploaded(upload: int) -> QuerySet[UploadedPeople, Any]:
    phones = Cast(Func(F("phones"), function="unnest"), TextField())
    return UploadedPeople.objects.filter(upload=upload).values_list(phones, flat=True)


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
