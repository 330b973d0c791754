"""Whom a campaign is for: its groups and segments, those left out, a filter, an upload; with their fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from campaigns import placeholders
from campaigns.audience.same_row import same_person
from campaigns.models import Campaign
from contacts import filters
from contacts.filters import search
from contacts.filters.search import MOST_COUNTED_PEOPLE
from contacts.models import Contact, ContactField, ContactGroup, Segment, Upload, UploadedPeople
from contacts.models.group import ContactQuerySet

# What a text may name of everybody, before the fields of the groups.
EVERYBODY_HAS = ("name", "phone", "today")


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """`people` are numbers, `texts` how many they get with one for each row; `exact`: there are no more."""

    texts: int
    people: int
    exact: bool

    @property
    def has_several(self) -> bool:
        """Whether a number has several rows."""
        return self.texts > self.people


@dataclass(frozen=True)
class AudienceChoice:
    """Whom a campaign is for, as it is saved or as it is being chosen. `upload`: only the people in it.

    What it asks the database for, it asks once.
    """

    groups: Sequence[ContactGroup] = ()
    segments: Sequence[Segment] = ()
    exclude_groups: Sequence[ContactGroup] = ()
    exclude_segments: Sequence[Segment] = ()
    filter: list[dict[str, Any]] = field(default_factory=list)
    upload: int | None = None

    @cached_property
    def all_groups(self) -> list[ContactGroup]:
        """The groups that were named, then those of the segments: of a number in several the first gives the values."""
        found = {group.pk: group for group in self.groups}
        for segment in self.segments:
            for group in segment.groups.all():
                found.setdefault(group.pk, group)
        return list(found.values())

    @cached_property
    def fields(self) -> list[ContactField]:
        """The fields of all groups, and of those whose segments are left out, as pages order them."""
        left_out = {group.pk for segment in self.exclude_segments for group in segment.groups.all()}
        groups = {group.pk for group in self.all_groups} | left_out
        return list(ContactField.objects.filter(group__in=groups)) if groups else []

    def fields_of(self, group: ContactGroup) -> placeholders.FieldTypes:
        """The type of each field of one of the groups, and what it is called."""
        own = [one for one in self.fields if one.group_id == group.pk]
        return placeholders.FieldTypes((one.key, one.type, one.names) for one in own)

    def key_in(self, group: int, name: str) -> str:
        """Under which key the values of the field stand that a filter or a reminder names so."""
        return self._keys_of.get(name, {}).get(group, name)

    @cached_property
    def _keys_of(self) -> dict[str, dict[int, str]]:
        return filters.types_by_key(self.fields).keys_of

    @cached_property
    def field_types(self) -> dict[str, set[str]]:
        """The types that each field has in the groups."""
        return self._types(self.all_groups)

    @property
    def placeholders(self) -> list[str]:
        """The names that a text for these groups may use: those that everybody has, then the groups' fields."""
        return [*EVERYBODY_HAS, *self.field_names]

    @property
    def field_names(self) -> list[str]:
        """What the fields of the groups are called now."""
        groups = {group.pk for group in self.all_groups}
        return sorted({one.name for one in self.fields if one.group_id in groups})

    @property
    def problem(self) -> str:
        """Why it cannot be told who is meant, in words; empty: it can."""
        try:
            filters.parse_filter(self.filter, self.field_types)
            for segment in (*self.segments, *self.exclude_segments):
                self._holds(segment)
        except filters.BadFilter as error:
            return str(error)
        return ""

    def members(self, group: ContactGroup, day: date) -> ContactQuerySet:
        """The contacts of one of the groups who are meant on `day`, in no order. Raises contacts.filters.BadFilter."""
        contacts: ContactQuerySet = Contact.objects.filter(group=group)
        if all(one.pk != group.pk for one in self.groups):
            contacts = contacts.filter(self._in_segments(group, day))
        conditions = filters.parse_filter(self.filter, self.field_types)
        contacts = filters.matching(contacts, conditions, day, group=group.pk)
        if self.exclude_groups:
            excluded = [one.pk for one in self.exclude_groups]
            contacts = contacts.exclude(Exists(Contact.objects.filter(group__in=excluded, phone=OuterRef("phone"))))
        for segment in self.exclude_segments:
            # As `NOT EXISTS`: a number is in a segment whichever of its groups has it.
            groups = list(segment.groups.all())
            people = filters.matching(Contact.objects.in_groups(groups), self._holds(segment), day)
            contacts = contacts.exclude(Exists(same_person(people, groups, group)))
        if self.upload is not None:
            contacts = self._in_upload(contacts, group)
        return contacts

    def how_many(self, day: date, milliseconds: int = 2_000) -> AudienceCount | None:
        """How many are meant; as far as 10,000 in a group, None where that takes too long.

        Raises contacts.filters.BadFilter.
        """
        lists: dict[str, str] = {}
        rows: set[tuple[str, str]] = set()
        exact = True
        for group in self.all_groups:
            try:
                with search.at_most(milliseconds):
                    found = (
                        self.members(group, day)
                        .order_by("pk")
                        .values_list("phone", "reference")[: MOST_COUNTED_PEOPLE + 1]
                    )
                    rows.update(row for row in found if lists.setdefault(row[0], group.list_name) == group.list_name)
                    exact = exact and len(found) <= MOST_COUNTED_PEOPLE
            except search.TooSlow:
                return None
        most = None if exact else MOST_COUNTED_PEOPLE
        return AudienceCount(min(len(rows), most or len(rows)), min(len(lists), most or len(lists)), exact)

    def _in_upload(self, contacts: ContactQuerySet, group: ContactGroup) -> ContactQuerySet:
        """Those whom the upload wrote: by their rows where the group tells them apart as it did then."""
        lists = UploadedPeople.objects.filter(upload=self.upload)
        if group.is_keyed and self._upload_key == group.key:
            row = Concat("phone", Value("/"), "reference", output_field=TextField())
            return contacts.alias(row=row).filter(row__in=lists.values_list(Func(F("rows"), function="unnest")))
        phones = Cast(Func(F("phones"), function="unnest"), TextField())
        return contacts.filter(phone__in=lists.values_list(phones, flat=True))

    @cached_property
    def _upload_key(self) -> str | None:
        return Upload.objects.filter(pk=self.upload or 0).values_list("key", flat=True).first()

    def _in_segments(self, group: ContactGroup, day: date) -> Q:
        """In one of the segments that this group belongs to; a group of none has nobody."""
        found = Q(pk__in=[])
        for segment in self.segments:
            if any(one.pk == group.pk for one in segment.groups.all()):
                all_hold = Q()
                for one in self._holds(segment):
                    all_hold &= one.in_group(group.pk).q(day)
                found |= all_hold or Q(pk__gt=0)
        return found

    def _holds(self, segment: Segment) -> list[filters.Condition]:
        """What is true of those in a segment."""
        return filters.parse_filter(segment.filter, self._types(segment.groups.all()))

    def _types(self, groups: Sequence[ContactGroup] | QuerySet[ContactGroup]) -> dict[str, set[str]]:
        wanted = {group.pk for group in groups}
        return filters.types_by_key(one for one in self.fields if one.group_id in wanted)


def chosen(campaign: Campaign) -> AudienceChoice:
    """Whom a campaign is for, as it is saved."""
    groups = campaign.chosen_groups.filter(group__deleted_at=None).select_related("group").order_by("position", "id")
    segments = campaign.chosen_segments.select_related("segment").prefetch_related("segment__groups")
    return AudienceChoice(
        groups=[one.group for one in groups],
        segments=[one.segment for one in segments.order_by("position", "id")],
        exclude_groups=list(campaign.exclude_groups.all()),
        exclude_segments=list(campaign.exclude_segments.prefetch_related("groups")),
        filter=campaign.filter,
        upload=campaign.upload_id,
    )


def uploaded(upload: int) -> int:
    """How many rows an upload had; none where it is gone or its list is no longer kept."""
    return Upload(pk=upload).rows_listed
