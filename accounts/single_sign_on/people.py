"""Who of the portal's people somebody is whom the provider names: by issuer and `sub`, and never by an address."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.emailkit import valid_email_or_none
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction

from accounts.known_by import as_username, free_username, with_email
from accounts.models import User
from accounts.roles import Role
from accounts.single_sign_on.provider import NotProven
from accounts.staff import one_at_a_time
from lib.words import clean

LONGEST_NAME, LONGEST_EMAIL = 150, 254
LONGEST_SUB = SocialAccount._meta.get_field("uid").max_length


class AddressTaken(Exception):
    """Somebody of the portal has the address, who may be somebody else. Nothing was made."""


def comes_by_provider(person: User) -> bool:
    """Whether the provider that is set now knows them."""
    if not settings.OIDC_ISSUER:
        return False
    return SocialAccount.objects.filter(user=person, provider=settings.OIDC_ISSUER).exists()


def person_known(claims: dict[str, Any]) -> User | None:
    sub = claims["sub"]
    if not sub or len(sub) > LONGEST_SUB or not sub.isprintable():
        raise NotProven("its sub cannot be kept")
    account = SocialAccount.objects.select_related("user").filter(provider=settings.OIDC_ISSUER, uid=sub).first()
    return account.user if account else None


@transaction.atomic
def person_made(claims: dict[str, Any]) -> User:
    """For the first sign-in; of two tabs the second finds the person. Raises AddressTaken."""
    one_at_a_time()
    if person := person_known(claims):
        return person
    email = _email(claims)
    if with_email(email).exists():
        raise AddressTaken
    first, last = _line(claims, "given_name"), _line(claims, "family_name")
    if not first and not last:
        first, _, last = _line(claims, "name").partition(" ")
    username = free_username(as_username(_line(claims, "preferred_username") or email) or "person")
    person = User.objects.create_user(username, email=email, first_name=first, last_name=last)
    SocialAccount.objects.create(user=person, provider=settings.OIDC_ISSUER, uid=claims["sub"])
    return person


def role_meant(claims: dict[str, Any]) -> Role | None:
    """The highest that one of the claim's values stands for; None: none does."""
    said = claims.get(settings.OIDC_ROLES_CLAIM)
    values = said if isinstance(said, list) else [said]
    roles = [Role(settings.OIDC_ROLES[one]) for one in values if isinstance(one, str) and one in settings.OIDC_ROLES]
    return max(roles, key=lambda role: role.rank, default=None)


def _email(claims: dict[str, Any]) -> str:
    """None that the provider says is not shown to be theirs: to it would go what is meant for its owner."""
    email = valid_email_or_none(_line(claims, "email"))
    return email if email and len(email) <= LONGEST_EMAIL and claims.get("email_verified") is not False else ""


def _line(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return clean(value)[:LONGEST_NAME].strip() if isinstance(value, str) else ""
