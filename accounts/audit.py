"""The record of who did what: written in the transaction of the deed."""

from __future__ import annotations

from typing import Any

from accounts.models import ApiKey, AuditEntry, User


def record(act: str, about: str, *, user: User | None = None, api_key: ApiKey | None = None, **detail: Any) -> None:
    """Note that `act` ("campaign launched") was done to `about` ("campaign 12") by a person or a key."""
    AuditEntry.objects.create(act=act, about=about, user=user, api_key=api_key, detail=detail)
