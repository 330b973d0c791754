"""The columns in which a campaign keeps where its approval stands. Whoever writes them takes them from here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings


def asked(now: datetime) -> dict[str, Any]:
    """Approval is asked for: managers are to be told of it, and of an earlier decision nobody is told any more."""
    return {"asked_at": now, "told_at": None, "mail_tried_at": None, "author_untold": False, "returned_with": ""}


def not_asked() -> dict[str, Any]:
    """Nobody is asked any more: it was taken back, changed or cancelled. A comment with which it came back stays."""
    return {"asked_at": None}


def decided(returned_with: str = "") -> dict[str, Any]:
    """It was approved, or returned with that comment: its authors are to be told where there is mail."""
    return {
        "asked_at": None,
        "mail_tried_at": None,
        "author_untold": bool(settings.EMAIL_URL),
        "returned_with": returned_with,
    }


def not_needed() -> dict[str, Any]:
    """It was changed and goes on without a second person: nothing that was approved or said before holds."""
    return {
        "asked_at": None,
        "returned_with": "",
        "approved_version": None,
        "approved_people": None,
        "approved_cost": None,
        "approved_terms": {},
        "approved_parts": None,
        "approved_until": None,
    }
