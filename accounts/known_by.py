"""What people are known by when they sign in: a user name, or an address of mail."""

from __future__ import annotations

import re
from itertools import chain, count

from django.db.models import QuerySet

from accounts.models import User

NOT_IN_A_USERNAME = re.compile(r"[^\w.@+-]")
LONGEST_PROPOSED = 100


def with_email(email: str) -> QuerySet[User]:
    """Whose address this is, however it is written; nobody where it is empty."""
    return User.objects.filter(email__iexact=email) if email else User.objects.none()


def as_username(written: str) -> str:
    """What of it may stand in a user name."""
    return NOT_IN_A_USERNAME.sub("", written)[:LONGEST_PROPOSED]


def free_username(wanted: str) -> str:
    """With a number where somebody has it, or has it as their address, by which they sign in."""
    alike = User.objects.filter(username__istartswith=wanted).values_list("username", flat=True)
    taken = {name.lower() for name in alike}
    if with_email(wanted).exists():
        taken.add(wanted.lower())
    names = chain([wanted], (f"{wanted}{number}" for number in count(2)))
    return next(name for name in names if name.lower() not in taken)
