"""A person's own phone, where tests go: a number is theirs once the code that was texted to it has come back."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.audit import record
from accounts.models import PhoneCode, User

OVER = "This code is over: it holds for 10 minutes, and only the last one holds. Have a new one sent."


class TooSoon(Exception):
    """The person has had a code made within the last minute: they should look for that one first."""


class WrongCode(Exception):
    """What was typed is not the code, or that is over; its words say which."""


@transaction.atomic
def make_code(user: User, phone: str, now: datetime) -> PhoneCode:
    """A new code for `phone` (digits), which ends the one before it. Raises TooSoon."""
    person = _lock(user)
    last = PhoneCode.objects.filter(user=person).first()
    if last is not None and now < last.made_at + PhoneCode.APART:
        raise TooSoon("A code was sent less than a minute ago. Wait for it, then ask for another one.")
    fresh = {"phone": phone, "salt": secrets.token_hex(16), "made_at": now, "wrong": 0, "used_at": None}
    return PhoneCode.objects.update_or_create(user=person, defaults=fresh)[0]


def open_code_of(user: User, now: datetime) -> PhoneCode | None:
    """The code that the person may still type; None where there is none."""
    code = PhoneCode.objects.filter(user=user).first()
    return code if code is not None and code.is_open(now) else None


def confirm_phone(user: User, written: str, now: datetime) -> str:
    """Make the code's number the person's phone, where `written` is the code; returns it. Raises WrongCode."""
    phone, refused = _confirm(user, written, now)
    if refused:
        # Outside of the transaction, which has counted the wrong try.
        raise WrongCode(refused)
    return phone


@transaction.atomic
def remove_phone(user: User) -> None:
    person = _lock(user)
    if person.phone:
        _change(person, "", None, "own phone removed")


@transaction.atomic
def _confirm(user: User, written: str, now: datetime) -> tuple[str, str]:
    person = _lock(user)
    code = open_code_of(person, now)
    if code is None:
        return "", OVER
    if not constant_time_compare(code.digits, written):
        code.wrong += 1
        code.save(update_fields=["wrong"])
        left = PhoneCode.MOST_WRONG - code.wrong
        if not left:
            return "", f"That is not the code, for the {code.wrong}th time, so it is over. Have a new one sent."
        return "", f"That is not the code. {left} more {'try' if left == 1 else 'tries'}."
    code.used_at = now
    code.save(update_fields=["used_at"])
    _change(person, code.phone, now, "own phone confirmed")
    return code.phone, ""


def _lock(user: User) -> User:
    """The person as they are now; whatever is done about their phone at the same moment waits."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _change(person: User, phone: str, confirmed_at: datetime | None, act: str) -> None:
    record(act, f"person {person.pk}", user=person)
    person.phone, person.phone_confirmed_at = phone, confirmed_at
    person.save(update_fields=["phone", "phone_confirmed_at"])
