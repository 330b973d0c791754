"""Who is in a segment: asked anew each time; and making, changing and deleting one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from contacts.models import ContactGroup, Segment


@transaction.atomic
def save_segment(
    segment: Segment | None,
    name: str,
    groups: Sequence[ContactGroup],
    filter: list[dict[str, Any]],
    *,
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> Segment:
    """Make a segment, or change one. The filter has been read before. Raises IntegrityError where the name is taken."""
    new = segment is None
    segment = segment or Segment(created_by=user)
    segment.name, segment.filter, segment.changed_at = name, filter, timezone.now()
    segment.save()
    segment.groups.set(groups)
    act = "segment made" if new else "segment changed"
    record(act, f"segment {segment.pk}", user=user, api_key=api_key, name=name, filter=_without_values(filter))
    return segment


@transaction.atomic
def delete_segment(segment: Segment, *, user: User | None = None, api_key: ApiKey | None = None) -> None:
    """Delete a segment that nothing uses."""
    what = {"name": segment.name, "filter": _without_values(segment.filter)}
    record("segment deleted", f"segment {segment.pk}", user=user, api_key=api_key, **what)
    segment.delete()


def _without_values(filter: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By what it filters: the values may be somebody's number or name."""
    return [{name: one for name, one in condition.items() if name != "value"} for condition in filter]
