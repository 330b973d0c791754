"""A report's figures as its page shows them: the headline against the period before, and reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from campaigns.ledger import reasons
from campaigns.models.figures import DELAY_BUCKETS
from campaigns.reporting.reports import Report, ReportRow

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Headline:
    """One figure with what it was before; `note` says of what it is."""

    label: str
    now: str
    before: str
    note: str = ""


@dataclass(frozen=True)
class ReasonCount:
    """Why so many texts did not arrive or did not go; `code` is empty where it stands for none, or for several."""

    words: str
    count: int
    code: str


def headlines(report: Report) -> list[Headline]:
    now, before = report.total, report.before
    within = f"19 of 20 within {span(now.p95_seconds)}" if now.p95_seconds is not None else ""
    return [
        Headline("Texts", f"{now.texts:,}", _against(now.texts, before.texts, f"{before.texts:,}")),
        Headline("Delivered", f"{now.delivered:,}", _against(now.delivered, before.delivered, f"{before.delivered:,}")),
        Headline(
            "Delivery rate", percent(now.delivery_rate), percent(before.delivery_rate), "of those with a final report"
        ),
        Headline("Cost", _kes(now.cost), _against(now.cost, before.cost, _kes(before.cost)), _planned(now)),
        Headline("Cost of a delivered text", _kes(now.cost_of_delivered), _kes(before.cost_of_delivered)),
        Headline("Until delivered, about", span(now.median_seconds), span(before.median_seconds), within),
    ]


def percent(rate: Decimal | None) -> str:
    """97.3%, or a dash where there is none."""
    return "–" if rate is None else f"{rate * 100:.1f}%"


def span(seconds: float | None) -> str:
    """About how long: 20 s, 5 min, 4 h; nothing is told of what took longer than a day."""
    if seconds is None:
        return "–"
    if seconds >= DELAY_BUCKETS[-1]:
        return "a day or more"
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.0f} h"


def reasons_in_words(counts: Mapping[str, int]) -> list[ReasonCount]:
    """Most frequent first; reasons that read the same are one, which has no code then."""
    words = reasons.reasons_in_words(counts) | {"": "no reason was given"}
    found: dict[str, ReasonCount] = {}
    for code, count in counts.items():
        same = found.get(words[code])
        found[words[code]] = ReasonCount(words[code], count + same.count if same else count, "" if same else code)
    return sorted(found.values(), key=lambda one: (-one.count, one.words))


def _against(now: Decimal | int, before: Decimal | int, shown: str) -> str:
    if not before:
        return shown
    change = round(100 * (now - before) / before)
    return f"{shown}, {change:+,}%" if change else shown


def _kes(amount: Decimal | None) -> str:
    return "–" if amount is None else f"KES {amount:,.2f}"


def _planned(row: ReportRow) -> str:
    return f"{_kes(row.planned)} more is planned" if row.planned else ""
