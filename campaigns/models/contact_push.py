"""A group's contacts on their way to the gateway's own contact list."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from contacts.models import ContactGroup


class ContactPush(models.Model):
    """One copy of a group to the gateway, slice by slice: its cursor moves with each that the gateway took."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Going on"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    group = models.ForeignKey(ContactGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="pushes")
    about = models.CharField(max_length=100, help_text="The group's name when it was ordered.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    claim = models.PositiveIntegerField(default=0, help_text="Whose turn it is: an older one can write nothing more.")
    cursor = models.BigIntegerField(default=0, help_text="The last contact that the gateway answered for.")
    people = models.PositiveIntegerField(default=0, help_text="Numbers dealt with so far.")
    expected = models.PositiveIntegerField(default=0)
    opted_out = models.PositiveIntegerField(default=0, help_text="Of them those that were left out as opted out.")
    same_number = models.PositiveIntegerField(default=0, help_text="Rows that gave way to a later one of their number.")
    refused = models.JSONField(
        default=list, blank=True, help_text="Of the first that were refused the contact, null where none is named; why."
    )
    refused_count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since the last slice that the gateway took.")
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then nobody else takes it: somebody works on it, or the gateway rests."
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "contact pushes"
        indexes = [
            models.Index(
                fields=["created_at"], name="push_unfinished",
                condition=models.Q(status__in=["waiting", "working"]),
            )
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["group"], name="push_one_at_a_time",
                condition=models.Q(status__in=["waiting", "working"]),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"push of {self.about}"

    @property
    def is_under_way(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.WORKING)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    @property
    def has_failed(self) -> bool:
        return self.status == self.Status.FAILED

    @property
    def pushed(self) -> int:
        """How many contacts the gateway took."""
        return max(0, self.people - self.opted_out - self.refused_count)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.people // self.expected) if self.expected else 0

    def counts(self) -> dict[str, int]:
        """What came of it, for scripts."""
        return {
            "pushed": self.pushed,
            "refused": self.refused_count,
            "opted_out": self.opted_out,
            "same_number": self.same_number,
        }
