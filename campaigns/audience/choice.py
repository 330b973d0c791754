"""Whom a campaign is for: its groups and segments, those left out, and what its texts may name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from campaigns.models import Campaign
from contacts import filters
from contacts.filters import search
from contacts.filters.search import COUNTED, Count
from contacts.filters.segments import people
from contacts.models import Contact, ContactGroup, Segment, UploadedPeople
from contacts.models.group import ContactQuerySet


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


def uploaded(upload: int) -> int:
    """How many numbers an upload had; none where it is gone or its list is no longer kept."""
    length = Func(F("phones"), function="cardinality", output_field=IntegerField())
    return UploadedPeople.objects.filter(upload=upload).aggregate(people=Sum(length))["people"] or 0


def _uploaded(upload: int) -> QuerySet[UploadedPeople, Any]:
    phones = Cast(Func(F("phones"), function="unnest"), TextField())
    return UploadedPeople.objects.filter(upload=upload).values_list(phones, flat=True)
