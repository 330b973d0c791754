"""What a large draft was worked out to come to, kept until its audience or its text changes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from campaigns.models.campaign import Campaign


class KeptEstimate(models.Model):
    """The figures of a draft as it was when `key` was its digest; none yet while they are being worked out."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="kept_estimate")
    key = models.CharField(max_length=64)
    figures = models.JSONField(null=True, blank=True)
    begun_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"estimate of campaign {self.campaign_id}"
