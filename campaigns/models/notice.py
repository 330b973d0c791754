"""Mails that tell people what has happened, each to one person: an outbox."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Notice(models.Model):
    """As it was when it happened, in its words: what is mended meanwhile is still told of."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=300)
    body = models.TextField()
    made_at = models.DateTimeField(default=timezone.now, db_index=True)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="When a server was last to take it.")
    handed_at = models.DateTimeField(
        null=True, blank=True, help_text="Before a server gets it: what a worker has begun, no other begins."
    )

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="notice_waits", condition=models.Q(handed_at__isnull=True))]

    def __str__(self) -> str:
        return f"notice {self.pk}"
