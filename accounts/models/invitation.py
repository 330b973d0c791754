"""Who was asked to become one of the people."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.roles import Role


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> InvitationQuerySet:
        """Neither accepted nor taken back; some have run out."""
        return self.filter(accepted_at=None, taken_back_at=None)


class Invitation(models.Model):
    """To become one of the people, with a role. Only a hash of its link is kept, which is shown or mailed once."""

    GOOD_FOR = timedelta(days=7)

    email = models.EmailField(blank=True)
    role = models.CharField(max_length=20, choices=Role)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now, help_text="When its present link was made.")
    taken_back_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at=None, taken_back_at=None) & ~Q(email=""),
                name="invited_once",
            )
        ]

    def __str__(self) -> str:
        return self.email or f"invitation {self.pk}"

    @property
    def good_until(self) -> datetime:
        return self.sent_at + self.GOOD_FOR

    @property
    def role_in_words(self) -> str:
        return Role(self.role).with_article

    @property
    def has_run_out(self) -> bool:
        return timezone.now() >= self.good_until

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has accepted it or taken it back; it may have run out."""
        return self.accepted_at is None and self.taken_back_at is None

    @staticmethod
    def hash_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
