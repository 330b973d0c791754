"""Texts kept for use in campaigns, and what they said before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from lib.names import NameField


class Language(models.TextChoices):
    """In which the names of days and months, and yes and no, are written."""

    ENGLISH = "en", "English"
    KISWAHILI = "sw", "Kiswahili"


class MessageTemplate(models.Model):
    """A text with placeholders, kept for use in campaigns, which take a copy of it."""

    name = NameField(max_length=100, unique=True)
    text = models.TextField()
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class TemplateVersion(models.Model):
    """What a template said from a moment on; rows are written with each change and never changed."""

    template = models.ForeignKey(MessageTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_number")]

    def __str__(self) -> str:
        return f"{self.template_id}, version {self.number}"
