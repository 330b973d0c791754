"""What was and what is coming, day by day: the runs there are, and the times of what recurs that have none yet."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Run
from campaigns.schedules import BadSchedule, occurrences
from campaigns.timing import recurring_runs

A_DAY = 8
FORESEEN = 200

# One line for a campaign and day, though a reminder has a run for each of its stages; those of nobody are left out.
RUNS = """
SELECT day, campaign_id, run_id, name, at, people, statuses, total FROM (
    SELECT x.*, row_number() OVER (PARTITION BY day ORDER BY at, campaign_id) AS number,
        count(*) OVER (PARTITION BY day) AS total
    FROM (
        SELECT (r.scheduled_for AT TIME ZONE %(zone)s)::date AS day, r.campaign_id, c.name,
            (array_agg(r.id ORDER BY r.audience DESC, r.id))[1] AS run_id, min(r.scheduled_for) AS at,
            sum(coalesce(r.people, r.audience)) AS people, array_agg(DISTINCT r.status) AS statuses
        FROM campaigns_run r JOIN campaigns_campaign c ON c.id = r.campaign_id
        WHERE r.scheduled_for >= %(first)s AND r.scheduled_for < %(last)s
            AND NOT (r.status = 'finished' AND r.audience = 0) AND NOT r.replaced
        GROUP BY 1, 2, 3) x) y
WHERE number <= %(most)s ORDER BY day, at, campaign_id
"""


# One line for a key and day: a script may call a thousand times for the same morning.
CALLS = """
SELECT (c.due_at AT TIME ZONE %(zone)s)::date AS day, c.api_key_id, k.name, min(c.due_at), sum(c.texts), count(*)
FROM campaigns_scriptcall c LEFT JOIN accounts_apikey k ON k.id = c.api_key_id
WHERE c.due_at >= %(first)s AND c.due_at < %(last)s
GROUP BY 1, 2, 3 ORDER BY 1, 4
"""


@dataclass(frozen=True)
class CalendarCalls:
    """What a key's scripts asked for that day. `key` None: it is gone."""

    key: int | None
    name: str
    at: datetime
    texts: int
    calls: int


@dataclass(frozen=True)
class CalendarEntry:
    """One campaign on one day. `run` None: by its rule it will go then, and has no run yet."""

    campaign: int
    name: str
    at: datetime
    run: int | None
    people: int
    status: str


@dataclass
class CalendarDay:
    date: date
    is_today: bool
    is_other_month: bool
    entries: list[CalendarEntry] = field(default_factory=list)
    calls: list[CalendarCalls] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class CalendarSpan:
    """The weeks of a month, or one week. `foreseen`: of so many recurring campaigns the times to come are shown."""

    first: date
    weeks: list[list[CalendarDay]]
    is_whole: bool


def month_of(first: date, today: date) -> CalendarSpan:
    """The weeks that touch the month of `first`."""
    days = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return _filled(date(first.year, first.month, 1), days, today, most=A_DAY, of_month=first.month)


def week_of(day: date, today: date) -> CalendarSpan:
    """The week from Monday in which `day` is."""
    monday = day - timedelta(days=day.weekday())
    return _filled(monday, [[monday + timedelta(days=more) for more in range(7)]], today, most=10 * A_DAY)


def _filled(
    first: date, weeks: list[list[date]], today: date, *, most: int, of_month: int | None = None
) -> CalendarSpan:
    days = {
        one: CalendarDay(one, one == today, of_month is not None and one.month != of_month)
        for line in weeks
        for one in line
    }
    zone = timezone.get_default_timezone()
    begin = datetime.combine(weeks[0][0], datetime.min.time(), tzinfo=zone)
    end = datetime.combine(weeks[-1][-1] + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    _put_runs(days, begin, end, most)
    _put_calls(days, begin, end)
    is_whole = _put_foreseen(days, end, most)
    return CalendarSpan(first, [[days[one] for one in line] for line in weeks], is_whole)


def _put_runs(days: dict[date, CalendarDay], begin: datetime, end: datetime, most: int) -> None:
    asked: dict[str, Any] = {"zone": timezone.get_default_timezone_name(), "first": begin, "last": end, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(RUNS, asked)
        for day, campaign, run, name, at, people, statuses, total in cursor.fetchall():
            status = Run.Status(_telling(statuses)).label
            days[day].entries.append(CalendarEntry(campaign, name, at, run, people, status))
            days[day].more = total - most if total > most else 0


def _put_calls(days: dict[date, CalendarDay], begin: datetime, end: datetime) -> None:
    asked: dict[str, Any] = {"zone": timezone.get_default_timezone_name(), "first": begin, "last": end}
    with connection.cursor() as cursor:
        cursor.execute(CALLS, asked)
        for day, key, name, at, texts, calls in cursor.fetchall():
            days[day].calls.append(CalendarCalls(key, name or "a key that is gone", at, int(texts), calls))


def _telling(statuses: list[str]) -> str:
    """Of several stages' statuses the one that says most."""
    order = (
        "halted",
        "held",
        "paused",
        "sending",
        "planning",
        "planned",
        "scheduled",
        "finished",
        "skipped",
        "cancelled",
    )
    return min(statuses, key=order.index)


def _put_foreseen(days: dict[date, CalendarDay], end: datetime, most: int) -> bool:
    """The times to come of what recurs, past the next one, which has its run. False: of some campaigns only."""
    going = Campaign.objects.filter(status=Campaign.Status.ACTIVE, next_at__lt=end).order_by("next_at")
    campaigns = list(going[: FORESEEN + 1])
    found: dict[date, list[CalendarEntry]] = defaultdict(list)
    for one in campaigns[:FORESEEN]:
        assert one.next_at is not None
        try:
            times = occurrences(one.read_schedule(), recurring_runs.zone_of(one), one.next_at)
        except BadSchedule:
            continue
        for time in takewhile(lambda time: time.at < end, times):
            entry = CalendarEntry(one.pk, one.name, time.at, None, 0, "To come")
            found[timezone.localdate(time.at)].append(entry)
    for day, entries in found.items():
        if day in days:
            free = max(most - len(days[day].entries), 0)
            days[day].entries += sorted(entries, key=lambda entry: entry.at)[:free]
            days[day].more += max(len(entries) - free, 0)
    return len(campaigns) <= FORESEEN
