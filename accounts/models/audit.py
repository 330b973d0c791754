"""The record of what people, keys and commands did."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.deeds import Kind
from accounts.models.api_key import ApiKey


class AuditEntry(models.Model):
    """Who did what, when, from where. Rows are written in the transaction of the deed, and a trigger keeps them.

    Whoever did it is an id without a constraint: an entry outlives people and keys.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.DO_NOTHING, db_constraint=False,
        db_index=False, related_name="+",
    )  # fmt: skip
    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip
    command = models.CharField(max_length=60, blank=True, default="", db_default="", help_text="Of manage.py: setting.")
    address = models.GenericIPAddressField(null=True, blank=True)
    kind = models.CharField(max_length=9, choices=Kind, db_default=Kind.PORTAL)
    act = models.CharField(max_length=60, help_text="What was done, in one or two words: campaign launched.")
    about = models.CharField(max_length=200, blank=True, help_text="To what: campaign 12.")
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit log"
        indexes = [
            models.Index(fields=["about", "-id"], name="audit_about"),
            models.Index(fields=["kind", "-id"], name="audit_kind"),
            models.Index(fields=["user", "kind", "-id"], name="audit_user"),
            models.Index(fields=["api_key", "kind", "-id"], name="audit_key"),
            models.Index(fields=["kind", "-id"], condition=~models.Q(command=""), name="audit_command"),
            models.Index(
                fields=["kind", "-id"], condition=models.Q(user=None, api_key=None, command=""), name="audit_portal"
            ),
            models.Index(fields=["-id"], condition=models.Q(act__endswith=" deleted"), name="audit_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.about}".strip()
