"""How old the values of a group are: last month's balance is worse than none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from campaigns.audience.people import Audience
from campaigns.audience.terms import fields_used
from contacts import filters
from contacts.models import ContactField, ContactGroup, Upload

OLD = timedelta(days=7)
CHANGING = (*filters.NUMBERS, *ContactField.WITH_DAY)


def stale_groups(groups: Iterable[ContactGroup]) -> list[tuple[ContactGroup, int]]:
    """The groups whose values are more than a week old, with their age in days, the oldest first."""
    groups = list(groups)
    now, uploaded = timezone.now(), _uploaded(groups)
    found = [(group, now - uploaded.get(group.pk, group.changed_at)) for group in groups if group.size]
    return sorted([(group, age.days) for group, age in found if age > OLD], key=lambda one: -one[1])


def stale_values(audience: Audience) -> list[str]:
    """What to say before a text with amounts or dates goes out: how old they are in each group."""
    labels = _labels_used(audience)
    return [
        f"{labels[group.pk]} in “{group.name}” {'were' if ' and ' in labels[group.pk] else 'was'} last updated "
        f"{days} days ago."
        for group, days in stale_groups(audience.groups)
        if labels.get(group.pk)
    ]


def _labels_used(audience: Audience) -> dict[int, str]:
    """By group the labels of the amounts and dates that the text writes or the filters compare."""
    found: dict[int, list[str]] = {}
    groups = {group.pk for group in audience.groups}
    for field in fields_used(audience):
        if field.group_id in groups and field.type in CHANGING:
            found.setdefault(field.group_id, []).append(field.label)
    return {pk: " and ".join(labels) for pk, labels in found.items()}


def _uploaded(groups: list[ContactGroup]) -> dict[int, datetime]:
    """When a whole list last came into each group; a person who was added by hand makes the others no fresher."""
    done = Upload.objects.filter(group__in=groups, status=Upload.Status.DONE, finished_at__isnull=False)
    return dict(done.values_list("group").annotate(at=Max("finished_at")).values_list("group", "at"))
