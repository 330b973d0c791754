"""The one row that every claim passes: pace, breaker, spending, balance, and what stops everything."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone


class Gate(models.Model):
    """Sums and stops that all workers share. A claim locks this row, looks, and moves it on."""

    stopped_at = models.DateTimeField(null=True, blank=True, help_text="Emergency stop by a person.")
    stopped_by = models.CharField(max_length=150, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)
    halted_at = models.DateTimeField(null=True, blank=True, help_text="The account was refused: credentials, credit.")
    halt_reason = models.CharField(max_length=300, blank=True)

    free_at = models.DateTimeField(default=timezone.now, help_text="Pace: when the next text may go.")
    busy_until = models.DateTimeField(null=True, blank=True, help_text="The gateway asked us to wait until then.")
    spent_on = models.DateField(null=True, blank=True)
    spent = models.DecimalField(max_digits=14, decimal_places=4, default=0, help_text="KES claimed on that day.")

    recent_calls = models.CharField(
        max_length=20, blank=True, help_text="The last calls, newest last: `.` good, `x` bad."
    )
    open_until = models.DateTimeField(null=True, blank=True, help_text="Breaker: nobody posts until then.")
    trips = models.PositiveSmallIntegerField(default=0, help_text="Breaker: how often in a row.")
    proven_at = models.DateTimeField(
        null=True, blank=True, help_text="Breaker: when the gateway answered after the rest; one batch may go."
    )

    balance = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True, help_text="KES.")
    sms_remaining = models.BigIntegerField(null=True, blank=True)
    rate = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True, help_text="KES a part.")
    balance_at = models.DateTimeField(null=True, blank=True)
    spent_since = models.DecimalField(
        max_digits=14, decimal_places=4, default=0, help_text="KES claimed since the balance was told."
    )
    low_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when the balance is below the sum of the rules; empty: it is not."
    )
    told_halted_at = models.DateTimeField(
        null=True, blank=True, help_text="`halted_at` of the stop that people were mailed about last."
    )
    doubt_clock = models.FloatField(
        default=0, help_text="Seconds that count towards the waiting time of what is not known; see `resolving`."
    )
    ticked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="gate_is_one_row")]

    def __str__(self) -> str:
        return "the gate"

    def is_open(self, now: datetime) -> bool:
        """Whether anything may be posted at `now`, the database's time."""
        if self.stopped_at or self.halted_at:
            return False
        if self.trips and self.proven_at is None:
            return False
        return self.free_at <= now and (self.open_until is None or self.open_until <= now)
