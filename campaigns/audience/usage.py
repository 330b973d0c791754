"""What still needs a field, a group or a segment, for whoever wants to delete it or change its type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from campaigns import placeholders
from campaigns.models import Campaign, MessageTemplate
from contacts.models import ContactField, ContactGroup, Segment

SHOWN = 20
IN_USE = (
    Campaign.Status.DRAFT,
    Campaign.Status.AWAITING_APPROVAL,
    Campaign.Status.ACTIVE,
    Campaign.Status.PAUSED,
)


def users_of(field: ContactField) -> list[str]:
    """The campaigns that go to the field's group and still have something to send, and the templates, that name it."""
    campaigns = Campaign.objects.filter(chosen_groups__group=field.group_id, status__in=IN_USE).order_by("-pk")
    templates = MessageTemplate.objects.filter(archived_at=None)
    found = [f"the campaign “{one.name}”" for one in campaigns if _names(one.text, field) or _asks(one.filter, field)]
    found += [f"the template “{one.name}”" for one in templates if _names(one.text, field)]
    return found[:SHOWN]


def _names(text: str, field: ContactField) -> bool:
    try:
        fields = placeholders.FieldTypes([(field.key, field.type, field.names)])
        return field.key in placeholders.compile(text, fields).names
    except placeholders.PlaceholderError:
        return any(f"<{name}" in text for name in field.names)


def _asks(conditions: object, field: ContactField) -> bool:
    return isinstance(conditions, list) and not fields_compared(conditions).isdisjoint(field.names)


def fields_compared(conditions: Iterable[Any]) -> set[str]:
    """The keys of the fields that a stored filter compares."""
    return {str(one.get("field")) for one in conditions if isinstance(one, dict)}


OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)


def campaigns_of(group: ContactGroup) -> list[str]:
    """The campaigns that still need a group, to send to or to leave out, for whoever wants to delete it."""
    return _named(Q(chosen_groups__group=group) | Q(exclude_groups=group))


def campaigns_of_segment(segment: Segment) -> list[str]:
    """The campaigns that still need a segment."""
    return _named(Q(chosen_segments__segment=segment) | Q(exclude_segments=segment))


def _named(which: Q) -> list[str]:
    campaigns = Campaign.objects.filter(which).exclude(status__in=OVER).order_by("-pk").distinct()
    return [f"the campaign “{campaign.name}”" for campaign in campaigns[:10]]
