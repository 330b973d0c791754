"""What people write back."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from campaigns.models.message import Message


class ReplyQuerySet(models.QuerySet):
    def to_be_read(self) -> ReplyQuerySet:
        """Those on Home: a person says whether they were a STOP."""
        return self.filter(reading__in=Reply.TO_BE_READ)

    def waiting(self) -> ReplyQuerySet:
        """Those whose numbers get no marketing until a person has read them."""
        return self.filter(reading=Reply.Reading.WAITS)


class Reply(models.Model):
    """A reply as it came in, and beside it what was done with it."""

    class Did(models.TextChoices):
        OPTED_OUT = "opted_out", "Opted out"
        WAS_OUT = "was_out", "Had opted out before"
        CAME_BACK = "came_back", "Came back"
        KEPT = "kept", "Kept for a person to read"
        UNREADABLE = "unreadable", "Kept; names no mobile number"

    class Reading(models.TextChoices):
        """Whether it was a STOP, where that is asked. Empty: it is not asked."""

        READ_AS_STOP = "read_as_stop", "Read as STOP"
        WAITS = "waits", "Waits for a person"
        MEANT_STOP = "meant_stop", "Meant STOP"
        NO_STOP = "no_stop", "Meant no STOP"

    TO_BE_READ = (Reading.READ_AS_STOP, Reading.WAITS)

    received_at = models.DateTimeField(default=timezone.now)
    phone = models.CharField(max_length=15, blank=True)
    shortcode = models.CharField(max_length=20, blank=True, help_text="Where it was sent to.")
    text = models.TextField(blank=True)
    inbox_id = models.CharField(max_length=64, blank=True, help_text="The gateway's id of it.")
    network = models.CharField(max_length=30, blank=True)
    link_id = models.CharField(max_length=64, blank=True)
    body = models.JSONField(help_text="As it came, without the key in it.")

    did = models.CharField(max_length=10, choices=Did, default=Did.KEPT)
    reading = models.CharField(max_length=12, choices=Reading, blank=True, default="", db_default="")
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

    objects = ReplyQuerySet.as_manager()

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
            # Home shows those that wait first, and a plan asks for their numbers.
            models.Index(
                fields=["-reading", "-id"],
                name="reply_to_be_read",
                condition=models.Q(reading__in=["read_as_stop", "waits"]),
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"

    @property
    def was_acted_on(self) -> bool:
        """Whether something is to be told of it, beyond that it came and was kept."""
        return self.did != self.Did.KEPT or bool(self.reading)

    @property
    def waits(self) -> bool:
        return self.reading == self.Reading.WAITS

    @property
    def act_in_words(self) -> str:
        return self.get_reading_display() if self.reading else self.get_did_display()
