"""Why somebody got a reminder, or why not: the date, the moment that it means, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from campaigns import schedules
from campaigns.audience import Audience, audience_of, numbers
from campaigns.ledger.reasons import reason_in_words
from campaigns.ledger.whys import why_of
from campaigns.models import Campaign, Message, ReminderKey, Run
from campaigns.schedules import Reminder, Stage
from campaigns.schedules.reminder import DAY_LETTERS
from campaigns.timing import recurring_runs
from contacts import filters
from contacts.models import Contact, ContactGroup

# Of a yearly date this year's; of the past as much as a list can show.
SHOWN_BACK = timedelta(days=200)


@dataclass(frozen=True)
class Story:
    """What of one stage: `moment` None where the date means none. `went`: a text was sent, or is on its way."""

    stage: str
    moment: datetime | None
    words: str
    went: bool = False
    run: Run | None = None


@dataclass(frozen=True)
class Answer:
    """One row of the campaign's groups with this number, and its stories; or why there is none."""

    contact: Contact | None
    group: ContactGroup | None
    value: str
    stands_for: date | None
    stories: list[Story]
    words: str

    @property
    def comes_again(self) -> bool:
        """Whether the reminder means another day than the one that is written: this year's, of a yearly date."""
        return self.stands_for is not None and self.stands_for.isoformat() != self.value[:DAY_LETTERS]


def explain(campaign: Campaign, phone: str, now: datetime) -> list[Answer]:
    """What there is to say of `phone` in this reminder; one answer where the number is in none of its groups."""
    audience = audience_of(campaign)
    schedule = campaign.read_schedule()
    assert isinstance(schedule, Reminder)
    groups = audience.groups
    contacts = Contact.objects.filter(phone=phone, group__in=groups).select_related("group")
    places = {group.pk: position for position, group in enumerate(groups)}
    found = sorted(contacts, key=lambda one: (places[one.group_id], one.pk))
    if not found:
        return [Answer(None, None, "", None, [], "This number is in none of the groups of the campaign.")]
    rows = {one.pk: numbers.row_of(one, places[one.group_id]) for one in found}
    count, _ = numbers.of_first_list(list(rows.values()), audience.lists)
    return [_answer(audience, schedule, one, now, counts=rows[one.pk] in count) for one in found]


def _answer(audience: Audience, schedule: Reminder, contact: Contact, now: datetime, *, counts: bool) -> Answer:
    campaign = audience.campaign
    value = contact.values.get(audience.choice.key_in(contact.group_id, schedule.field), "").replace("T", " ")
    today = now.astimezone(recurring_runs.zone_of(campaign)).date()
    try:
        own = date.fromisoformat(value[:DAY_LETTERS])
    except ValueError:
        missing = f"There is no {schedule.field.replace('_', ' ')}, so there is no moment for a reminder."
        return Answer(contact, contact.group, value, None, [], missing)
    first = today - (SHOWN_BACK if schedule.yearly else timedelta(0))
    stands_for = schedule.stands_for_from(own, first)
    keeps_out = "" if counts else "The number is in a group named before, whose values count. "
    keeps_out += _kept_out(audience, contact, today)
    stories = [_story(campaign, schedule, stage, contact, stands_for, now, keeps_out) for stage in schedule.stages]
    return Answer(contact, contact.group, value, stands_for, stories, keeps_out.strip())


def _kept_out(audience: Audience, contact: Contact, today: date) -> str:
    """What keeps this contact out as things are now: a group that is excluded, or conditions of the filter."""
    campaign = audience.campaign
    if campaign.exclude_groups.filter(contacts__phone=contact.phone).exists():
        return "The number is in a group that is left out."
    failing = []
    for one in campaign.filter:
        mine = Contact.objects.filter(pk=contact.pk)
        conditions = filters.parse_filter([one], audience.field_types)
        if not filters.matching(mine, conditions, today, group=contact.group_id).exists():
            failing.append(f"{one['field']} {one['op']} {one.get('value', '')}".strip())
    if failing:
        return f"As things are now the campaign leaves this person out: not {' and not '.join(failing)}."
    reason = audience.not_updated(Contact.objects.filter(pk=contact.pk), campaign.text).get(contact.pk)
    return f"As things are now the campaign leaves this person out: {reason_in_words(reason)}." if reason else ""


