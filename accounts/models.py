"""People, their API keys, and the record of what they did."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.deletion import Collector
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.deeds import Kind
from accounts.roles import Role
from lib.names import NameField

KEY_PREFIX = "qsms_live_"


class User(AbstractUser):
    """Somebody who signs in."""

    first_name = NameField("first name", max_length=150, blank=True)
    last_name = NameField("last name", max_length=150, blank=True)
    phone = models.CharField(max_length=15, blank=True, help_text="Where test texts go, digits only: 254712345678.")
    phone_confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the code that was texted to it came back; empty: no test goes there."
    )
    monthly_limit = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True,
        help_text="KES that they may spend in a calendar month; empty: no limit.",
    )  # fmt: skip
    last_seen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When they last had a page open, to some minutes."
    )

    @property
    def called(self) -> str:
        """The person's name; the user name where they have given none."""
        return self.get_full_name() or self.get_username()

    @property
    def confirmed_phone(self) -> str:
        """Where tests go; empty where no number is known to be the person's own."""
        return self.phone if self.phone_confirmed_at else ""

    @property
    def role(self) -> Role | None:
        """The highest role among the person's groups; a superuser is an administrator; None: may see nothing."""
        if self.is_superuser:
            return Role.ADMINISTRATOR
        names = {group.name for group in self.groups.all()}
        return max((role for role in Role if role.value in names), key=lambda role: role.rank, default=None)

    def may_act_as(self, role: Role) -> bool:
        """Whether this person's role includes `role`."""
        own = self.role
        return own is not None and own.includes(role)

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002 - the parent is called so
        """Of Django's administration: all for administrators, nothing for others. There are no finer permissions."""
        return self.is_active and self.may_act_as(Role.ADMINISTRATOR)

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002
        return self.has_perm("")


class PhoneCode(models.Model):
    """The last code of a person who shows that `phone` is their own.

    The code itself stands nowhere: who has the row and not SECRET_KEY cannot tell it.
    """

    GOOD_FOR = timedelta(minutes=10)
    APART = timedelta(minutes=1)
    MOST_WRONG = 5

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="phone_code")
    phone = models.CharField(max_length=15)
    salt = models.CharField(max_length=32)
    made_at = models.DateTimeField(default=timezone.now)
    wrong = models.PositiveSmallIntegerField(default=0, help_text="How often another one was typed.")
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"code for {self.phone}"

    @property
    def digits(self) -> str:
        secret = salted_hmac("accounts.PhoneCode", f"{self.user_id} {self.phone} {self.salt}", algorithm="sha256")
        return f"{int.from_bytes(secret.digest()) % 10**6:06}"

    @property
    def good_until(self) -> datetime:
        return self.made_at + self.GOOD_FOR

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and self.wrong < self.MOST_WRONG and now < self.good_until


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
