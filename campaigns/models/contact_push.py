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
    cursor = models.BigIntegerField(default=0, help_text="The last contact that the gateway answered for.")
    people = models.PositiveIntegerField(default=0, help_text="Dealt with so far.")
    expected = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list, blank=True, help_text="The first of those that were refused, and why.")
    refused_count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
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

    def __str__(self) -> str:
        return f"push of {self.about}"
