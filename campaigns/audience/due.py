"""Whom a reminder's run means: those whose date fits its day and its stage, each once for a date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Substr

from campaigns.audience.same_row import same_row
from campaigns.models import Campaign, ReminderKey, Run
from campaigns.schedules import Reminder
from campaigns.schedules.reminder import DAY_LETTERS, days_of_year
from contacts.models.group import ContactQuerySet

VALUE = "due_value"
DAY = "due_day"


@dataclass(frozen=True)
class Due:
    """What the run of one day means by one stage: the dates, newest first.

    No dates mean nobody: the stage is gone, or the campaign reminds of nothing any more.
    """

    campaign: int
    stage: str
    reminder: Reminder | None
    dates: list[date]

    def by(self, key_of: Callable[[str], str]) -> Due:
        """The same by the key under which a group has the date that the reminder names."""
        return self if self.reminder is None else replace(self, reminder=_by(self.reminder, key_of))

    def among(self, contacts: ContactQuerySet) -> ContactQuerySet:
        """Those of `contacts` whose date is meant."""
        return self._meant(contacts, None)

    def not_yet(self, contacts: ContactQuerySet, *, by_row: bool = False) -> ContactQuerySet:
        """Those of `contacts` whose date is meant and who were not reminded of it. The key decides; this only looks.

        `by_row`: they are of a group with a key, and a row is not reminded by what was told of another. What was told
        before the group had its key was told of all of a number; so was any of it to a row without a reference.
        """
        told = same_row() if by_row else Q(phone=OuterRef("phone"))
        return self._meant(contacts, ReminderKey.objects.filter(told))

    def stands_for(self, values: dict[str, str]) -> date | None:
        """The date of which a person with these values is reminded; None: of none."""
        return self.reminder.stands_for(values.get(self.reminder.field, ""), self.dates) if self.reminder else None

    def _meant(self, contacts: ContactQuerySet, keys: QuerySet[ReminderKey] | None) -> ContactQuerySet:
        if self.reminder is None or not self.dates:
            return contacts.none()
        # As text: dates are kept canonical, and reading a million of them as dates takes seconds.
        contacts = contacts.annotate(**{VALUE: day_of(self.reminder.field)})
        if self.reminder.yearly:
            contacts = contacts.annotate(**{DAY: Substr(VALUE, 6)})
            days = [day for one in self.dates for day in days_of_year(one)]
            contacts = contacts.filter(**{f"{DAY}__in": days})
        else:
            contacts = contacts.filter(**{f"{VALUE}__in": [one.isoformat() for one in self.dates]})
        # The rest is looked at only for those whom the above lets through: each look into the values takes its time.
        found = Q()
        for one in self.dates:
            if self.reminder.yearly:
                fits = Q(**{f"{DAY}__in": days_of_year(one), f"{VALUE}__lte": one.isoformat()})
            else:
                fits = Q(**{VALUE: one.isoformat()})
            if keys is not None:
                fits &= ~Q(Exists(keys.filter(campaign=self.campaign, stage=self.stage, stands_for=one)))
            found |= fits
        return contacts.filter(found)


def _by(reminder: Reminder, key_of: Callable[[str], str]) -> Reminder:
    return replace(reminder, field=key_of(reminder.field))


def day_of(field: str) -> Substr:
    """The day of a date, or of a date and time, as text."""
    return Substr(KeyTextTransform(field, "values"), 1, DAY_LETTERS)


def reminder_due(campaign: Campaign, stage: str, day: date) -> Due | None:
    """What the run of `day` and `stage` means; None where it is the run of a plain rule, which means everybody."""
    schedule = campaign.read_schedule() if campaign.recurs else None
    if not isinstance(schedule, Reminder):
        # A stage's run of what was a reminder before it was changed never means everybody.
        return Due(campaign.pk, stage, None, []) if stage else None
    try:
        dates = schedule.dates(schedule.stage(stage), day, campaign.catch_up_days)
    except KeyError:
        dates = []
    return Due(campaign.pk, stage, schedule, dates)


class DatedRow(Protocol):
    """A contact whose date is looked at again."""

    @property
    def contact(self) -> int: ...
    @property
    def phone(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def values(self) -> dict[str, str]: ...
    @property
    def group(self) -> int: ...


def moved(run: Run, rows: Sequence[DatedRow], key_in: Callable[[int, str], str]) -> set[int]:
    """Of contacts those whose date is no longer the one that this run's text is about.

    `key_in` says by group under which key the date stands that the reminder names.

    As in `Due.not_yet` a key without a reference is about all rows of its number.
    """
    schedule = run.campaign.read_schedule() if run.campaign.recurs else None
    if not isinstance(schedule, Reminder):
        return set()
    keys: dict[str, list[tuple[str, date]]] = {}
    written = ReminderKey.objects.filter(run=run.pk, phone__in={row.phone for row in rows})
    for phone, reference, about in written.values_list("phone", "reference", "stands_for"):
        keys.setdefault(phone, []).append((reference, about))
    found = set()
    for row in rows:
        dates = [
            about for told, about in keys.get(row.phone, ()) if told == row.reference or "" in (told, row.reference)
        ]
        value = row.values.get(key_in(row.group, schedule.field), "")
        if dates and schedule.stands_for(value, dates) not in dates:
            found.add(row.contact)
    return found
