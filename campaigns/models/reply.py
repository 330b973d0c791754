"""What people write back."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils import timezone

from campaigns.models.message import Message

WORDS_OF_REPLY = SearchVector("text", config="simple")


class ReplyQuerySet(models.QuerySet):
    def to_be_read(self) -> ReplyQuerySet:
        """Those on Home: a person says whether they were a STOP."""
        return self.filter(reading__in=Reply.TO_BE_READ)

    def waiting(self) -> ReplyQuerySet:
        """Those whose numbers get no marketing until a person has read them."""
        return self.filter(reading=Reply.Reading.WAITS)

    def new(self) -> ReplyQuerySet:
        """Those that are not in the inbox yet."""
        return self.filter(state=Reply.State.NEW)

    def not_read(self) -> ReplyQuerySet:
        return self.filter(state__in=Reply.NOT_READ)

    def over(self) -> ReplyQuerySet:
        """Those that need nobody to look at them for anything else to go on."""
        return self.exclude(state=Reply.State.NEW).exclude(reading__in=Reply.TO_BE_READ)

    def to_mail(self) -> ReplyQuerySet:
        """Those that are to be mailed on."""
        return self.filter(is_to_mail=True)


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

    class State(models.TextChoices):
        """Where it is in the inbox. New: it has come, and nothing has been done with it but what STOP asks for."""

        NEW = "new", "Just came"
        UNREAD = "unread", "Not read"
        READ = "read", "Read, or needs nobody"

    TO_BE_READ = (Reading.READ_AS_STOP, Reading.WAITS)
    NOT_READ = (State.NEW, State.UNREAD)

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
        help_text="The text that confirmed or answered it.",
    )
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When its STOP was confirmed.")
    state = models.CharField(max_length=6, choices=State, default=State.NEW, db_default=State.NEW)
    is_to_mail = models.BooleanField(default=False, db_default=False, help_text="It is to be mailed on.")

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
            models.Index(fields=["id"], name="reply_new", condition=models.Q(state="new")),
            models.Index(fields=["-id"], name="reply_not_read", condition=models.Q(state__in=["new", "unread"])),
            models.Index(fields=["id"], name="reply_to_mail", condition=models.Q(is_to_mail=True)),
            GinIndex(WORDS_OF_REPLY, name="reply_words"),
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
    def is_read(self) -> bool:
        return self.state == self.State.READ

    @property
    def needs_a_person(self) -> bool:
        """Whether it is for somebody to read: a STOP or START that was obeyed, and says no more, is not."""
        return self.did in (self.Did.KEPT, self.Did.UNREADABLE) or self.reading in self.TO_BE_READ

    @property
    def act_in_words(self) -> str:
        return self.get_reading_display() if self.reading else self.get_did_display()
