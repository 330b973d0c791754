"""What a script asked for in one call of the vendor's API: some texts that are decided about together."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import ApiKey
from campaigns.models.sender import Sender


class ScriptCall(models.Model):
    """One `sendsms` or `sendmultiple` of a key. Its texts stand in batches of their own, without a run."""

    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls", db_constraint=False
    )
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="+", db_index=False)
    texts = models.PositiveIntegerField(help_text="Those that were taken.")
    service_id = models.CharField(max_length=64, blank=True, help_text="As the script said it; it is not used.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Its date, if it was to wait for one.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["due_at"], name="script_call_due", condition=models.Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"call {self.pk}"
