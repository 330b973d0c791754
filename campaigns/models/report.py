"""Delivery reports as they came in, and exports made ready for download."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from campaigns.models.message import Message


class DeliveryReport(models.Model):
    """What the gateway posted, which never changes, and beside it when and to which message it was applied.

    The table is partitioned by the month of `received_at` (`partitions`), which in the database is part of its key:
    whoever changes rows by their ids names it too.
    """

    class State(models.TextChoices):
        NEW = "new", "New"
        WAITING = "waiting", "Waiting for its message"
        APPLIED = "applied", "Applied"
        CONFLICT = "conflict", "The id is known for another phone, or for two texts of this one"
        UNREADABLE = "unreadable", "Could not be read"
        FAILED = "failed", "Set aside"
        UNMATCHED = "unmatched", "No message was found"

    class Bound(models.TextChoices):
        BY_ID = "id", "By its id"
        BY_PHONE = "phone", "By its phone: the only text it can mean"
        AMONG = "among", "By its phone: as many reports as texts it can mean"

    received_at = models.DateTimeField(default=timezone.now)
    body = models.JSONField(help_text="As it came.")
    gateway_id = models.CharField(max_length=64, blank=True)
    phone = models.CharField(max_length=15, blank=True)
    code = models.CharField(max_length=10, blank=True)
    description = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=11, blank=True)
    reason = models.CharField(max_length=60, blank=True, db_default="")
    network = models.CharField(max_length=30, blank=True, db_default="")
    reported_at = models.DateTimeField(null=True, blank=True, help_text="When it happened, as the report says.")
    sender = models.CharField(max_length=20, blank=True, help_text="The sender ID that it names, if any.")

    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    next_try_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="reports",
        db_index=False,
    )
    bound = models.CharField(max_length=5, choices=Bound, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], name="report_new", condition=models.Q(state="new")),
            models.Index(fields=["next_try_at"], name="report_waiting", condition=models.Q(state="waiting")),
            models.Index(
                fields=["phone"], name="report_waiting_phone", condition=models.Q(state__in=["new", "waiting"])
            ),
            models.Index(fields=["message"], name="report_of_message", condition=models.Q(message__isnull=False)),
            models.Index(
                fields=["state"],
                name="report_aside",
                condition=models.Q(state__in=["conflict", "unreadable", "failed", "unmatched"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_id} {self.description}"


class UnmappedDescription(models.Model):
    """Words of a delivery report that no row of the table knows, and how often they came."""

    description = models.CharField(max_length=100)
    code = models.CharField(max_length=10, blank=True)
    count = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["description", "code"], name="unmapped_once")]

    def __str__(self) -> str:
        return self.description


class Export(models.Model):
    """A file of messages made in the background and kept for download."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WRITING = "writing", "Being written"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    campaign = models.ForeignKey("campaigns.Campaign", null=True, blank=True, on_delete=models.CASCADE)
    format = models.CharField(max_length=4, choices=[("csv", "CSV"), ("xlsx", "Excel")], default="csv")
    query = models.JSONField(default=dict, blank=True, help_text="The filters of the list that is exported.")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    file = models.ForeignKey("contacts.StoredFile", null=True, blank=True, on_delete=models.SET_NULL)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.WRITING)
