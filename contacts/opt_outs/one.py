"""Opting out and coming back: by a reply, by a person at the portal, by a script. It holds from the next claim on."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import record
from accounts.models import ApiKey, User
from contacts.models import OptOut

SAID_STOP = "Said STOP by text"
LONGEST_REASON = 200


@transaction.atomic
def opt_out(
    phone: str,
    scope: str,
    *,
    source: str,
    reason: str = "",
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> tuple[OptOut, bool]:
    """Leave `phone` (digits with the country code) out of `scope` from now on; what is there already stays as it is.

    Returns the opt-out, and whether it is new.
    """
    entry, created = OptOut.objects.get_or_create(
        phone=phone, scope=scope, defaults={"source": source, "reason": reason, "created_by": user}
    )
    if created and (user or api_key):
        record("opted out", f"opt-out {entry.pk}", user=user, api_key=api_key, scope=scope)
    return entry, created


@transaction.atomic
def take_back_opt_out(
    phone: str, scope: str, *, reason: str = "", user: User | None = None, api_key: ApiKey | None = None
) -> bool:
    """Text `phone` again, as far as `scope` goes. False: there was no such opt-out, or somebody was faster."""
    there = OptOut.objects.select_for_update().filter(phone=phone, scope=scope).first()
    if there is None:
        return False
    about = f"opt-out {there.pk}"
    there.delete()
    record("opt-out taken back", about, user=user, api_key=api_key, scope=scope, reason=reason)
    return True


def said_stop(phone: str, reason: str = SAID_STOP, *, user: User | None = None) -> bool:
    """The person wants no more texts from us at all, as `user` reads it. False: that was known before."""
    reason = reason[:LONGEST_REASON]
    return opt_out(phone, OptOut.Scope.ALL, source=OptOut.Source.REPLY, reason=reason, user=user)[1]


def said_start(phone: str) -> bool:
    """The person comes back: takes away her own STOP, and nothing that the operator or a colleague has put down."""
    own = OptOut.objects.filter(phone=phone, scope=OptOut.Scope.ALL, source=OptOut.Source.REPLY)
    return bool(own.delete()[0])


def is_out_of_everything(phone: str) -> bool:
    return OptOut.objects.filter(phone=phone, scope=OptOut.Scope.ALL).exists()
