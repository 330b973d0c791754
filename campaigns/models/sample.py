"""What a first start has made to look at, so that it can be told from what is the organisation's own."""

from __future__ import annotations

from django.db import models


class Sample(models.Model):
    """One group, campaign or template. It stays noted when the row is gone: samples are made once."""

    class What(models.TextChoices):
        GROUP = "group", "Group"
        CAMPAIGN = "campaign", "Campaign"
        TEMPLATE = "template", "Template"

    what = models.CharField(max_length=8, choices=What)
    row = models.BigIntegerField(help_text="Its id. No constraint: it may go.")
    state = models.JSONField(help_text="How it was made: who changes that makes it their own.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "row"], name="sample_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.row}"
