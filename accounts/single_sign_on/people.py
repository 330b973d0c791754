"""Who of the portal's people somebody is whom the provider names: by issuer and `sub`, and never by an address."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import Any

from allauth.account.internal.emailkit import valid_email_or_none
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.roles import Role
from accounts.single_sign_on.provider import NotProven
from accounts.staff import one_at_a_time
from lib.words import clean

NOT_IN_A_USERNAME = re.compile(r"[^\w.@+-]")
LONGEST_USERNAME, LONGEST_NAME, LONGEST_EMAIL = 100, 150, 254
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
    if email and User.objects.filter(email__iexact=email).exists():
        raise AddressTaken
    first, last = _line(claims, "given_name"), _line(claims, "family_name")
    if not first and not last:
        first, _, last = _line(claims, "name").partition(" ")
    username = _free_username(_line(claims, "preferred_username") or email)
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


def _free_username(wanted: str) -> str:
    """With a number where somebody has it, or has it as their address, by which they sign in."""
    base = NOT_IN_A_USERNAME.sub("", wanted)[:LONGEST_USERNAME] or "person"
    alike = User.objects.filter(username__istartswith=base).values_list("username", flat=True)
    taken = {name.lower() for name in alike}
    taken |= {base.lower()} if User.objects.filter(email__iexact=base).exists() else set()
    names = chain([base], (f"{base}{number}" for number in count(2)))
    return next(name for name in names if name.lower() not in taken)
