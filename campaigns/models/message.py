"""One text to one phone, and the batch of them that is one call of the gateway."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import ApiKey
from campaigns.models.run import Run
from campaigns.models.script_call import ScriptCall
from campaigns.models.sender import Kind, Sender
from campaigns.models.transitions import Advancing, Transitions
from contacts.values import LONGEST_REFERENCE

REPORTS_COME_WITHIN = timedelta(minutes=10)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Batch(Transitions):
    """One `sendmultiple` call. Its tallies are rebuilt from its messages by whoever changes them."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for its date"
        READY = "ready", "Ready"
        SENDING = "sending", "Sending"
        SETTLED = "settled", "Settled"
        UNCERTAIN = "uncertain", "Not known"
        CANCELLED = "cancelled", "Cancelled"

    AFTER = {
        Status.WAITING: (Status.READY, Status.CANCELLED),
        Status.READY: (Status.SENDING, Status.SETTLED, Status.CANCELLED),
        Status.SENDING: (Status.READY, Status.CANCELLED, Status.SETTLED, Status.UNCERTAIN),
        Status.UNCERTAIN: (Status.SETTLED,),
        Status.SETTLED: (),
        Status.CANCELLED: (),
    }

    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.CASCADE, related_name="batches", db_index=False
    )
    sender = models.ForeignKey(
        Sender, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False,
        help_text="Whose text, or whose campaign's, this is: what becomes of it is told to that key.",
    )  # fmt: skip
    script_call = models.ForeignKey(
        ScriptCall, null=True, blank=True, on_delete=models.CASCADE, related_name="batches", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.TRANSACTIONAL)
    status = models.CharField(max_length=9, choices=Status, default=Status.READY)
    size = models.PositiveIntegerField()

    claim = models.PositiveIntegerField(default=0, help_text="Raised by each claim; later writes of it name it.")
    lease_until = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True, help_text="Just before the call's first byte left.")
    not_before = models.DateTimeField(default=timezone.now)
    not_after = models.DateTimeField(
        null=True, blank=True, help_text="What a script dated is left out as too late from then on."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    doubted_at = models.DateTimeField(null=True, blank=True, help_text="When the call's outcome became uncertain.")
    doubt_clock = models.FloatField(null=True, blank=True, help_text="The gate's doubt clock at that moment.")
    is_resend = models.BooleanField(db_default=False, help_text="Its texts may have gone before, by an earlier try.")
    polled_at = models.DateTimeField(null=True, blank=True, help_text="When the gateway was last asked for reports.")
    problem = models.CharField(max_length=300, blank=True, help_text="What went wrong with the last try, in words.")

    tally = models.JSONField(default=dict, blank=True, help_text="Message status to how many.")
    left_out = models.JSONField(default=dict, blank=True, help_text="Reason of those left out to how many.")
    failures = models.JSONField(
        default=dict, blank=True, db_default={}, help_text="Reason of those refused or not delivered to how many."
    )
    parts = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    changes = models.IntegerField(default=1, db_default=1, help_text="How often its texts were changed and recounted.")
    counted = models.IntegerField(default=0, db_default=0, help_text="As of which of them it stands in the figures.")

    objects = Advancing.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["run", "id"], name="batch_of_run"),
            models.Index(fields=["run", "id"], name="batch_ready", condition=models.Q(status="ready")),
            # What waits for its date is in neither: a claim passes only what may go, and few of these for each sender.
            models.Index(
                fields=["sender", "kind", "id"], name="batch_single_ready",
                condition=models.Q(status="ready", run__isnull=True),
            ),
            models.Index(fields=["not_before"], name="batch_waiting", condition=models.Q(status="waiting")),
            models.Index(
                fields=["id"], name="batch_uncounted", condition=~models.Q(changes=models.F("counted"))
            ),
            models.Index(
                fields=["script_call", "id"], name="batch_of_call", condition=models.Q(script_call__isnull=False)
            ),
            models.Index(fields=["lease_until", "run"], name="batch_lease", condition=models.Q(status="sending")),
            models.Index(fields=["posted_at"], name="batch_posted", condition=models.Q(posted_at__isnull=False)),
            models.Index(fields=["run", "doubted_at"], name="batch_uncertain", condition=models.Q(status="uncertain")),
            models.Index(fields=["posted_at"], name="batch_awaiting", condition=models.Q(tally__has_key="accepted")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"batch {self.pk}"

    @property
    def waits(self) -> bool:
        """For the date that a script gave it."""
        return self.status == self.Status.WAITING


class MessageQuerySet(Advancing):
    def to_phone(self, phone: str) -> MessageQuerySet:
        return self.filter(phone=phone)

    def of_run(self, run: Run) -> MessageQuerySet:
        return self.filter(run=run)


class Message(Transitions):
    """One text to one phone, as it was when it was planned. Unique on (run, phone, reference)."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        ACCEPTED = "accepted", "Sent"
        REJECTED = "rejected", "Refused"
        UNCERTAIN = "uncertain", "Not known"
        DELIVERED = "delivered", "Delivered"
        UNDELIVERED = "undelivered", "Not delivered"
        EXPIRED = "expired", "No report"
        UNKNOWN = "unknown", "Not known"
        SKIPPED = "skipped", "Left out"
        CANCELLED = "cancelled", "Cancelled"

    class Source(models.TextChoices):
        CAMPAIGN = "campaign", "Campaign"
        TEST = "test", "Test"
        API = "api", "API"
        REPLY = "reply", "Answer to a reply"
        ANSWER = "answer", "Answer to STOP"
        PERSON = "person", "Person"
        CODE = "code", "Code for one's own phone"

    AFTER = {
        Status.QUEUED: (
            Status.ACCEPTED, Status.REJECTED, Status.UNCERTAIN, Status.SKIPPED, Status.CANCELLED,
            Status.DELIVERED, Status.UNDELIVERED,
        ),
        Status.ACCEPTED: (Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED),
        Status.UNCERTAIN: (
            Status.QUEUED, Status.ACCEPTED, Status.REJECTED, Status.DELIVERED, Status.UNDELIVERED, Status.UNKNOWN,
        ),
        Status.UNKNOWN: (Status.DELIVERED, Status.UNDELIVERED),
        Status.EXPIRED: (Status.DELIVERED, Status.UNDELIVERED),
        Status.DELIVERED: (),
        Status.UNDELIVERED: (),
        Status.REJECTED: (),
        Status.SKIPPED: (),
        Status.CANCELLED: (),
    }  # fmt: skip
    # As `recount.sql` has it.
    UNPAID = (Status.SKIPPED, Status.CANCELLED, Status.REJECTED)

    # The database does not check these two: it would look both up for every text, a third of planning's time, and texts
    # are written with their batch in one transaction and go run by run (`retention`).
    run = models.ForeignKey(
        Run,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    batch = models.ForeignKey(
        Batch, on_delete=models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    contact = models.BigIntegerField(null=True, blank=True, help_text="No constraint: contacts go, messages stay.")
    phone = models.CharField(max_length=15)
    reference = models.CharField(
        max_length=LONGEST_REFERENCE, db_default="", default="", blank=True, help_text="Of the row that it tells of."
    )
    rows = ArrayField(
        models.BigIntegerField(), null=True, blank=True, help_text="The contacts that came together in one text."
    )
    rows_digest = models.BigIntegerField(null=True, blank=True, help_text="Of what the text takes of these.")
    # NULL: planned before these were kept, or of rows that differ in it.
    person = models.CharField(max_length=200, null=True, blank=True, help_text="Their name then.")  # noqa: DJ001
    group_name = models.CharField(max_length=100, null=True, blank=True, help_text="Their group then.")  # noqa: DJ001
    calls_back = models.BooleanField(
        null=True, blank=True, help_text="What becomes of it is posted to its batch's key. NULL: to nobody."
    )
    source = models.CharField(max_length=8, choices=Source, default=Source.CAMPAIGN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    text = models.TextField()
    parts = models.PositiveSmallIntegerField()
    cost = models.DecimalField(max_digits=10, decimal_places=4, default=0, help_text="KES: estimated, then actual.")
    cost_is_actual = models.BooleanField(default=False)

    status = models.CharField(max_length=11, choices=Status, default=Status.QUEUED)
    reason = models.CharField(max_length=60, blank=True, help_text="Code of why it ended as it did.")
    detail = models.CharField(max_length=200, blank=True, help_text="The gateway's own words, as they came.")
    attempt = models.PositiveSmallIntegerField(default=1)
    gateway_id = models.CharField(max_length=64, blank=True)
    network = models.CharField(max_length=30, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    posted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["run", "phone", "reference"], name="message_once_a_row")]
        indexes = [
            # No index holds anything that an answer or a report changes: such an update touches none of them.
            models.Index(fields=["batch", "-id"], name="message_of_batch"),
            models.Index(fields=["phone", "-id"], name="message_of_phone"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def counted_parts(self) -> int:
        """As the tallies count them: what does not go out has none."""
        return 0 if self.status in self.UNPAID else self.parts

    @property
    def counted_cost(self) -> Decimal:
        return Decimal(0) if self.status in self.UNPAID else self.cost

    @property
    def is_moving(self) -> bool:
        """Whether something more is expected soon: it waits, or its report does."""
        if self.status == self.Status.ACCEPTED:
            return self.accepted_at is not None and timezone.now() - self.accepted_at < REPORTS_COME_WITHIN
        return self.status == self.Status.QUEUED

    @property
    def is_left_out(self) -> bool:
        """Whether it was never to go, so that what is told of it is ours, not the gateway's."""
        return self.status == self.Status.SKIPPED

    @property
    def was_tried_before(self) -> bool:
        """Whether it was posted, or is to be, more than once."""
        return self.attempt > 1

    @property
    def client_ref(self) -> str:
        """What the gateway is told of this try: short, unique, and says nothing of the person."""
        return client_ref(self.pk, self.attempt)


class GivenId(models.Model):
    """An id that the gateway gave to a text. Kept apart, so that taking an answer touches no index of the texts.

    By it a report is known to mean another phone's text. Ids are not unique: gateways of this family repeat them.
    """

    gateway_id = models.CharField(max_length=64)
    message = models.ForeignKey(Message, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)

    class Meta:
        indexes = [models.Index(fields=["gateway_id", "message"], name="given_id")]

    def __str__(self) -> str:
        return self.gateway_id


class GivenReference(models.Model):
    """What a script calls a single text of its own. Kept apart: few texts have one."""

    message = models.OneToOneField(
        Message, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="given_reference"
    )
    reference = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["reference"], name="given_reference")]

    def __str__(self) -> str:
        return self.reference


class ClaimedMarketing(models.Model):
    """A marketing text that was claimed lately, kept while the rule is set of how many a number may have in seven days.

    Apart from the texts: they have an index by number, but not by time, for an answer would change it.
    """

    message = models.OneToOneField(
        Message, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="+"
    )
    phone = models.CharField(max_length=15)
    claimed_at = models.DateTimeField(help_text="For the last time.")

    class Meta:
        indexes = [models.Index(fields=["phone", "claimed_at"], name="claimed_marketing")]

    def __str__(self) -> str:
        return f"marketing to {self.phone}"


def client_ref(message_id: int, attempt: int) -> str:
    """base36 of the id, a dash, and the attempt."""
    digits, rest = "", message_id
    while rest:
        rest, digit = divmod(rest, 36)
        digits = DIGITS[digit] + digits
    return f"{digits or '0'}-{attempt}"
