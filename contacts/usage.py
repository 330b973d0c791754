"""Who uses a group or a segment. Contacts knows of no campaign: apps above register what they know, when ready."""

from __future__ import annotations

from collections.abc import Callable

from contacts.models import ContactGroup, Segment

_of_groups: list[Callable[[ContactGroup], list[str]]] = []
_of_segments: list[Callable[[Segment], list[str]]] = []


def register(
    of_group: Callable[[ContactGroup], list[str]], of_segment: Callable[[Segment], list[str]] | None = None
) -> None:
    """Each names, in words, what uses a group or a segment."""
    _of_groups.append(of_group)
    if of_segment is not None:
        _of_segments.append(of_segment)


def of_group(group: ContactGroup) -> list[str]:
    """What uses `group`, in words; empty where it may go."""
    segments = [f"the segment “{segment.name}”" for segment in group.segments.all()[:10]]
    return [*segments, *(one for finder in _of_groups for one in finder(group))]


def of_segment(segment: Segment) -> list[str]:
    """What uses `segment`, in words; empty where it may go."""
    return [one for finder in _of_segments for one in finder(segment)]
