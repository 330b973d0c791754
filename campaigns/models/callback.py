"""What is to be posted to a key's own address: a text's state, or a reply."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import ApiKey


class Callback(models.Model):
    """One event of one text, or one reply, on its way to one key.

    Written in the transaction of what it tells; found by `status` and `next_try_at`, in the order of ids for a text.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        DELIVERED = "delivered", "Taken"
        GIVEN_UP = "given_up", "Given up"
        DROPPED = "dropped", "Not posted"

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="callbacks", db_index=False)
    message = models.BigIntegerField(null=True, blank=True, help_text="The text's id; no constraint: texts go.")
    reply = models.BigIntegerField(null=True, blank=True, help_text="The reply's id, where it tells of one.")
    event = models.CharField(max_length=11, help_text="The text's status then; `reply`, `test`.")
    reason = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=200, blank=True, help_text="The gateway's own words then.")
    at = models.DateTimeField(default=timezone.now, help_text="When that became of it.")

    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(
        max_length=200, blank=True, db_default="", help_text="What was answered last, or what went wrong."
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["api_key", "-id"], name="callback_of_key"),
            models.Index(fields=["message", "id"], name="callback_of_text", condition=models.Q(status="pending")),
            models.Index(fields=["next_try_at"], name="callback_pending", condition=models.Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk}"
