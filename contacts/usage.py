"""Who uses a group, a segment or a field. Contacts knows of no campaign: apps above register what they know."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Q

from contacts.models import ContactField, ContactGroup, Segment

TELLING_APART = "telling the rows of this group apart"

_of_groups: list[Callable[[ContactGroup], list[str]]] = []
_of_segments: list[Callable[[Segment], list[str]]] = []
_of_fields: list[Callable[[ContactField], list[str]]] = []


def register_group_uses(finder: Callable[[ContactGroup], list[str]]) -> None:
    """`finder` names, in words, what uses a group."""
    _of_groups.append(finder)


def register_segment_uses(finder: Callable[[Segment], list[str]]) -> None:
    """`finder` names, in words, what uses a segment."""
    _of_segments.append(finder)


def register_field_uses(finder: Callable[[ContactField], list[str]]) -> None:
    """`finder` names, in words, what uses a field."""
    _of_fields.append(finder)


def uses_of_group(group: ContactGroup) -> list[str]:
    """What uses `group`, in words; empty where it may go."""
    return [*_named(group.segments.all()[:10]), *(one for finder in _of_groups for one in finder(group))]


def uses_of_segment(segment: Segment) -> list[str]:
    """What uses `segment`, in words; empty where it may go."""
    return [one for finder in _of_segments for one in finder(segment)]


def uses_of_field(field: ContactField) -> list[str]:
    """What uses `field`, in words, so that whoever deletes or retypes it is told."""
    named = Q()
    for name in field.names:
        named |= Q(filter__contains=[{"field": name}])
    segments = field.group.segments.filter(named)[:10]
    key = [TELLING_APART] if field.is_key else []
    return [*key, *_named(segments), *(one for finder in _of_fields for one in finder(field))]


def _named(segments: Iterable[Segment]) -> list[str]:
    return [f"the segment “{segment.name}”" for segment in segments]
