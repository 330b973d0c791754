"""What the rows of a report are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.utils.dateformat import format as in_words

from accounts.names import names_in_words
from campaigns.models import Campaign, Message, Sender


def labels(by: str, keys: Sequence[str]) -> dict[str, str]:
    """A label for each key, in one look-up or two for all."""
    return LABELS[by](keys)


def day_in_words(day: date) -> str:
    return in_words(day, "D j M Y")


def period_in_words(first: date, last: date) -> str:
    """`October 2026`, `2025`, or `Mon 2 Nov 2026 to Sun 8 Nov 2026`."""
    after = last + timedelta(days=1)
    if first.day == after.day == 1:
        if first.month == after.month == 1 and after.year == first.year + 1:
            return str(first.year)
        if (first.year, first.month) == (last.year, last.month):
            return in_words(first, "F Y")
    return day_in_words(first) if first == last else f"{day_in_words(first)} to {day_in_words(last)}"


def _days(keys: Sequence[str]) -> dict[str, str]:
    return {key: day_in_words(date.fromisoformat(key)) for key in keys}


def _weeks(keys: Sequence[str]) -> dict[str, str]:
    return {key: f"Week of {in_words(date.fromisoformat(key), 'j M Y')}" for key in keys}


def _months(keys: Sequence[str]) -> dict[str, str]:
    return {key: in_words(date.fromisoformat(f"{key}-01"), "F Y") for key in keys}


def _campaigns(keys: Sequence[str]) -> dict[str, str]:
    names = dict(Campaign.objects.filter(pk__in=map(int, keys)).values_list("pk", "name"))
    return {key: names.get(int(key), "a campaign that is gone") for key in keys} | {"0": "Single texts"}


def _senders(keys: Sequence[str]) -> dict[str, str]:
    names = dict(Sender.objects.filter(pk__in=map(int, keys)).values_list("pk", "name"))
    return {key: names.get(int(key), "a sender that is gone") for key in keys} | {"0": "no sender"}


def _networks(keys: Sequence[str]) -> dict[str, str]:
    return {key: key or "not said" for key in keys}


def _groups(keys: Sequence[str]) -> dict[str, str]:
    return {key: key or "no group" for key in keys}


def _sources(keys: Sequence[str]) -> dict[str, str]:
    return {key: Message.Source(key).label for key in keys}


LABELS: dict[str, Callable[[Sequence[str]], dict[str, str]]] = {
    "day": _days,
    "week": _weeks,
    "month": _months,
    "campaign": _campaigns,
    "sender": _senders,
    "network": _networks,
    "group": _groups,
    "user": names_in_words,
    "source": _sources,
}
