"""What was sent, how much of it arrived and what it cost: sums of the day's figures, never a count of texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from heapq import nlargest
from typing import Any

from django.db import connection

from campaigns.ledger.counted import counted_until
from campaigns.ledger.figures import TextFigures
from campaigns.models.figures import ALL, DELAY_BUCKETS
from campaigns.reporting.report_labels import day_in_words, labels, period_in_words
from campaigns.reporting.report_query import BY, BY_TIME, NONE, PERIODS, BadQuery, ReportQuery, days_of, read_query

__all__ = [
    "BY", "BY_TIME", "NONE", "PERIODS", "BadQuery", "Report", "ReportQuery", "ReportRow", "added_up", "day_in_words",
    "days_of", "read_query", "report_of", "report_rows",
]  # fmt: skip

KEYS = {
    "day": "to_char(day, 'YYYY-MM-DD')",
    "week": "to_char(date_trunc('week', day), 'YYYY-MM-DD')",
    "month": "to_char(day, 'YYYY-MM')",
    "campaign": "campaign::text",
    "sender": "sender::text",
    "network": "network",
    "group": "group_name",
    "user": "who",
    "source": "source",
}
FILTERED = {
    "campaign": "campaign", "sender": "sender", "network": "network", "group": "group_name", "who": "who",
    "source": "source",
}  # fmt: skip
SUMMED = [one.name for one in fields(TextFigures) if one.name not in ("reasons", "left_out_for", "delays")]
SUMS = ", ".join(f"sum({name})" for name in SUMMED)
DELAYS = ", ".join(f"sum(delays[{place}])" for place in range(1, len(DELAY_BUCKETS) + 2))
REASONS = """
    SELECT key, jsonb_object_agg(reason, times) AS said FROM (
        SELECT {key} AS key, r.key AS reason, sum(r.value::bigint) AS times
        FROM campaigns_dayfigures, jsonb_each_text({column}) r WHERE {where} AND {column} <> '{{}}' GROUP BY 1, 2) t
    GROUP BY 1
"""
ROWS = """
SELECT s.key, r.said, l.said, {names}, delays FROM (
    SELECT {key} AS key, {sums}, ARRAY[{delays}]
    FROM campaigns_dayfigures WHERE {where} GROUP BY 1) AS s (key, {names}, delays)
