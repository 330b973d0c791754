"""What a report can be filtered by: whatever has figures in its time, with names."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from campaigns.reporting.report_labels import labels
from campaigns.reporting.report_query import NONE, ReportQuery

MOST = 300
# By the name of a filter: what its rows are called by, its column, and its words on the page.
FILTERS = {
    "campaign": ("campaign", "campaign", "Campaign", "All campaigns"),
    "sender": ("sender", "sender", "Sender ID", "All sender IDs"),
    "network": ("network", "network", "Network", "All networks"),
    "group": ("group", "group_name", "Group", "All groups"),
    "who": ("user", "who", "Who sent", "Everybody"),
    "source": ("source", "source", "Source", "All sources"),
}
PRESENT = " UNION ALL ".join(
    f"(SELECT '{name}', {column}::text FROM campaigns_dayfigures WHERE day BETWEEN %(first)s AND %(last)s"  # noqa: S608
    f" GROUP BY 2 ORDER BY max(day) DESC LIMIT {MOST})"
    for name, (_, column, _, _) in FILTERS.items()
)


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
    """All filters, with what was sent in the report's time, the latest of each."""
    present = _present(query)
    found = []
    for name, (by, _, label, everything) in FILTERS.items():
        value = getattr(query, name)
        chosen = None if value is None else str(value)
        keys = sorted(present.get(name, set()) | (set() if chosen is None else {chosen}))
        words = labels(by, keys)
        offered = sorted(((key or NONE, words[key]) for key in keys), key=lambda one: one[1].casefold())
        told = "" if chosen is None else words[chosen]
        found.append(FilterChoice(name, label, everything, offered, None if chosen is None else chosen or NONE, told))
    return found


def _present(query: ReportQuery) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, {"first": query.first, "last": query.last})
        for name, key in cursor.fetchall():
            found.setdefault(name, set()).add(key)
    return found
