"""When somebody was last here."""

from __future__ import annotations

from datetime import timedelta

from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from lib import room

SEEN_AGAIN_AFTER = timedelta(minutes=5)


def note_seen(user: User) -> None:
    """A write in five minutes at most. On a full disk pages open all the same."""
    now = timezone.now()
    if user.last_seen_at is not None and now - user.last_seen_at < SEEN_AGAIN_AFTER:
        return
    long_ago = Q(last_seen_at=None) | Q(last_seen_at__lte=now - SEEN_AGAIN_AFTER)
    try:
        User.objects.filter(long_ago, pk=user.pk).update(last_seen_at=now)
    except OperationalError as error:
        if not room.is_full(error):
            raise
