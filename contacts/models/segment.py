"""A segment: people of some groups by a filter, whoever they are at the moment they are asked for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from contacts.models.group import ContactGroup
from lib.names import NameField


class Segment(models.Model):
    """A named filter over one or several groups; nobody is stored, so it is always live."""

    name = NameField(max_length=100, unique=True)
    groups = models.ManyToManyField(ContactGroup, related_name="segments")
    filter = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FilterCount(models.Model):
    """How many people of a group a search found: true as long as the group has not changed since."""

    group = models.ForeignKey(ContactGroup, on_delete=models.CASCADE, related_name="+")
    asked = models.CharField(max_length=64, help_text="Digest of the search, the filter and the day.")
    group_changed_at = models.DateTimeField()
    people = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "asked"], name="filter_count_once")]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.people}"
