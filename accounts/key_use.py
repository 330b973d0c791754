"""When and from where keys are used, and how often in a minute, counted in the database for all web processes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKey, KeyUse
from lib import room

USED_AGAIN_AFTER = timedelta(minutes=1)
# By the database's clock, which is one for all. No row comes back where the minute is full.
COUNT = """
WITH asked AS (SELECT clock_timestamp() AS at), counted AS (
    INSERT INTO accounts_keyuse AS u (api_key_id, minute, calls)
    SELECT %(key)s, date_trunc('minute', at), 1 FROM asked
    ON CONFLICT (api_key_id, minute) DO UPDATE SET calls = u.calls + 1 WHERE u.calls < %(most)s
    RETURNING 1)
SELECT EXISTS (SELECT FROM counted),
    ceil(extract(epoch FROM date_trunc('minute', at) + interval '1 minute' - at))::int FROM asked
"""


def note_use(key: ApiKey, address: str | None) -> None:
    """A write in a minute at most. On a full disk a key is good all the same: it may be the one that stops sending."""
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < USED_AGAIN_AFTER:
        return
    long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_AGAIN_AFTER)
    try:
        ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now, last_used_from=address)
    except OperationalError as error:
        if not room.is_full(error):
            raise


def count_call(key: ApiKey) -> int | None:
    """Count a call of a key with a rate; returns the seconds to wait where its minute is full, else None.

    On a full disk nothing is counted, and the call may go on.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"key": key.pk, "most": key.calls_a_minute})
            may_go_on, seconds = cursor.fetchone()
    except OperationalError as error:
        if not room.is_full(error):
            raise
        return None
    return None if may_go_on else max(1, seconds)


def forget_calls(before: datetime) -> None:
    """Take away the counts of minutes that began before that."""
    KeyUse.objects.filter(minute__lt=before).delete()
