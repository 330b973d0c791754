"""The runs of a campaign that recurs: each of its times has one, made under the lock of the campaign's row.

There is always a run for the next time, so that it can be seen, moved and skipped. When that has come, those that were
missed meanwhile get theirs too, and the next one. Unique on (campaign, stage, occurrence): whoever comes second makes
nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Rules, Run
from campaigns.schedules import BadSchedule, Occurrence, Recurring, Reminder, Schedule, first_day, occurrences

MOVE_ON = """
UPDATE campaigns_campaign c SET next_at = n.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, at)
WHERE c.id = n.id
"""
# A portal that was off for a year goes through it in a tick or two.
MOST_AT_ONCE = 400

MISSED = "It was missed, and only the latest of those that were missed may go."

log = logging.getLogger(__name__)


def begin_recurring(campaign: Campaign, now: datetime) -> Run | None:
    """Make the first runs of a campaign that is locked and about to be active. None: its rule has no time to come."""
    schedule = _begun(campaign, now)
    return _note_next(campaign, schedule, next(occurrences(schedule, zone_of(campaign), now), None))


def make_runs_due(campaigns: Sequence[Campaign], now: datetime) -> None:
    """Of each, which is locked and whose next time has come: make the runs of all times up to now, and the next one.

    Of a plain recurring campaign only the latest of those that are due may go; the others are skipped and say so.
    """
    if not campaigns:
        return
    late = Rules.objects.values_list("late_limit", flat=True).get(pk=1)
    runs: list[Run] = []
    next_at: dict[int, datetime | None] = {}
    plain = []
    for campaign in campaigns:
        try:
            schedule = campaign.read_schedule()
        except BadSchedule:
            log.exception("The schedule of campaign %s cannot be read; it goes out no more.", campaign.pk)
            next_at[campaign.pk] = None
            continue
        found = _up_to_the_next(schedule, campaign, now)
        runs += _runs(campaign, schedule, found, late)
        next_at[campaign.pk] = found[-1].at if found else None
        if isinstance(schedule, Recurring):
            plain.append(campaign.pk)
    Run.objects.bulk_create(runs, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, [list(next_at), list(next_at.values())])
    _skip_missed(plain, now)


def start_anew(campaign: Campaign, now: datetime) -> Run | None:
    """The rule of a locked campaign was changed: its times to come are the new rule's.

    The run that waits for the old rule's time is taken away; what has begun or is due stays.
    """
    campaign.runs.filter(status=Run.Status.SCHEDULED, scheduled_for__gt=now).delete()
    schedule = _begun(campaign, now)
    keys = stage_keys(schedule)
    # A day that had its run has had it: the next one is another day's.
    had = set(campaign.runs.filter(replaced=False).values_list("stage", "occurrence"))
    following = islice(occurrences(schedule, zone_of(campaign), now), MOST_AT_ONCE)
    found = next((one for one in following if any((key, one.day.isoformat()) not in had for key in keys)), None)
    return _note_next(campaign, schedule, found)


def late_limit(campaign: Campaign) -> timedelta | None:
    """How late a run of it may still go: its own limit, for recurring ones else the rules'."""
    if campaign.late_limit is not None or not campaign.recurs:
        return campaign.late_limit
    return Rules.objects.values_list("late_limit", flat=True).get(pk=1)


def zone_of(campaign: Campaign) -> ZoneInfo:
    return ZoneInfo(campaign.zone)


def stage_keys(schedule: Schedule) -> list[str]:
    """The stages that each of its days has a run for; a plain rule has one without a name."""
    return [one.key for one in schedule.stages] if isinstance(schedule, Reminder) else [""]


def coming_times(campaign: Campaign, now: datetime, most: int) -> list[Occurrence]:
    """Its next times by its rule, as they would be if it began now."""
    return list(islice(occurrences(campaign.read_schedule(), zone_of(campaign), now), most))


def _begun(campaign: Campaign, now: datetime) -> Schedule:
    """What it means, with the day on which it began: "every second week" and "ten times" count from there."""
    schedule = campaign.read_schedule()
    if isinstance(schedule, Recurring) and schedule.start is None:
        start = first_day(schedule.time, zone_of(campaign), now)
        campaign.schedule = {**(campaign.schedule or {}), "from": start.isoformat()}
        Campaign.objects.filter(pk=campaign.pk).update(schedule=campaign.schedule)
    return campaign.read_schedule()


def _up_to_the_next(schedule: Schedule, campaign: Campaign, now: datetime) -> list[Occurrence]:
    """What comes after the time that has come, up to the first that is still to come."""
    assert campaign.next_at is not None
    found = []
    for one in islice(occurrences(schedule, zone_of(campaign), campaign.next_at), MOST_AT_ONCE):
        found.append(one)
        if one.at > now:
            break
    return found


def _note_next(campaign: Campaign, schedule: Schedule, found: Occurrence | None) -> Run | None:
    late = Rules.objects.values_list("late_limit", flat=True).get(pk=1)
    runs = _runs(campaign, schedule, [found] if found else [], late)
    Run.objects.bulk_create(runs, ignore_conflicts=True)
    campaign.next_at = found.at if found else None
    Campaign.objects.filter(pk=campaign.pk).update(next_at=campaign.next_at)
    if found is None:
        return None
    return campaign.runs.filter(occurrence=found.day.isoformat(), replaced=False).order_by("pk").first()


def _runs(campaign: Campaign, schedule: Schedule, found: list[Occurrence], late: timedelta) -> list[Run]:
    limit = campaign.late_limit or late
    return [
        Run(
            campaign=campaign,
            stage=key,
            occurrence=one.day.isoformat(),
            scheduled_for=one.at,
            not_after=one.at + limit,
            # Who has paid, or whose date has moved, is left out when a batch is claimed.
            recheck=isinstance(schedule, Reminder),
        )
        for one in found
        for key in stage_keys(schedule)
    ]


def _skip_missed(campaigns: list[int], now: datetime) -> None:
    due = Run.objects.filter(campaign__in=campaigns, status=Run.Status.SCHEDULED, scheduled_for__lte=now)
    latest: dict[int, int] = {}
    missed = []
    for pk, campaign in due.order_by("-scheduled_for", "-pk").values_list("pk", "campaign"):
        if campaign in latest:
            missed.append(pk)
        latest.setdefault(campaign, pk)
    Run.objects.filter(pk__in=missed).advance(Run.Status.SKIPPED, reason=MISSED, finished_at=timezone.now())
