"""What the organisation has decided for all its sending: quiet hours, spending limits, lateness, how long to keep."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import models
from django.utils import timezone


class Rules(models.Model):
    """One row. A claim looks at it, Settings and `manage.py setting` change it."""

    class Approval(models.TextChoices):
        OFF = "off", "Nobody has to approve"
        ALWAYS = "always", "Somebody else approves every campaign"
        ABOVE = "above", "Somebody else approves what is above a number of people or a cost"

    quiet_from = models.TimeField(default=time(18), help_text="From then on no marketing goes out, portal's zone.")
    quiet_until = models.TimeField(default=time(8), help_text="Until then. The same time twice: no quiet hours.")
    daily_limit = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="KES a day, over all campaigns."
    )
    campaign_limit = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="KES a campaign that has no limit of its own."
    )
    low_balance = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="KES below which people are told."
    )
    late_limit = models.DurationField(
        default=timedelta(hours=12), help_text="How late a recurring campaign may still go."
    )
    approval = models.CharField(max_length=6, choices=Approval, default=Approval.OFF)
    approval_people = models.PositiveIntegerField(null=True, blank=True, help_text="More people than that.")
    approval_cost = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="More KES than that."
    )
    growth_share = models.PositiveSmallIntegerField(
        default=20, help_text="Percent by which a run may outgrow what was approved before a person is asked."
    )
    person_texts = models.PositiveIntegerField(
        null=True, blank=True, default=200, help_text="Single texts of a person a day at most; empty: no limit."
    )
    key_texts = models.PositiveIntegerField(
        null=True, blank=True, help_text="Single texts of an API key a day at most; empty: no limit."
    )
    weekly_texts = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Marketing texts a number may have in seven days; empty: no limit."
    )
    weekly_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when marketing texts are written down as they are claimed, for that."
    )
    report_months = models.PositiveSmallIntegerField(default=13, help_text="Months that delivery reports are kept.")
    message_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months that finished runs with their texts are kept; empty: for ever."
    )
    audit_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months that it is kept who did what; empty: for ever."
    )
    reply_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Months that replies are kept; empty: for ever."
    )
    reply_mails = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="To whom replies are mailed on, with commas."
    )

    second_factor = models.CharField(
        max_length=60, blank=True, default="", help_text="Roles that must have a second factor, with commas."
    )

    class Meta:
        verbose_name_plural = "rules"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="rules_are_one_row")]

    def __str__(self) -> str:
        return "the rules"

    def is_quiet(self, at: time) -> bool:
        """Whether marketing must wait at this local time; the window may lie over midnight."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until

    def quiet_ends(self, now: datetime) -> datetime | None:
        """When marketing may go again; None where it may now."""
        local = timezone.localtime(now)
        return next_time(local, self.quiet_until) if self.is_quiet(local.time()) else None


def next_time(local: datetime, wall: time) -> datetime:
    """The next moment at which the portal's clocks show `wall`."""
    at = local.replace(hour=wall.hour, minute=wall.minute, second=0, microsecond=0)
    return at if at > local else at + timedelta(days=1)
