"""Whether a person has a second factor, and who must have one."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from accounts.models import User
from accounts.roles import Role

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def must_set_one_up(user: User, rule: str) -> bool:
    """Whether `rule`, role names with commas, asks it of this person, who has none."""
    role: Role | None = user.role if rule else None
    return role is not None and role.value in rule.split(",") and not has_second_factor(user)
