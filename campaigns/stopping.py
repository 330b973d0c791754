"""The emergency stop: nothing at all goes out, whatever it is, until a manager lifts it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.models import Gate

ABOUT = "all sending"


@transaction.atomic
def stop(reason: str = "", *, user: User | None = None, api_key: ApiKey | None = None) -> bool:
    """Stop all sending; no claim commits once this has answered. False: it was stopped before, nothing was changed."""
    who = user.get_username() if user else api_key.name if api_key else "the portal itself"
    stopped = Gate.objects.filter(pk=1, stopped_at=None).update(
        stopped_at=timezone.now(), stopped_by=who[:150], stop_reason=reason[:300]
    )
    if stopped:
        record("sending stopped", ABOUT, user=user, api_key=api_key, reason=reason)
    return bool(stopped)


@transaction.atomic
def lift(*, user: User | None = None, api_key: ApiKey | None = None) -> bool:
    """End the emergency stop. False: there was none."""
    lifted = Gate.objects.filter(pk=1, stopped_at__isnull=False).update(stopped_at=None, stopped_by="", stop_reason="")
    if lifted:
        record("sending let go on", ABOUT, user=user, api_key=api_key)
    return bool(lifted)
