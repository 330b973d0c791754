"""The next times of what recurs, and of a reminder the people whom each means as things are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.audience import Audience
from campaigns.audience.reminder_counts import ReminderDay, reminder_counts
from campaigns.models import Campaign
from campaigns.schedules import Reminder
from campaigns.timing import recurring_runs
from contacts import filters

SHOWN = 5


@dataclass(frozen=True)
class NextTime:
    """One of the next times: the moment, and of a reminder whom it means as things are now.

    `texts`: how many these people get.
    """

    at: datetime
    people: int | None = None
    texts: int = 0
    words: str = ""


def is_reminder(campaign: Campaign) -> bool:
    return campaign.recurs and isinstance(campaign.read_schedule(), Reminder)


def next_times(audience: Audience, now: datetime, most: int = SHOWN) -> list[NextTime]:
    """The next times of what recurs; of a reminder with the people whom each means. One look at the contacts."""
    found = recurring_runs.coming_times(audience.campaign, now, most)
    try:
        days = {one.day: one for one in reminder_counts(audience, [one.day for one in found])}
    except filters.BadFilter:
        days = {}
    return [_with(one.at, days.get(one.day)) for one in found]


def _with(at: datetime, day: ReminderDay | None) -> NextTime:
    return NextTime(at, day.people, sum(day.texts.values()), day.words) if day else NextTime(at)
