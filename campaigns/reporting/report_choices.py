"""What a report can be filtered by, with names: what there is now, and the networks of its last days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from accounts.models import ApiKey, User
from campaigns.models import Campaign, DayFigures, Message, Sender
from campaigns.models.figures import ALL
from campaigns.reporting.report_labels import labels
from campaigns.reporting.report_query import NONE, ReportQuery
from contacts.models import ContactGroup

MOST = 300
# Networks are few and looked for in so many days only; whatever else is filtered by has a table of its own.
NETWORK_DAYS = timedelta(days=31)
# By the name of a filter: what its rows are called by, and its words on the page.
FILTERS = {
    "campaign": ("campaign", "Campaign", "All campaigns"),
    "sender": ("sender", "Sender ID", "All sender IDs"),
    "network": ("network", "Network", "All networks"),
    "group": ("group", "Group", "All groups"),
    "who": ("user", "Who sent", "Everybody"),
    "source": ("source", "Source", "All sources"),
}


@dataclass(frozen=True)
class FilterChoice:
    """One filter and what it offers; `chosen` is None while it is off."""

    name: str
    label: str
    everything: str
    offered: list[tuple[str, str]]
    chosen: str | None
    chosen_label: str


def filter_choices(query: ReportQuery) -> list[FilterChoice]:
    """All filters. What is gone, or beyond the latest 300, is filtered by from the rows of a report by it."""
    found = []
    for name, (by, label, everything) in FILTERS.items():
        value = getattr(query, name)
        chosen = None if value is None else str(value)
        offered = OFFERED[name](query)
        told = "" if chosen is None else labels(by, [chosen])[chosen]
        rows = sorted(((key or NONE, words) for key, words in offered), key=lambda one: one[1].casefold())
        found.append(FilterChoice(name, label, everything, rows, None if chosen is None else chosen or NONE, told))
    return found


Offered = Iterable[tuple[str, str]]


def _campaigns(_query: ReportQuery) -> Offered:
    latest = Campaign.objects.order_by("-pk").values_list("pk", "name")[:MOST]
    return [("0", "Single texts"), *((str(pk), name) for pk, name in latest)]


def _senders(_query: ReportQuery) -> Offered:
    return [(str(pk), name) for pk, name in Sender.objects.values_list("pk", "name")[:MOST]]


def _networks(query: ReportQuery) -> Offered:
    last = DayFigures.objects.filter(campaign=ALL, day__range=(max(query.first, query.last - NETWORK_DAYS), query.last))
    return labels("network", list(last.order_by().values_list("network", flat=True).distinct()[:MOST])).items()


def _groups(_query: ReportQuery) -> Offered:
    names = ContactGroup.objects.order_by("name").values_list("name", flat=True)[:MOST]
    return [("", "no group"), *((name, name) for name in names)]


def people_and_keys() -> list[tuple[str, str]]:
    """The latest of both, by their short names."""
    people = User.objects.order_by("-pk").values_list("pk", User.USERNAME_FIELD)[:MOST]
    keys = ApiKey.objects.order_by("-pk").values_list("pk", "name")[:MOST]
    return [
        *((f"user:{pk}", name) for pk, name in people),
        *((f"key:{pk}", f"the key “{name}”") for pk, name in keys),
    ]


def _sources(_query: ReportQuery) -> Offered:
    return [(str(value), str(label)) for value, label in Message.Source.choices]


OFFERED: dict[str, Callable[[ReportQuery], Offered]] = {
    "campaign": _campaigns,
    "sender": _senders,
    "network": _networks,
    "group": _groups,
    "who": lambda _query: people_and_keys(),
    "source": _sources,
}
