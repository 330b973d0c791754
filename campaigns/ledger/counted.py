"""Until when the day's figures hold all that changed: what a report is as of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection

UNTIL = "figures_counted_until"
# A batch changes many times while its reports come in, and is counted whole each time.
COUNTED_EVERY = timedelta(seconds=10)
# Mostly none of many is: as EXISTS it would be looked for in all of them, and not in the index of those that are.
ARE_WANTED = "SELECT (SELECT id FROM campaigns_batch WHERE changes <> counted ORDER BY id LIMIT 1) IS NOT NULL"
HOW_MANY = "SELECT count(*) FROM campaigns_batch WHERE changes <> counted"
# Where nobody noted it: what was never counted changed after its batch was to go, or went.
OLDEST = "SELECT min(coalesce(posted_at, not_before)) FROM campaigns_batch WHERE changes <> counted"


def are_wanted() -> bool:
    """Whether something changed since it was counted."""
    with connection.cursor() as cursor:
        cursor.execute(ARE_WANTED)
        return bool(cursor.fetchone()[0])


def is_time(now: datetime) -> bool:
    """Whether what changed has waited long enough to be counted."""
    noted: datetime | None = cache.get(UNTIL)
    return noted is None or noted <= now - COUNTED_EVERY


def how_many_wait() -> int:
    """Batches that changed since they were counted."""
    with connection.cursor() as cursor:
        cursor.execute(HOW_MANY)
        return int(cursor.fetchone()[0])


def note_counted(until: datetime) -> None:
    """All that had changed by then is counted."""
    cache.set(UNTIL, until, timeout=None)


def counted_until() -> datetime | None:
    """By when all that had changed is counted; None: up to now."""
    if not are_wanted():
        return None
    noted: datetime | None = cache.get(UNTIL)
    if noted is None:
        with connection.cursor() as cursor:
            cursor.execute(OLDEST)
            noted = cursor.fetchone()[0]
    return noted
