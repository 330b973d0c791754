"""Who is left out because the last file said something that could not be read of a field that a campaign goes by."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Exists, F, Func, Q, Value, When

from campaigns import placeholders
from campaigns.audience.choice import AudienceChoice
from campaigns.audience.same_row import same_person
from campaigns.audience.usage import fields_compared
from campaigns.models import Campaign
from campaigns.schedules import BadSchedule, Reminder, Schedule
from contacts.models import Contact, ContactGroup, Segment
from contacts.models.group import ContactQuerySet

REASON = "not_updated:"


def keys_gone_by(campaign: Campaign, choice: AudienceChoice, group: ContactGroup, text: str) -> list[str]:
    """The fields of `group` that the text writes, a filter compares or a reminder counts from, for its people."""
    fields = choice.fields_of(group)
    try:
        used = set(placeholders.compile(text, fields).names)
    except placeholders.PlaceholderError:
        used = set()
    named = fields_compared(choice.filter)
    if all(one.pk != group.pk for one in choice.groups):
        named = named.union(*(fields_compared(one.filter) for one in choice.segments if _is_of(one, group)))
    if isinstance(reminder := _schedule(campaign), Reminder):
        named.add(reminder.field)
    used |= {choice.key_in(group.pk, name) for name in named}
    return sorted(used & fields.keys())


def reasons_not_updated(campaign: Campaign, choice: AudienceChoice, group: ContactGroup, text: str) -> list[When]:
    """The conditions by which somebody of `group` is left out, each with its reason; none where the old value goes.

    A segment that is left out goes by the values that the number has in the segment's groups, the row in those that
    have the same key.
    """
    return list(_reasons(campaign, choice, group, text)) if campaign.leaves_out_old_values else []


def _reasons(campaign: Campaign, choice: AudienceChoice, group: ContactGroup, text: str) -> Iterator[When]:
    if keys := keys_gone_by(campaign, choice, group, text):
        yield When(not_updated__overlap=keys, then=_First(F("not_updated"), _array(keys)))
    for segment in choice.exclude_segments:
        groups = list(segment.groups.all())
        for key in sorted(fields_compared(segment.filter)):
            people = _marked(choice, groups, key)
            if group.is_keyed:
                meant = Q(Exists(same_person(people, groups, group)))
            else:
                meant = Q(phone__in=people.values("phone"))
            yield When(meant, then=Value(REASON + key))


def _marked(choice: AudienceChoice, groups: list[ContactGroup], name: str) -> ContactQuerySet:
    """Whose field of that name was not updated, each by the key of it in their own group."""
    found = Q()
    for key in sorted({choice.key_in(group.pk, name) for group in groups}):
        some = [group.pk for group in groups if choice.key_in(group.pk, name) == key]
        found |= Q(group__in=some, not_updated__contains=[key])
    return Contact.objects.in_groups(groups).filter(found)


def _schedule(campaign: Campaign) -> Schedule | None:
    try:
        return campaign.read_schedule() if campaign.recurs else None
    except BadSchedule:
        return None  # of a draft, which says so


def _is_of(segment: Segment, group: ContactGroup) -> bool:
    return any(one.pk == group.pk for one in segment.groups.all())


def _array(keys: list[str]) -> Value:
    return Value(keys, output_field=ArrayField(CharField()))


class _First(Func):
    """The reason by the first field of two lists that stands in both."""

    template = "(SELECT 'not_updated:' || min(k) FROM unnest(%(expressions)s))"
    arg_joiner = ") AS n(k) WHERE k = ANY("
    output_field = CharField()
