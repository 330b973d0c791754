"""What decides on people and texts beside the campaign itself: filters of its segments, types of the fields used."""

from __future__ import annotations

from typing import Any

from campaigns import placeholders
from campaigns.audience.people import Audience
from campaigns.audience.usage import fields_compared
from contacts.models import ContactField

Terms = dict[str, dict[str, dict[str, Any]]]


def fields_used(audience: Audience) -> list[ContactField]:
    """The fields that the text writes, or the filters of the campaign and its segments compare."""
    try:
        written = set(placeholders.compile(audience.campaign.text).names)
    except placeholders.PlaceholderError:
        written = set()
    choice = audience.choice
    # A text may write <Due date> for due_date.
    filters = (choice.filter, *(one.filter for one in (*choice.segments, *choice.exclude_segments)))
    compared = set[str]().union(*map(fields_compared, filters))
    return [
        one
        for one in choice.fields
        if not compared.isdisjoint(one.names) or not written.isdisjoint(map(placeholders.key_of, one.names))
    ]


def terms_of(audience: Audience) -> Terms:
    """As they are now, as JSON can hold them: segments by id, fields by group and key, keys by group."""
    choice = audience.choice
    keys = {str(group.pk): {"name": group.name, "means": group.key} for group in audience.groups if group.is_keyed}
    terms: Terms = {
        "segments": {
            str(one.pk): {
                "name": one.name,
                "means": [one.filter, sorted(group.pk for group in one.groups.all())],
            }
            for one in (*choice.segments, *choice.exclude_segments)
        },
        "fields": {
            f"{one.group_id}.{one.key}": {"name": one.label, "means": [one.type, one.options]}
            for one in fields_used(audience)
        },
    }
    return terms | ({"keys": keys} if keys else {})


def changed_terms(before: Terms, now: Terms) -> list[str]:
    """What means something else than before, in words: `the segment “Late”`, `the field “Due”`, `the key of “Form 1”`.

    Where segments have changed, not the fields: they may use others now.
    """
    found = _changed("segment", before, now) or _changed("field", before, now)
    return [*found, *_changed("key", before, now)]


def _changed(kind: str, before: Terms, now: Terms) -> list[str]:
    earlier, later = before.get(f"{kind}s", {}), now.get(f"{kind}s", {})
    keys = sorted(earlier.keys() | later.keys())
    differing = [key for key in keys if earlier.get(key, {}).get("means") != later.get(key, {}).get("means")]
    what = "key of" if kind == "key" else kind
    return [f"the {what} “{(later.get(key) or earlier[key])['name']}”" for key in differing]
