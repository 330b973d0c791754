"""How calls of the gateway went: counts by outcome and duration, kept where every web process can read them."""

from __future__ import annotations

from django.db import models


class CallStatistic(models.Model):
    """Calls with one outcome that took at most `milliseconds`, and longer than the bucket below."""

    outcome = models.CharField(max_length=12)
    milliseconds = models.PositiveIntegerField(help_text="The bucket's upper bound; 0 is no bound.")
    count = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="Of all of them together.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outcome", "milliseconds"], name="call_statistic_once")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.milliseconds}"
