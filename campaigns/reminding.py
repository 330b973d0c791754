"""Whom a reminder's run means: those whose date fits its day and its stage, each once for a date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Substr

from campaigns.models import Campaign, ReminderKey, Run
from campaigns.schedules import Reminder
from campaigns.schedules.reminder import days_of_year
from contacts.models.group import ContactQuerySet

VALUE = "due_value"
DAY = "due_day"


@dataclass(frozen=True)
class Due:
    """What the run of one day means by one stage: the dates, newest first; none where the stage is gone."""

    campaign: int
    stage: str
    reminder: Reminder
    dates: list[date]

    def among(self, contacts: ContactQuerySet) -> ContactQuerySet:
        """Those of `contacts` whose date is meant."""
        return self._valued(contacts).filter(self._any(None))

    def not_yet(self, contacts: ContactQuerySet) -> ContactQuerySet:
        """Those of `contacts` whose date is meant and who were not reminded of it. The key decides; this only looks."""
        return self._valued(contacts).filter(self._any(ReminderKey.objects.filter(phone=OuterRef("phone"))))

    def stands_for(self, values: dict[str, str]) -> date | None:
        """The date of which a person with these values is reminded; None: of none."""
        return self.reminder.stands_for(values.get(self.reminder.field, ""), self.dates)

    def _valued(self, contacts: ContactQuerySet) -> ContactQuerySet:
        # As text: dates are kept canonical, and reading a million of them as dates takes seconds.
        contacts = contacts.annotate(**{VALUE: KeyTextTransform(self.reminder.field, "values")})
        return contacts.annotate(**{DAY: Substr(VALUE, 6)}) if self.reminder.yearly else contacts

    def _any(self, keys: object) -> Q:
        found = Q(pk__in=[])
        for one in self.dates:
            if self.reminder.yearly:
                fits = Q(**{f"{DAY}__in": days_of_year(one), f"{VALUE}__lte": one.isoformat()})
            else:
                fits = Q(**{VALUE: one.isoformat()})
            if keys is not None:
                mine = keys.filter(campaign=self.campaign, stage=self.stage, stands_for=one)  # type: ignore[attr-defined]
                fits &= ~Q(Exists(mine))
            found |= fits
        return found


def due(campaign: Campaign, stage: str, day: date) -> Due | None:
    """What the run of `day` and `stage` means; None where the campaign is no reminder."""
    if not campaign.recurs or not isinstance(schedule := campaign.plan(), Reminder):
        return None
    try:
        dates = schedule.dates(schedule.stage(stage), day, campaign.catch_up_days)
    except KeyError:
        dates = []
    return Due(campaign.pk, stage, schedule, dates)


def moved(run: Run, people: Iterable[tuple[str, dict[str, str]]]) -> set[str]:
    """The numbers of those (number, values) whose date is no longer the one that this run's text is about."""
    meant = due(run.campaign, run.stage, run.day)
    if meant is None:
        return set()
    values = dict(people)
    keys = ReminderKey.objects.filter(run=run.pk, phone__in=list(values)).values_list("phone", "stands_for")
    about = dict(keys)
    return {phone for phone, own in values.items() if meant.stands_for(own) != about.get(phone)}
