"""Who has a second factor, who must have one, and taking away what somebody has lost."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import staff
from accounts.audit import record
from accounts.models import User
from accounts.roles import Role

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
KINDS = {
    Authenticator.Type.TOTP: "app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def with_second_factor(people: Iterable[User]) -> set[int]:
    """The ids of those of `people` who sign in with a second factor."""
    factors = Authenticator.objects.filter(user__in=people, type__in=FACTORS)
    return set(factors.values_list("user_id", flat=True))


def must_set_one_up(user: User, rule: str) -> bool:
    """Whether `rule`, role names with commas, asks it of this person, who has none."""
    role: Role | None = user.role if rule else None
    return role is not None and role.value in rule.split(",") and not with_second_factor([user])


def factors_of(person: User) -> list[tuple[Authenticator, str]]:
    """With what each is called: a passkey has a name of its own."""
    return [(one, in_words(one)) for one in Authenticator.objects.filter(user=person).order_by("pk")]


def in_words(factor: Authenticator) -> str:
    kind = KINDS[Authenticator.Type(factor.type)]
    return f"passkey “{factor}”" if factor.type == Authenticator.Type.WEBAUTHN else kind


@transaction.atomic
def take_away(factor: Authenticator, by: User) -> None:
    """By an administrator, of somebody who has lost it; with the last one the recovery codes go too."""
    staff.must_be_administrator(by)
    person, kind = factor.user, KINDS[Authenticator.Type(factor.type)]
    factor.delete()
    delete_dangling_recovery_codes(person)
    record("second factor taken away", f"person {person.pk}", user=by, kind=kind)
