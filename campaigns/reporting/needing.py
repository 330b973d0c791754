"""How many things wait for somebody: asked for by every page, in one query that reads a few small indexes."""

from __future__ import annotations

from django.db import connection

NEEDING = """
SELECT (SELECT count(*) FROM campaigns_run WHERE status IN ('halted', 'held'))
    + (SELECT count(*) FROM (
        SELECT DISTINCT run_id, script_call_id, CASE WHEN coalesce(run_id, script_call_id) IS NULL THEN id END
        FROM campaigns_batch WHERE status = 'uncertain') doubt)
    + (SELECT count(*) FROM campaigns_campaign
        WHERE asked_at IS NOT NULL AND status IN ('awaiting_approval', 'paused'))
    + (SELECT count(*) FROM campaigns_reply WHERE reading IN ('read_as_stop', 'waits'))
    + (SELECT count(*) FROM campaigns_gate WHERE low_since IS NOT NULL)
"""


def needing_somebody() -> int:
    """Runs that stopped or wait, what is not known to have gone out (a run, a script's call, a single text, each once),
    approvals, replies to be read, a low balance: as Home lists them.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEEDING)
        (count,) = cursor.fetchone()
        return count
