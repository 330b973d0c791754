"""What every page shows: practice mode, the emergency stop, who is signed in as what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from campaigns.gateway.simulator.phone import phone_path
from campaigns.models import Gate


def portal(request: HttpRequest) -> dict[str, Any]:
    """Template context for every page; nothing is asked of the database for those who are not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"practice": settings.PRACTICE}
    return {
        "practice": settings.PRACTICE,
        "practice_phone": f"{settings.QSMS_BASE_URL}{phone_path(settings.SIMULATOR_SECRET)}"
        if settings.PRACTICE and settings.QSMS_BASE_URL
        else "",
        "role": user.role,
        "gate": Gate.objects.filter(pk=1).first(),
    }
