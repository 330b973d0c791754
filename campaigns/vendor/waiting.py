"""A call waits for what the sending workers make of its texts, outside of any transaction."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection

from campaigns.vendor.room import room_to_wait

LONGEST_WAIT = timedelta(seconds=20)
FIRST_LOOK, LAST_LOOK = 0.02, 0.25

# Nothing of it is under way any more, or nothing will be soon: sending is stopped, halted or rests.
IS_OVER = """
SELECT NOT EXISTS (SELECT 1 FROM campaigns_batch b WHERE b.script_call_id = %(call)s AND b.status = 'sending')
    AND (g.stopped_at IS NOT NULL OR g.halted_at IS NOT NULL OR g.open_until > clock_timestamp() OR NOT EXISTS (
        SELECT 1 FROM campaigns_batch b JOIN campaigns_sender s ON s.id = b.sender_id
        WHERE b.script_call_id = %(call)s AND b.status = 'ready' AND s.halted_at IS NULL))
FROM campaigns_gate g WHERE g.id = 1
"""


def wait_for(call: int) -> None:
    """Until it is known what became of all its texts, or nothing of it will go soon; 20 seconds at most.

    Not at all where as many wait as may.
    """
    with room_to_wait() as may_wait:
        until, pause = time.monotonic() + LONGEST_WAIT.total_seconds(), FIRST_LOOK
        while may_wait and not _is_over(call) and time.monotonic() < until:
            time.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK)


def _is_over(call: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(IS_OVER, {"call": call})
        row = cursor.fetchone()
    return row is None or bool(row[0])
