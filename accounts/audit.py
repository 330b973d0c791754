"""The record of who did what: written in the transaction of the deed, and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from accounts import deeds
from accounts.models import ApiKey, AuditEntry, User
from lib.origin import present_origin


def record(act: str, about: str, *, user: User | None = None, api_key: ApiKey | None = None, **detail: Any) -> None:
    """Note that `act` ("campaign launched") was done to `about` ("campaign 12") by a person or a key.

    `detail` holds ids and what belongs to the organisation, nothing of people: no numbers, names or addresses of mail.
    `before` and `after` in it are what was changed, a text or texts by name.
    """
    origin = present_origin()
    AuditEntry.objects.create(
        act=act,
        about=about,
        kind=deeds.kind_of(act, about),
        user=user,
        api_key=api_key,
        command=origin.command,
        address=origin.address,
        detail=detail,
    )


def forget_before(moment: datetime, most: int) -> int:
    """Take away entries from before `moment`, the oldest first, `most` at a time; returns how many went."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_forget_entries(%s, %s)", [moment, most])
        return int(cursor.fetchone()[0])
