"""What reports are made of: what became of texts, added up by day. Rebuilt from the texts of batches that changed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

# Seconds from acceptance to delivery: up to 2 in the first place, up to 5 in the next; the last is for all above.
DELAY_BUCKETS = (2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400)


# In the place of a campaign: the sum of all of them and of single texts, so that a year is read in as many rows as a
# sender has days, not as a campaign has.
ALL = -1


class Figures(models.Model):
    """Counts of texts, each of which stands in one day: that of its acceptance; where it was never accepted, that on
    which it was posted, or was to go.
    """

    day = models.DateField()
    network = models.CharField(max_length=30, blank=True, help_text="As the gateway calls it; empty: it did not say.")
    group_name = models.CharField(max_length=100, blank=True, help_text="The person's group then.")
    campaign = models.BigIntegerField(default=0, help_text="No constraint: figures stay when campaigns go.")
    sender = models.BigIntegerField(default=0)
    source = models.CharField(max_length=8)
    who = models.CharField(max_length=24, blank=True, help_text="`user:3`, `key:5`; empty: the portal itself.")

    delivered = models.IntegerField(default=0)
    undelivered = models.IntegerField(default=0)
    awaited = models.IntegerField(default=0, help_text="Accepted; the report may come.")
    expired = models.IntegerField(default=0, help_text="Accepted; no report came in time.")
    not_known = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    left_out = models.IntegerField(default=0)
    cancelled = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)
    parts = models.IntegerField(default=0, help_text="Of what went, or may have gone.")
    cost = models.DecimalField(max_digits=14, decimal_places=4, default=0, help_text="KES of the same.")
    planned = models.DecimalField(max_digits=14, decimal_places=4, default=0, help_text="KES of what waits.")
    reasons = models.JSONField(default=dict, help_text="Of what was refused or not delivered: reason to how many.")
    left_out_for = models.JSONField(default=dict, help_text="Of what was left out: reason to how many.")
    delays = ArrayField(models.IntegerField(), help_text="Of what was delivered: how many in each of DELAY_BUCKETS.")

    class Meta:
        abstract = True


class BatchFigures(Figures):
    """Of one batch, as they are counted in the day's, and under whom: a change takes just that away again."""

    batch = models.BigIntegerField(help_text="No constraint: figures stay when texts go.")

    class Meta:
        indexes = [
            models.Index(fields=["batch"], name="figures_of_batch"),
            models.Index(fields=["day", "batch"], name="figures_of_batch_by_day"),
        ]

    def __str__(self) -> str:
        return f"batch {self.batch} on {self.day}"


class DayFigures(Figures):
    """Of all batches of one campaign (0: single texts, ALL: all), sender, source and person or key, on one day."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "campaign", "sender", "source", "who", "network", "group_name"], name="figures_of_a_day"
            )
        ]
        indexes = [models.Index(fields=["campaign", "day"], name="figures_of_campaign")]

    def __str__(self) -> str:
        return f"{self.day}: campaign {self.campaign}"
