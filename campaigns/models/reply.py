"""What people write back."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from campaigns.models.message import Message


class Reply(models.Model):
    """A reply as it came in, and beside it what was done with it."""

    class Did(models.TextChoices):
        OPTED_OUT = "opted_out", "Opted out"
        WAS_OUT = "was_out", "Had opted out before"
        CAME_BACK = "came_back", "Came back"
        KEPT = "kept", "Kept for a person to read"
        UNREADABLE = "unreadable", "Kept; names no mobile number"

    received_at = models.DateTimeField(default=timezone.now)
    phone = models.CharField(max_length=15, blank=True)
    shortcode = models.CharField(max_length=20, blank=True, help_text="Where it was sent to.")
    text = models.TextField(blank=True)
    inbox_id = models.CharField(max_length=64, blank=True, help_text="The gateway's id of it.")
    network = models.CharField(max_length=30, blank=True)
    link_id = models.CharField(max_length=64, blank=True)
    body = models.JSONField(help_text="As it came, without the key in it.")

    did = models.CharField(max_length=10, choices=Did, default=Did.KEPT)
    answer = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
        help_text="The text that confirmed it.",
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "replies"
        constraints = [
            # With the phone, since nobody promises that the ids of two short codes differ: no STOP may be lost to that.
            models.UniqueConstraint(fields=["inbox_id", "phone"], name="reply_once", condition=~models.Q(inbox_id=""))
        ]
        indexes = [
            models.Index(fields=["phone", "-id"], name="reply_of_phone"),
            models.Index(fields=["answer"], name="reply_answer", condition=models.Q(answer__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"

    @property
    def was_acted_on(self) -> bool:
        """Whether something is to be told of it, beyond that it came and was kept."""
        return self.did != self.Did.KEPT
