"""What every page shows: practice mode, the emergency stop, who is signed in as what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from campaigns.gateway.simulator.phone import phone_path
from campaigns.models import Gate
from campaigns.reporting.needing import needing_somebody


def portal(request: HttpRequest) -> dict[str, Any]:
    """Template context for every page; those who have not signed in or have no role are told nothing."""
    user = getattr(request, "user", None)
    role = user.role if user is not None and user.is_authenticated else None
    if role is None:
        return {"practice": settings.PRACTICE}
    return {
        "practice": settings.PRACTICE,
        "practice_phone": f"{settings.QSMS_BASE_URL}{phone_path(settings.SIMULATOR_SECRET)}"
        if settings.PRACTICE and settings.QSMS_BASE_URL
        else "",
        "role": role,
        # Asked once, and by those templates alone that show them: most fragments do not.
        "needing": SimpleLazyObject(needing_somebody),
        "gate": SimpleLazyObject(Gate.objects.filter(pk=1).first),
    }
