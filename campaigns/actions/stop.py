"""The emergency stop: nothing at all goes out, whatever it is, until a manager lifts it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.models import Batch, Gate

ABOUT = "all sending"
RESTORED = (
    "The database was restored from a backup: what waits may have been sent since then. "
    "Cancel what should not go again before you lift this."
)


@transaction.atomic
def stop_all_sending(reason: str = "", *, user: User | None = None, api_key: ApiKey | None = None) -> bool:
    """Stop all sending; no claim commits once this has answered. False: it was stopped before, nothing was changed."""
    who = user.get_username() if user else api_key.name if api_key else "the portal itself"
    stopped = Gate.objects.filter(pk=1, stopped_at=None).update(
        stopped_at=timezone.now(), stopped_by=who[:150], stop_reason=reason[:300]
    )
    if stopped:
        record("sending stopped", ABOUT, user=user, api_key=api_key, reason=reason)
    return bool(stopped)


@transaction.atomic
def let_sending_go_on(*, user: User | None = None, api_key: ApiKey | None = None) -> bool:
    """End the emergency stop. False: there was none."""
    lifted = Gate.objects.filter(pk=1, stopped_at__isnull=False).update(stopped_at=None, stopped_by="", stop_reason="")
    if lifted:
        record("sending let go on", ABOUT, user=user, api_key=api_key)
    return bool(lifted)


@transaction.atomic
def stop_after_restore() -> None:
    """What holds of a restored database: everything is stopped, and the waiting times of doubt begin anew."""
    clock = Batch.objects.aggregate(latest=Max("doubt_clock"))["latest"] or 0
    Gate.objects.get_or_create(pk=1, defaults={"doubt_clock": clock})
    Gate.objects.filter(pk=1).update(stopped_at=timezone.now(), stopped_by="a restore", stop_reason=RESTORED)
    record("sending stopped", ABOUT, reason="restored from a backup")


def stop_if_restored() -> bool:
    """A backup leaves the gate's row out: where there is none, this is a restored database, and stays stopped."""
    if Gate.objects.filter(pk=1).exists():
        return False
    stop_after_restore()
    return True
