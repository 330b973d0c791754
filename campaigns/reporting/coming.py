"""What goes out next, and to how many people as far as that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns.audience import audience_of
from campaigns.models import Campaign, Run
from campaigns.schedules import BadSchedule
from campaigns.schedules.reading import MOST_STAGES
from campaigns.timing.next_times import is_reminder, next_times
from lib.counts import people_in_words

# People whose dates are looked at for a reminder that has not gone yet.
LOOKED_AT = 5_000
LAST_TIME = """
SELECT c.id, sum(coalesce(r.people, r.audience))
FROM unnest(%s::bigint[]) c(id) CROSS JOIN LATERAL (
    SELECT occurrence FROM campaigns_run WHERE campaign_id = c.id AND status = 'finished'
    ORDER BY scheduled_for DESC LIMIT 1) l
JOIN campaigns_run r ON r.campaign_id = c.id AND r.occurrence = l.occurrence AND r.status = 'finished'
GROUP BY 1
"""


@dataclass(frozen=True)
class Coming:
    """`people`: in words, and empty where nothing can be said yet."""

    run: Run
    people: str


def coming_runs(now: datetime, most: int) -> list[Coming]:
    """The next runs of what is not paused; of a reminder's stages of one day the first stands for all."""
    waiting = Run.objects.filter(status__in=(Run.Status.SCHEDULED, Run.Status.PLANNED), scheduled_for__gt=now)
    runs = waiting.filter(campaign__status=Campaign.Status.ACTIVE).select_related("campaign")
    first: dict[tuple[int, str], Run] = {}
    for run in runs.order_by("scheduled_for", "pk")[: most * MOST_STAGES]:
        first.setdefault((run.campaign_id, run.occurrence), run)
    shown = list(first.values())[:most]
    before = _last_time([run.campaign_id for run in shown])
    return [Coming(run, _people(run, before.get(run.campaign_id), now)) for run in shown]


def _people(run: Run, before: int | None, now: datetime) -> str:
    """Of what is prepared exactly, else of the last time, else at most: of large groups no contact is looked at."""
    if run.status == Run.Status.PLANNED:
        return people_in_words(run.reached)
    if before is not None:
        return f"{people_in_words(before)} last time"
    audience = audience_of(run.campaign)
    try:
        if not is_reminder(run.campaign):
            return f"up to {people_in_words(audience.reach)}"
        times = next_times(audience, now, 1) if audience.reach <= LOOKED_AT else []
    except BadSchedule:
        return ""
    return f"{people_in_words(times[0].people)} as things are now" if times and times[0].people is not None else ""


def _last_time(campaigns: Sequence[int]) -> dict[int, int]:
    """How many people each reached then, by all stages of that day; those that never went are not there."""
    if not campaigns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LAST_TIME, [list(campaigns)])
        return {campaign: int(people) for campaign, people in cursor.fetchall()}
