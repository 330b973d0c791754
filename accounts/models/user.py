"""Who signs in, and whose phone is whose."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.roles import Role
from lib.names import NameField


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

    mails = models.JSONField(
        default=dict, db_default={}, blank=True, editable=False,
        help_text="Of what they want a mail, where they have chosen: see `accounts.mails`.",
    )  # fmt: skip

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
