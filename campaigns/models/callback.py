"""What is to be posted to a key's own address: a text's state, or a reply; who posts it, and which addresses rest."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from accounts.models import ApiKey


class Callback(models.Model):
    """One event of one text, or one reply, on its way to one key.

    Written in the transaction of what it tells (`campaigns/sql/note_callbacks.sql`, `callbacks.note_reply`); found by
    `status` and `next_try_at`. Of a text an event waits for those before it, which have smaller ids.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        DELIVERED = "delivered", "Taken"
        GIVEN_UP = "given_up", "Given up"
        DROPPED = "dropped", "Not posted"

    REPLY = "reply"
    WORDS = {
        "accepted": "Sent", "delivered": "Delivered", "undelivered": "Not delivered", "rejected": "Refused",
        "skipped": "Left out", "cancelled": "Cancelled", "expired": "No report", "unknown": "Not known",
        REPLY: "A reply",
    }  # fmt: skip

    # The database does not check it: it would lock the key's row for every text.
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, related_name="callbacks", db_index=False, db_constraint=False
    )
    message = models.BigIntegerField(null=True, blank=True, help_text="The text's id; no constraint: texts go.")
    reply = models.BigIntegerField(null=True, blank=True, help_text="The reply's id, where it tells of one.")
    event = models.CharField(max_length=11, help_text="The text's status then; or `reply`.")
    reason = models.CharField(max_length=60, blank=True, db_default="")
    detail = models.CharField(max_length=200, blank=True, db_default="", help_text="The gateway's own words then.")
    at = models.DateTimeField(default=timezone.now, help_text="When that became of it.")

    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    first_try_at = models.DateTimeField(null=True, blank=True, help_text="From when on it is tried for a day.")
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
            models.Index(fields=["api_key", "next_try_at"], name="callback_due", condition=models.Q(status="pending")),
            models.Index(fields=["api_key", "-id"], name="callback_given_up", condition=models.Q(status="given_up")),
            # Rows come in the order of their times: some pages' worth of it finds what is old.
            BrinIndex(fields=["at"], name="callback_at", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk}"

    @property
    def event_in_words(self) -> str:
        return self.WORDS.get(self.event, self.event)

    @property
    def is_given_up(self) -> bool:
        return self.status == self.Status.GIVEN_UP


class CallbackReceiver(models.Model):
    """How the address of a key has answered lately: one that is down rests as a whole."""

    api_key = models.OneToOneField(
        ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="callback_receiver", db_constraint=False
    )
    strikes = models.PositiveIntegerField(default=0, help_text="Failures since it last took one; no answer counts two.")
    failing_since = models.DateTimeField(null=True, blank=True)
    rests = models.PositiveSmallIntegerField(default=0, help_text="In a row; each lasts longer.")
    rests_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"receiver of key {self.api_key_id}"

    def rests_at(self, now: datetime) -> bool:
        return self.rests_until is not None and self.rests_until > now


class CallbackPoster(models.Model):
    """One row: which task posts callbacks now. One at a time does, by a lease that it renews."""

    turn = models.BigIntegerField(default=0)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"turn {self.turn}"
