"""How many people a reminder will mean on the days to come, from their dates as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from campaigns.audience.due import day_of
from campaigns.audience.people import Audience
from campaigns.schedules import Reminder, Stage, stage_in_words

# Of a reminder the fullest day of about a month is what is looked at before it goes.
DAYS_AHEAD = 31


@dataclass(frozen=True)
class ReminderDay:
    """One day to come: how many people each stage means; stages that mean nobody are left out.

    `texts`: how many these get. A person whose two rows have the same date may get two.
    """

    day: date
    stages: dict[Stage, int]
    texts: dict[Stage, int]

    @property
    def people(self) -> int:
        return sum(self.stages.values())

    @property
    def words(self) -> str:
        return ", ".join(f"{stage_in_words(stage)}: {count:,}" for stage, count in self.stages.items())


def reminder_counts(audience: Audience, days: list[date]) -> list[ReminderDay]:
    """What the reminder would mean on each of `days`; one look at the contacts, which takes a second a million.

    Raises contacts.filters.BadFilter.
    """
    schedule = audience.campaign.read_schedule()
    if not isinstance(schedule, Reminder) or not days:
        return []
    people: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for group in audience.groups:
        members = audience.members(group, days[0]).order_by()
        dates = members.annotate(due_value=day_of(audience.choice.key_in(group.pk, schedule.field))).values_list(
            "due_value"
        )
        counted = {value: count for value, count in dates.annotate(Count("pk")) if value}
        rows.update(counted)
        if group.is_keyed:
            counted = {value: count for value, count in dates.annotate(Count("phone", distinct=True)) if value}
        people.update(counted)
    texts = rows if audience.campaign.texts_each_row else people
    return [ReminderDay(day, _stages(schedule, people, day), _stages(schedule, texts, day)) for day in days]


def fullest_day(audience: Audience, first: date, days: int) -> tuple[int, int]:
    """The most people that one run of the reminder means within so many days, and the most texts that one has.

    One look at the contacts.
    """
    found = reminder_counts(audience, [first + timedelta(days=more) for more in range(days)])
    return _most(one.stages for one in found), _most(one.texts for one in found)


def _most(stages: Iterable[dict[Stage, int]]) -> int:
    return max((count for one in stages for count in one.values()), default=0)


def _stages(schedule: Reminder, counts: Counter[str], day: date) -> dict[Stage, int]:
    found = {}
    for stage in schedule.stages:
        dates = [day - timedelta(days=stage.days)]
        if schedule.yearly:
            count = sum(n for value, n in counts.items() if schedule.stands_for(value, dates))
        else:
            count = counts[dates[0].isoformat()]
        if count:
            found[stage] = count
    return found
