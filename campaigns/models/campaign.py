"""A campaign: whom to text what, when, and under which policies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import ApiKey
from campaigns.models.sender import Kind, Sender
from campaigns.models.template import Language, MessageTemplate
from campaigns.models.transitions import Advancing, Transitions
from campaigns.schedules import Schedule, read_schedule
from lib.names import NameField


def own_zone() -> str:
    """The zone of the portal: a campaign's, where none is chosen."""
    return settings.TIME_ZONE


class Campaign(Transitions):
    """The definition. What is sent is a run of it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        AWAITING_APPROVAL = "awaiting_approval", "Waiting for approval"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"

    class Audience(models.TextChoices):
        LIVE = "live", "Whoever is in the groups when it goes out"
        FROZEN = "frozen", "Whoever is in the groups when it is approved"

    class Missing(models.TextChoices):
        SKIP = "skip", "Leave those people out"
        BLOCK = "block", "Do not send at all"

    class OldValues(models.TextChoices):
        SKIP = "skip", "Leave those people out"
        SEND = "send", "Text them the old value"

    class Zeros(models.TextChoices):
        SKIP = "skip", "Leave them out"
        TEXT = "text", "Text them"

    class Uncertain(models.TextChoices):
        HOLD = "hold", "Ask a person"
        RESEND = "resend", "Send again"

    class OneTextFor(models.TextChoices):
        ROW = "row", "Each row"
        NUMBER = "number", "Each number"

    class Only(models.TextChoices):
        FAILED = "failed", "Those who failed for a passing reason"
        LEFT_OUT = "left_out", "Those who were left out for want of a value"
        SAME = "same", "The same people"

    AFTER = {
        Status.DRAFT: (Status.AWAITING_APPROVAL, Status.ACTIVE, Status.CANCELLED),
        Status.AWAITING_APPROVAL: (Status.DRAFT, Status.ACTIVE, Status.CANCELLED),
        Status.ACTIVE: (Status.DRAFT, Status.PAUSED, Status.FINISHED, Status.CANCELLED),
        Status.PAUSED: (Status.ACTIVE, Status.FINISHED, Status.CANCELLED),
        Status.FINISHED: (),
        Status.CANCELLED: (),
    }

    name = NameField(max_length=120)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.TRANSACTIONAL)
    status = models.CharField(max_length=17, choices=Status, default=Status.DRAFT)

    exclude_groups = models.ManyToManyField("contacts.ContactGroup", related_name="+", blank=True)
    exclude_segments = models.ManyToManyField("contacts.Segment", related_name="+", blank=True)
    filter = models.JSONField(default=list, blank=True)
    # Its number stays when the upload goes: then it means nobody, where an empty one would mean everybody.
    upload = models.ForeignKey(
        "contacts.Upload", null=True, blank=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False,
        related_name="+", help_text="Only the people in this upload.",
    )  # fmt: skip
    audience = models.CharField(max_length=6, choices=Audience, default=Audience.LIVE)

    template = models.ForeignKey(MessageTemplate, null=True, blank=True, on_delete=models.SET_NULL)
    text = models.TextField(blank=True, help_text="The campaign's own copy: what is approved and sent.")
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    sender = models.ForeignKey(Sender, null=True, blank=True, on_delete=models.PROTECT)
    missing_values = models.CharField(max_length=5, choices=Missing, default=Missing.SKIP)
    old_values = models.CharField(
        max_length=4, choices=OldValues, default=OldValues.SKIP, db_default=OldValues.SKIP,
        help_text="Of people of whom the last file said what could not be read.",
    )  # fmt: skip
    zero_amounts = models.CharField(
        max_length=4, choices=Zeros, blank=True, db_default="",
        help_text="What becomes of people who would read KES 0.00; empty: nobody has said, they are texted.",
    )  # fmt: skip
    one_text_for = models.CharField(
        max_length=6, choices=OneTextFor, default=OneTextFor.NUMBER, db_default=OneTextFor.NUMBER,
        help_text="Where a group tells rows of one number apart: a text for each row, or one for all of a number.",
    )  # fmt: skip
    uncertain = models.CharField(max_length=6, choices=Uncertain, default=Uncertain.HOLD)

    of_run = models.ForeignKey(
        "campaigns.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="retries",
        help_text="Only the people of this earlier run of whom `only` is true.",
    )  # fmt: skip
    only = models.CharField(max_length=8, choices=Only, blank=True)
    spend_limit = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="KES; empty: the limit of the rules."
    )

    send_at = models.DateTimeField(null=True, blank=True, help_text="Empty: when it is launched.")
    zone = models.CharField(max_length=64, default=own_zone)
    schedule = models.JSONField(null=True, blank=True, help_text="The rule of a recurring campaign or a reminder.")
    late_limit = models.DurationField(null=True, blank=True)
    catch_up_days = models.PositiveSmallIntegerField(
        default=1, help_text="Days that a reminder looks back, for people who came after their moment."
    )
    next_at = models.DateTimeField(
        null=True, blank=True, help_text="Of a recurring one: its next time, for which there is a run. Empty: no more."
    )

    version = models.PositiveIntegerField(
        default=1, help_text="Raised by each change, so that two people on one draft see it."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaigns"
    )
    made_by_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False,
        help_text="What becomes of its texts is told to this key.",
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now)
    launched_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text="Of one that is over: since when it is put away."
    )
    spender = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="On whose limit of the month its runs count: who launched it or asked for approval, a key's owner.",
    )  # fmt: skip
    expected_cost = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="KES of a run, when that limit was looked at."
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="What was approved: any change raises `version` past it."
    )
    approved_people = models.PositiveIntegerField(null=True, blank=True, help_text="What a run was expected to reach.")
    approved_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True, help_text="KES.")
    approved = models.JSONField(null=True, blank=True, help_text="Texts, audience, sender and time as approved.")
    approved_terms = models.JSONField(
        default=dict, blank=True, help_text="What its segments and the fields that it uses meant when approved."
    )
    approved_parts = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the longest text among those that were looked at when approved."
    )
    approved_until = models.DateTimeField(
        null=True, blank=True, help_text="Whoever was written by then was approved, with the values of then."
    )
    authors = models.JSONField(
        default=list, blank=True, help_text="Who made or changed it: `user:3`, `key:5`. They cannot approve it."
    )
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When approval was asked for.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When managers were told of it by mail.")
    mail_tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail about approval was begun that has not gone out yet."
    )
    author_untold = models.BooleanField(
        default=False, help_text="Whether its authors are still to be told by mail what was decided."
    )
    returned_with = models.CharField(max_length=500, blank=True, help_text="The comment with which it came back.")

    objects = Advancing.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "-id"], name="campaign_status"),
            models.Index(fields=["next_at"], name="campaign_next", condition=models.Q(status__in=["active", "paused"])),
            models.Index(
                fields=["id"], name="campaign_ending", condition=models.Q(status="active", next_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def leaves_out_zeros(self) -> bool:
        """Whether who would read KES 0.00 gets no text."""
        return self.zero_amounts == self.Zeros.SKIP

    @property
    def texts_each_row(self) -> bool:
        return self.one_text_for == self.OneTextFor.ROW

    @property
    def calls_back(self) -> bool:
        """Whether the key that made it wants to be told what becomes of its texts."""
        return self.made_by_key is not None and self.made_by_key.wants_callbacks

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def leaves_out_old_values(self) -> bool:
        return self.old_values == self.OldValues.SKIP

    @property
    def goes_to_the_same(self) -> bool:
        """Whether it is for everybody of an earlier run, whatever became of their texts then."""
        return self.only == self.Only.SAME

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_over(self) -> bool:
        return self.status in (self.Status.FINISHED, self.Status.CANCELLED)

    @property
    def is_paused(self) -> bool:
        return self.status == self.Status.PAUSED

    @property
    def awaits_approval(self) -> bool:
        """Whether it waits for somebody to approve it: before its first run, or after a change of a recurring one."""
        return self.asked_at is not None and self.status in (self.Status.AWAITING_APPROVAL, self.Status.PAUSED)

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def is_awaiting(self) -> bool:
        return self.status == self.Status.AWAITING_APPROVAL

    @property
    def recurs(self) -> bool:
        return self.schedule is not None

    @property
    def may_be_changed(self) -> bool:
        """Drafts, what waits for approval, and what goes out again."""
        changing = (self.Status.ACTIVE, self.Status.PAUSED)
        return self.status in (self.Status.DRAFT, self.Status.AWAITING_APPROVAL) or (
            self.recurs and self.status in changing
        )

    def read_schedule(self) -> Schedule:
        """What its schedule means. BadSchedule; TypeError where it has none."""
        if self.schedule is None:
            raise TypeError("A campaign that goes out once has no schedule.")
        return read_schedule(self.schedule)


class CampaignGroup(models.Model):
    """A group in a campaign's audience. Of a number in two groups the one named first gives the values."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="chosen_groups")
    # A group that a campaign still needs is not deleted, and says by which: `contacts.usage`.
    group = models.ForeignKey("contacts.ContactGroup", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "group"], name="campaign_group_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.group_id}"


class CampaignSegment(models.Model):
    """A segment in a campaign's audience; its groups come after those that are named themselves."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="chosen_segments")
    segment = models.ForeignKey("contacts.Segment", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["campaign", "segment"], name="campaign_segment_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.segment_id}"
