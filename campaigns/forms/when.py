"""The builder's section When: now, once, again and again, or around a date that each person has."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from accounts.forms import Styled
from campaigns.audience import chosen
from campaigns.checking.blockers import FURTHEST_AHEAD, TOO_LATE_BY
from campaigns.forms.repeat import (
    AGAIN,
    AS_IT_IS,
    DAILY,
    MONTH_DAY,
    REMIND,
    REPEATS,
    WEEKLY,
    WORKDAYS,
    YEARLY,
    as_typed,
    is_shown,
    kept_rule,
    rule_of,
)
from campaigns.forms.zone import NEAR, ZoneField, in_words
from campaigns.models import Campaign
from campaigns.schedules import BadSchedule, Recurring, Reminder, Schedule, read_schedule
from campaigns.schedules.recurrence import MOST_TIMES, WEEKDAYS
from campaigns.schedules.wording import DAYS, MONTHS, days_in_words
from contacts.models import ContactField

STAGES = 6
FEWEST_SEEN = 2
MOST_CATCH_UP = 14


class WhenForm(Styled, forms.Form):
    """All ways stand in it; what does not belong to the chosen one is not looked at."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label="When",
        choices=[
            (NOW, "Now, when I press Send"),
            (LATER, "At a date and time"),
            (AGAIN, "Regularly: every day, week, month or year"),
            (REMIND, "Before, on or after a date that each person has"),
        ],
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label="Date and time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    audience = forms.ChoiceField(
        label="Who gets it",
        choices=Campaign.Audience,
        required=False,
        help_text="If approval fixes it, it also goes to people who are deleted after that; to stop one, opt them out.",
    )

    repeat = forms.ChoiceField(
        label="How often",
        required=False,
        choices=REPEATS,
    )
    weekdays = forms.MultipleChoiceField(
        label="On these days of the week",
        required=False,
        choices=list(zip(WEEKDAYS, DAYS, strict=True)),
        widget=forms.CheckboxSelectMultiple,
    )
    month_day = forms.IntegerField(
        label="Day of the month",
        required=False,
        min_value=1,
        max_value=31,
        help_text="In a shorter month 29, 30 and 31 mean its last day.",
    )
    nth = forms.ChoiceField(
        label="Which one",
        required=False,
        choices=[("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), ("-1", "Last")],
    )
    nth_weekday = forms.ChoiceField(
        label="Weekday",
        required=False,
        choices=[*zip(WEEKDAYS, DAYS, strict=True), (WORKDAYS, "Weekday, Mon to Fri")],
    )
    month = forms.ChoiceField(
        label="Month", required=False, choices=[(str(number), name) for number, name in enumerate(MONTHS, start=1)]
    )
    every = forms.IntegerField(
        label="Only every … week or month",
        required=False,
        min_value=1,
        max_value=24,
        help_text="2 is every second one. Empty: every one.",
    )
    starts = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Empty: at once."
    )

    field = forms.ChoiceField(label="The date", required=False)
    yearly = forms.BooleanField(label="It comes every year, as a birthday does", required=False)
    catch_up_days = forms.IntegerField(
        label="Also for dates up to so many days back",
        required=False,
        min_value=0,
        max_value=MOST_CATCH_UP,
        help_text="For people who are added after the day of their reminder. 0: they get no reminder.",
    )

    time = forms.TimeField(
        label="Time of day",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H:%M:%S"],
    )
    ends = forms.ChoiceField(
        label="Until",
        required=False,
        choices=[("never", "It goes on until I stop it"), ("until", "Until a date"), ("count", "A number of times")],
    )
    until = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    count = forms.IntegerField(label="How many times", required=False, min_value=1, max_value=MOST_TIMES)

    zone = ZoneField(label="Time zone", required=False, help_text="Type a large town in it, as Nairobi or London.")
    spend_limit = forms.DecimalField(
        label="Spend at most, in KES",
        required=False,
        min_value=1,
        max_digits=14,
        decimal_places=2,
        help_text="Empty: the limit in Settings. A campaign over its limit waits for a person.",
    )
    uncertain = forms.ChoiceField(
        label="If it is not known whether a text went out",
        choices=Campaign.Uncertain,
        help_text="The connection may break in the middle. Sent again, some people may get the text twice.",
    )

    def __init__(self, campaign: Campaign, posted: Any = None) -> None:
        self.campaign = campaign
        zone = ZoneInfo(campaign.zone)
        initial: dict[str, Any] = {
            "when": self.LATER if campaign.send_at else self.NOW,
            "at": campaign.send_at.astimezone(zone) if campaign.send_at else None,
            "audience": campaign.audience,
            "time": "09:00",
            "month_day": 1,
            "ends": "never",
            "catch_up_days": campaign.catch_up_days,
            "zone": campaign.zone,
            "spend_limit": campaign.spend_limit,
            "uncertain": campaign.uncertain,
            "side_0": "before",
            "days_0": 3,
        }
        schedule = _schedule_of(campaign)
        self.stage_count = STAGES
        if schedule is not None:
            initial |= as_typed(schedule)
        if isinstance(schedule, Reminder):
            self.stage_count = max(STAGES, len(schedule.stages))
        super().__init__(posted, initial=initial)
        if isinstance(schedule, Recurring) and not is_shown(schedule, initial):
            self.initial["repeat"] = AS_IT_IS
            self.choice_field("repeat").choices = [
                (AS_IT_IS, f"As it is: {days_in_words(schedule)}"),
                *REPEATS,
            ]
        for number in range(self.stage_count):
            days = forms.IntegerField(label=f"Days, reminder {number + 1}", required=False, min_value=0, max_value=366)
            sides = [("before", "days before"), ("after", "days after")]
            side = forms.ChoiceField(label=f"Before or after, reminder {number + 1}", required=False, choices=sides)
            days.widget.attrs["class"], side.widget.attrs["class"] = "form-control", "form-select"
            self.fields[f"days_{number}"], self.fields[f"side_{number}"] = days, side
        self.choice_field("field").choices = _dates(campaign, self.initial.get("field"))
        self.zone_field.own = campaign.zone

    @property
    def zone_field(self) -> ZoneField:
        field = self.fields["zone"]
        assert isinstance(field, ZoneField)
        return field

    @property
    def likely_zones(self) -> list[str]:
        return [in_words(zone) for zone in dict.fromkeys([self.campaign.zone, *NEAR])]

    @property
    def has_dates(self) -> bool:
        """Whether the chosen groups have a date to be reminded of."""
        return bool(self.choice_field("field").choices)

    @property
    def first_stages(self) -> list[tuple[Any, Any]]:
        """The bound fields of those stages that are always seen: as far as one is filled in, and one more."""
        return self._stages()[: self._seen]

    @property
    def more_stages(self) -> list[tuple[Any, Any]]:
        return self._stages()[self._seen :]

    @property
    def asks_nobody(self) -> bool:
        """Whether what is in doubt is sent again by itself, which nobody should overlook."""
        return bool(self["uncertain"].value() != Campaign.Uncertain.HOLD)

    @property
    def _seen(self) -> int:
        filled = [place for place, (days, _) in enumerate(self._stages(), start=1) if days.value() not in (None, "")]
        return max(max(filled, default=0) + 1, FEWEST_SEEN)

    def _stages(self) -> list[tuple[Any, Any]]:
        return [(self[f"days_{number}"], self[f"side_{number}"]) for number in range(self.stage_count)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["send_at"] = cleaned["schedule"] = None
        when = cleaned.get("when")
        if when == self.NOW:
            self.errors.pop("zone", None)
        cleaned["zone"] = cleaned.get("zone") or self.campaign.zone
        if when == self.LATER:
            cleaned["send_at"] = self._once(cleaned)
        elif when in (AGAIN, REMIND):
            cleaned["schedule"] = self._again(cleaned, when)
        if cleaned["schedule"] or not cleaned.get("audience"):
            cleaned["audience"] = Campaign.Audience.LIVE
        if cleaned.get("catch_up_days") is None:
            cleaned["catch_up_days"] = self.campaign.catch_up_days
        return cleaned

    def _once(self, cleaned: dict[str, Any]) -> datetime | None:
        at: datetime | None = cleaned.get("at")
        if at is None:
            if "at" not in self.errors:
                self.add_error("at", "Give the date and time.")
            return None
        # The widget has no zone: what was typed is wall time in the campaign's.
        at = at.replace(tzinfo=ZoneInfo(cleaned["zone"]))
        if at < timezone.now() - TOO_LATE_BY:
            self.add_error("at", "That time has passed. Choose a later one.")
        if at > timezone.now() + FURTHEST_AHEAD:
            self.add_error("at", "That is more than two years away. Choose an earlier time.")
        return at

    def _again(self, cleaned: dict[str, Any], when: str) -> dict[str, Any] | None:
        """The schedule as it is kept; None where something of it is wrong, which its field says."""
        if self.errors:
            return None
        if cleaned.get("time") is None:
            self.add_error("time", "Give the time of day.")
            return None
        found = self._rule(cleaned) if when == AGAIN else self._reminder(cleaned)
        if found is None:
            return None
        found["time"] = f"{cleaned['time']:%H:%M}"
        if cleaned.get("ends") == "until":
            if not cleaned.get("until"):
                self.add_error("until", "Give the last day.")
                return None
            found["until"] = cleaned["until"].isoformat()
        if cleaned.get("starts") and when == AGAIN:
            found["from"] = cleaned["starts"].isoformat()
        try:
            read_schedule(found)
        except BadSchedule as error:
            self.add_error("time", str(error))
            return None
        return found

    def _rule(self, cleaned: dict[str, Any]) -> dict[str, Any] | None:
        how, month_day = cleaned.get("repeat") or DAILY, cleaned.get("month_day")
        if how == WEEKLY and not cleaned.get("weekdays"):
            self.add_error("weekdays", "Choose at least one day.")
            return None
        if how in (MONTH_DAY, YEARLY) and not month_day:
            self.add_error("month_day", "Give the day of the month.")
            return None
        rule = kept_rule(self.campaign) if how == AS_IT_IS else rule_of(how, cleaned)
        if cleaned.get("ends") == "count":
            if not cleaned.get("count"):
                self.add_error("count", "Give how many times.")
                return None
            rule += f";COUNT={cleaned['count']}"
        return {"rrule": rule}

    def _reminder(self, cleaned: dict[str, Any]) -> dict[str, Any] | None:
        if not cleaned.get("field"):
            self.add_error("field", "The chosen groups have no date field. Add one, or choose other groups.")
            return None
        stages = []
        for number in range(self.stage_count):
            days = cleaned.get(f"days_{number}")
            if days is not None:
                side = "days_after" if cleaned.get(f"side_{number}") == "after" and days else "days_before"
                if {side: days} not in stages:
                    stages.append({side: days})
        if not stages:
            self.add_error("days_0", "Give at least one reminder: 0 is the day itself.")
            return None
        return {"field": cleaned["field"], "stages": stages, "yearly": bool(cleaned.get("yearly"))}


def _schedule_of(campaign: Campaign) -> Schedule | None:
    try:
        return campaign.read_schedule() if campaign.recurs else None
    except BadSchedule:
        return None


def _dates(campaign: Campaign, chosen_before: Any) -> list[tuple[str, str]]:
    """The date fields of the chosen groups, by what people see; one is chosen already, maybe by an earlier name."""
    choice = chosen(campaign)
    groups = {group.pk for group in choice.all_groups}
    dates = [one for one in choice.fields if one.group_id in groups and one.type in ContactField.WITH_DAY]
    named = {chosen_before if chosen_before in one.names else one.name: one.label for one in dates}
    return list(named.items())
