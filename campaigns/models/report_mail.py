"""Reports that are mailed every Monday, and to whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class ReportMail(models.Model):
    """A report by its address, with a period that moves on: `{"period": "last-week", "by": "campaign"}`."""

    query = models.JSONField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"report {self.pk}"


class ReportReader(models.Model):
    """Somebody to whom it is mailed."""

    mail = models.ForeignKey(ReportMail, on_delete=models.CASCADE, related_name="readers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_sent_on = models.DateField(help_text="A Monday; at first the last one before it was made.")
    tried_at = models.DateTimeField(null=True, blank=True, help_text="While a worker is at it, or the server was away.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail", "person"], name="reader_once_a_report")]

    def __str__(self) -> str:
        return f"{self.mail} to {self.person}"