def _story(
    campaign: Campaign,
    schedule: Reminder,
    stage: Stage,
    contact: Contact,
    stands_for: date,
    now: datetime,
    keeps_out: str,
) -> Story:
    name = schedules.stage_in_words(stage)
    day = stands_for + timedelta(days=stage.days)
    moment = schedules.moment(day, schedule.time, recurring_runs.zone_of(campaign))
    keys = ReminderKey.objects.filter(campaign=campaign.pk, stage=stage.key, stands_for=stands_for)
    key = keys.filter(_told_of(contact)).order_by("-reference").first()
    if key is not None:
        return _reminded(name, moment, contact, key)
    runs = {run.occurrence: run for run in _runs(campaign, stage, day)}
    skipped = _left_out(contact, list(runs.values()))
    if skipped is not None:
        return Story(name, moment, f"Left out: {why_of(skipped)}.", run=skipped.run)
    if schedule.until and day > schedule.until:
        return Story(name, moment, "The campaign ends before.")
    if moment > now:
        if campaign.is_over:
            return Story(name, moment, "Nothing: the campaign is over.")
        return Story(name, moment, keeps_out or "Still to come, if the date stays and nothing else changes.")
    return Story(name, moment, _why_not(campaign, schedule, stage, contact, day, now, runs, keeps_out))


def _reminded(name: str, moment: datetime, contact: Contact, key: ReminderKey) -> Story:
    texts = Message.objects.filter(run=key.run_id, phone=contact.phone, reference=key.told_by)
    message = texts.select_related("run").first()
    if message is None:
        return Story(name, moment, "Reminded; the text itself is no longer kept.", went=True)
    at = message.accepted_at or message.posted_at
    when = f", {timezone.localtime(at):%-d %b %Y at %H:%M}" if at else ""
    why = f": {why_of(message)}" if message.reason else ""
    return Story(name, moment, f"{message.get_status_display()}{when}{why}.", went=True, run=message.run)


def _runs(campaign: Campaign, stage: Stage, day: date) -> list[Run]:
    """The runs that could mean the date: of its day, and of the days that catch up."""
    days = [(day + timedelta(days=more)).isoformat() for more in range(campaign.catch_up_days + 1)]
    return list(campaign.runs.filter(replaced=False, stage=stage.key, occurrence__in=days).order_by("occurrence"))


def _left_out(contact: Contact, runs: list[Run]) -> Message | None:
    of_them = Message.objects.filter(_told_of(contact), run__in=runs).select_related("run")
    return of_them.order_by("-pk").first() if runs else None


def _told_of(contact: Contact) -> Q:
    """Keys and texts of this row; those without a reference are of all rows of the number, and so is such a row."""
    of_number = Q(phone=contact.phone)
    return of_number & Q(reference__in=["", contact.reference]) if contact.reference else of_number


def _why_not(
    campaign: Campaign,
    schedule: Reminder,
    stage: Stage,
    contact: Contact,
    day: date,
    now: datetime,
    runs: dict[str, Run],
    keeps_out: str,
) -> str:
    reasons = list(_reasons(campaign, contact, day, runs))
    if keeps_out:
        reasons.append(keeps_out)
    else:
        reasons += _caught_up(campaign, schedule, stage, day, now, runs)
    other = "The run of that day did not mean this person: the date or another value was other than it is now."
    return " ".join(reasons) or other


def _reasons(campaign: Campaign, contact: Contact, day: date, runs: dict[str, Run]) -> Iterator[str]:
    """Why a moment passed without a text, the surest first."""
    run = runs.get(day.isoformat())
    if run is None:
        if campaign.launched_at is None or campaign.launched_at.date() >= day:
            yield "The campaign had not begun."
        else:
            yield "There was no run for that moment."
    elif run.is_skipped:
        yield f"The run of that moment was left out: {run.reason}"
    elif run.status == Run.Status.CANCELLED:
        yield "The run of that moment was cancelled."
    elif not run.is_over and run.planned_at is None:
        yield f"The run of that moment: {run.get_status_display().lower()}. {run.reason}".strip()
    elif run.planned_at and contact.created_at > run.planned_at:
        yield f"The contact was added after that, {_local(contact.created_at)}."
    elif run.planned_at and contact.written_at > run.planned_at:
        yield f"The contact was changed after that, {_local(contact.written_at)}."


def _caught_up(
    campaign: Campaign, schedule: Reminder, stage: Stage, day: date, now: datetime, runs: dict[str, Run]
) -> Iterator[str]:
    """Whether a later run may still make up for it."""
    zone = recurring_runs.zone_of(campaign)
    for late in range(1, campaign.catch_up_days + 1):
        later = day + timedelta(days=late)
        means = day - timedelta(days=stage.days) in schedule.dates(stage, later, campaign.catch_up_days)
        at = schedules.moment(later, schedule.time, zone)
        if means and at > now and not campaign.is_over:
            yield f"It is made up for {_local(at)}, if nothing changes."
            return
        if not means:
            yield "A later reminder of the same date has come since."
            return
    if not any(run.planned_at for one, run in runs.items() if one > day.isoformat()):
        days = "1 day" if campaign.catch_up_days == 1 else f"{campaign.catch_up_days} days"
        yield f"It is not made up for: the campaign looks back {days}."


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %b %Y at %H:%M}"
