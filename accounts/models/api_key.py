"""Keys of scripts, how often they call, and what was answered to repeats."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.deletion import Collector
from django.utils import timezone

from accounts.models.user import User
from accounts.roles import Role
from lib.names import NameField

KEY_PREFIX = "qsms_live_"


def revoke_and_leave(collector: Collector, field: models.ForeignKey, keys: Iterable[ApiKey], _using: str) -> None:
    """What happens to a person's keys when the person is deleted: they end, and the record of what they did stays."""
    collector.add_field_update(field, None, list(keys))
    in_use = [key for key in keys if key.revoked_at is None]
    if in_use:
        collector.add_field_update(ApiKey._meta.get_field("revoked_at"), timezone.now(), in_use)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def in_use(self) -> ApiKeyQuerySet:
        """Neither revoked nor past their end."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()), revoked_at=None)


class ApiKey(models.Model):
    """A key for scripts. Only its hash is kept: the key itself is shown once, when it is made.

    It acts for its owner, with the lower of its own role and the owner's present one. Without an owner it is nobody's:
    it has its own role and may not approve.
    """

    LATEST_DAY = date(2999, 12, 31)

    name = NameField(max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=revoke_and_leave, related_name="api_keys",
        help_text="For whom it acts, with that person's role at most.",
    )  # fmt: skip
    role = models.CharField(max_length=20, choices=Role, default=Role.MANAGER)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(
        max_length=20, editable=False, help_text="The key's first and last letters, to tell keys apart."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="It works no longer from then on; empty: always.")
    calls_a_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="How often it may call in a minute; empty: no limit."
    )
    callback_url = models.CharField(
        max_length=500,
        blank=True,
        db_default="",
        help_text="Where what becomes of its texts is posted; empty: nowhere.",
    )
    callback_sent = models.BooleanField(
        default=False, db_default=False, help_text="Whether it is told too when a text was handed to the gateway."
    )
    callback_secret = models.CharField(
        max_length=300, blank=True, db_default="", editable=False, help_text="Encrypted; signs what is posted."
    )
    callback_old_secret = models.CharField(
        max_length=300, blank=True, db_default="", editable=False,
        help_text="The one before, which signs too while receivers are being changed.",
    )  # fmt: skip
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return self.name

    @property
    def acts_as(self) -> Role | None:
        """What it may do now; None: nothing, for its owner may not."""
        own = Role(self.role)
        if self.owner is None:
            return own
        theirs = self.owner.role if self.owner.is_active else None
        return None if theirs is None else min(own, theirs, key=lambda role: role.rank)

    @property
    def has_ended(self) -> bool:
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def last_day(self) -> date | None:
        """Through which day it works, in the portal's zone."""
        if self.ends_at is None:
            return None
        return timezone.localdate(self.ends_at - timedelta(microseconds=1), timezone.get_default_timezone())

    @property
    def wants_callbacks(self) -> bool:
        """Whether it is told what becomes of its texts."""
        return self.callback_url != "" and self.revoked_at is None and not self.has_ended

    @property
    def as_made(self) -> dict[str, Any]:
        """What the audit keeps of a new key."""
        last_day = self.last_day and self.last_day.isoformat()
        return {
            "name": self.name,
            "role": self.role,
            "owner": self.owner_id,
            "last_day": last_day,
            "calls_a_minute": self.calls_a_minute,
        }

    @property
    def people(self) -> set[int]:
        """Whose hand a deed of this key may be: its owner's, and that of whoever made it and has seen it."""
        return {one for one in (self.owner_id, self.created_by_id) if one is not None}

    @staticmethod
    def end_of(day: date) -> datetime:
        """When a key ends whose last day this is: as the next one begins in the portal's zone."""
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()), timezone.get_default_timezone())

    @staticmethod
    def hash_of(key: str) -> str:
        """What is stored of `key`. A plain digest is enough: the key is 256 random bits, not a password."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def make(
        cls,
        name: str,
        role: Role = Role.MANAGER,
        *,
        owner: User | None = None,
        created_by: User | None = None,
        ends_at: datetime | None = None,
        calls_a_minute: int | None = None,
    ) -> tuple[ApiKey, str]:
        """Store a new key; returns the row and the key itself, which cannot be had again."""
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        hint = f"{key[:13]}…{key[-4:]}"
        made = cls.objects.create(
            name=name,
            role=role,
            owner=owner,
            created_by=created_by,
            ends_at=ends_at,
            calls_a_minute=calls_a_minute,
            hash=cls.hash_of(key),
            hint=hint,
        )
        return made, key


class KeyUse(models.Model):
    """How often a key with a rate has called in a minute."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "minute"], name="key_use_minute")]

    def __str__(self) -> str:
        return f"{self.calls} calls"


class IdempotentAnswer(models.Model):
    """The first answer to a POST that carried an Idempotency-Key, given again to the same request for 48 hours."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="idempotent_answer_key")]

    def __str__(self) -> str:
        return self.key
