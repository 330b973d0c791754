"""What scripts have dated: from its date on it is among what may be claimed."""

from __future__ import annotations

from django.db import connection

from campaigns.maintenance.one_at_a_time import SLICE, only_tick

MAKE_READY = """
UPDATE campaigns_batch SET status = 'ready' WHERE status = 'waiting' AND id = ANY(ARRAY(
    SELECT id FROM campaigns_batch WHERE status = 'waiting' AND not_before <= clock_timestamp()
    ORDER BY not_before LIMIT %s FOR NO KEY UPDATE SKIP LOCKED))
"""


def make_due_texts_ready() -> int:
    """Returns of how many batches; where it is as many as a slice, more may be due."""
    with only_tick() as mine, connection.cursor() as cursor:
        if not mine:
            return 0
        cursor.execute(MAKE_READY, [SLICE])
        return cursor.rowcount
