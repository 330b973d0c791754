"""Who wrote to us: a row a number, so that the inbox is read without looking at all replies; and answers kept ready."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

LONGEST_WORD = 30
LONGEST_STARTER_NAME = 60


class ConversationQuerySet(models.QuerySet):
    def unread(self) -> ConversationQuerySet:
        return self.filter(is_unread=True)

    def open(self) -> ConversationQuerySet:
        """Those that nobody has called done since the last reply that needs a person."""
        return self.filter(done_at=None)

    def done(self) -> ConversationQuerySet:
        return self.filter(done_at__isnull=False)


class Conversation(models.Model):
    """One number that wrote. It is made, and comes back from done, when its replies are filed (`delivery.filing`)."""

    phone = models.CharField(max_length=15, unique=True, help_text="Empty: of whoever has no mobile number.")
    last_reply = models.BigIntegerField(help_text="The id of its newest reply: by it conversations are ordered.")
    last_at = models.DateTimeField(help_text="When that came.")
    is_unread = models.BooleanField(default=False, db_default=False, help_text="It has a reply that nobody has read.")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(null=True, blank=True)
    auto_answered_at = models.DateTimeField(
        null=True, blank=True, help_text="When the portal last answered by itself, a confirmed STOP too."
    )
    auto_answers = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Of words, since there was none for a day."
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-last_reply"]
        indexes = [
            models.Index(fields=["-last_reply"], name="conversation_latest"),
            models.Index(fields=["-last_reply"], name="conversation_unread", condition=Q(is_unread=True)),
            models.Index(fields=["-last_reply"], name="conversation_open", condition=Q(done_at__isnull=True)),
            models.Index(fields=["-last_reply"], name="conversation_done", condition=Q(done_at__isnull=False)),
            models.Index(
                fields=["assigned_to", "-last_reply"], name="conversation_of_person",
                condition=Q(assigned_to__isnull=False, done_at__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"conversation with {self.phone or 'whoever has no number'}"

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class AnswerWord(models.Model):
    """A word that is answered without a person, while it is on: INFO, BALANCE."""

    word = models.CharField(max_length=LONGEST_WORD, unique=True, help_text="In capitals: letters, digits, blanks.")
    text = models.TextField()
    is_on = models.BooleanField(default=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False,
        help_text="Whose monthly limit its answers count against.",
    )  # fmt: skip
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word


class AnswerStarter(models.Model):
    """A short text with which answers begin."""

    name = models.CharField(max_length=LONGEST_STARTER_NAME, unique=True)
    text = models.TextField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ReplyMail(models.Model):
    """One row: when replies were last mailed on, or tried to be. It lets one worker at a time, and few mails."""

    tried_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="reply_mail_is_one_row")]

    def __str__(self) -> str:
        return "mails of replies"