LEFT JOIN ({reasons}) r ON r.key = s.key LEFT JOIN ({left_out_for}) l ON l.key = s.key
"""
# Of the period before nobody asks for reasons: they would be half of its time.
NO_REASONS = "SELECT NULL AS key, NULL AS said"


@dataclass(frozen=True)
class ReportRow:
    """What became of the texts of one day, campaign, sender or the like; money in KES."""

    key: str
    label: str
    figures: TextFigures

    @property
    def texts(self) -> int:
        """Accepted by the gateway, whatever became of them."""
        return self.figures.delivered + self.figures.undelivered + self.no_report

    @property
    def parts(self) -> int:
        return self.figures.parts

    @property
    def delivered(self) -> int:
        return self.figures.delivered

    @property
    def undelivered(self) -> int:
        return self.figures.undelivered

    @property
    def no_report(self) -> int:
        return self.figures.awaited + self.figures.expired

    @property
    def not_known(self) -> int:
        return self.figures.not_known

    @property
    def left_out(self) -> int:
        return self.figures.left_out

    @property
    def refused(self) -> int:
        return self.figures.refused

    @property
    def cost(self) -> Decimal:
        return self.figures.cost

    @property
    def planned(self) -> Decimal:
        return self.figures.planned

    @property
    def delivery_rate(self) -> Decimal | None:
        """From 0 to 1, of those with a final report; None where there is none."""
        final = self.delivered + self.undelivered
        return Decimal(self.delivered) / final if final else None

    @property
    def cost_of_delivered(self) -> Decimal | None:
        """What all of it cost for each that arrived."""
        return self.cost / self.delivered if self.delivered else None

    @property
    def median_seconds(self) -> int | None:
        """About how many from acceptance to delivery half of them took at most."""
        return _seconds(self.figures.delays, 50)

    @property
    def p95_seconds(self) -> int | None:
        return _seconds(self.figures.delays, 95)


@dataclass(frozen=True)
class Report:
    """`before`: the period just before, without reasons. `as_of`: until when all that changed is counted; None: now."""

    query: ReportQuery
    rows: list[ReportRow]
    total: ReportRow
    before: ReportRow
    as_of: datetime | None


def report_of(query: ReportQuery) -> Report:
    """Rows of days, weeks and months in their order, quiet ones too; other rows by how many texts there are."""
    as_of = counted_until()
    rows = report_rows(query)
    before = dict(_figures("''", query, *query.before, with_reasons=False))
    return Report(
        query,
        rows,
        added_up("total", "All", rows),
        ReportRow("before", period_in_words(*query.before), before.get("") or TextFigures()),
        as_of,
    )


def added_up(key: str, label: str, rows: Iterable[ReportRow]) -> ReportRow:
    total = TextFigures()
    for row in rows:
        total.add(row.figures)
    return ReportRow(key, label, total)


def report_rows(query: ReportQuery, with_reasons: bool = True, most: int | None = None) -> list[ReportRow]:
    """The rows alone, `most` at most, those with the most texts; without reasons it is half of the time."""
    found = dict(_figures(KEYS[query.by], query, query.first, query.last, with_reasons))
    if query.by in BY_TIME:
        keys = _times(query)
        found = {key: found.get(key) or TextFigures() for key in keys}
    else:
        found = {key: figures for key, figures in found.items() if figures != TextFigures()}
    if most is not None:
        # Before they are called anything: a year may have ten thousand campaigns.
        found = dict(nlargest(most, found.items(), key=lambda one: ReportRow("", "", one[1]).texts))
    words = labels(query.by, list(found))
    rows = [ReportRow(key or NONE, words[key], figures) for key, figures in found.items()]
    if query.by not in BY_TIME:
        rows.sort(key=lambda row: (-row.texts, row.label.casefold(), row.key))
    return rows


def _times(query: ReportQuery) -> Sequence[str]:
    """The keys of all days, weeks or months of the period."""
    days = (query.first + timedelta(days=number) for number in range((query.last - query.first).days + 1))
    if query.by == "day":
        return [day.isoformat() for day in days]
    if query.by == "week":
        return list(dict.fromkeys((day - timedelta(days=day.weekday())).isoformat() for day in days))
    return list(dict.fromkeys(f"{day:%Y-%m}" for day in days))


def _figures(
    key: str, query: ReportQuery, first: date, last: date, with_reasons: bool = True
) -> Iterator[tuple[str, TextFigures]]:
    where = ["day BETWEEN %(first)s AND %(last)s"]
    asked: dict[str, Any] = {"first": first, "last": last}
    if query.campaign is None:
        where.append(f"campaign {'<>' if key == KEYS['campaign'] else '='} {ALL}")
    for name, column in FILTERED.items():
        if (value := getattr(query, name)) is not None:
            where.append(f"{column} = %({name})s")
            asked[name] = value
    place = {"key": key, "where": " AND ".join(where)}
    told = REASONS if with_reasons else NO_REASONS
    reasons, left_out_for = (told.format(column=column, **place) for column in ("reasons", "left_out_for"))
    names = ", ".join(SUMMED)
    sql = ROWS.format(sums=SUMS, names=names, delays=DELAYS, reasons=reasons, left_out_for=left_out_for, **place)
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        for found, reasons, left_out_for, *sums, delays in cursor.fetchall():
            yield (
                found,
                TextFigures(
                    **dict(zip(SUMMED, sums, strict=True)),
                    reasons=json.loads(reasons or "{}"),
                    left_out_for=json.loads(left_out_for or "{}"),
                    delays=list(delays),
                ),
            )


def _seconds(delays: Sequence[int], percent: int) -> int | None:
    """Within how many seconds so many of a hundred arrived, as if those of a bucket had come evenly.

    What took longer than the last bound is told as that bound.
    """
    total = sum(delays)
    if not total:
        return None
    wanted, passed = total * percent / 100, 0
    bounds = (0, *DELAY_BUCKETS, DELAY_BUCKETS[-1])
    for place, count in enumerate(delays):
        if count and passed + count >= wanted:
            low, high = bounds[place], bounds[place + 1]
            return round(low + (high - low) * (wanted - passed) / count)
        passed += count
    return DELAY_BUCKETS[-1]
