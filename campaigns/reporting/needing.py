"""How many things wait for somebody: asked for by every page and Home, in one query that reads a few small indexes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

# More than that is "999+" in the menu, and is not counted to its end on every page.
MOST_UNREAD = 1_000
# A run, a call of a script and a single text that is in doubt is each one thing, in however many batches.
NEEDING = """
SELECT (SELECT count(*) FROM campaigns_run WHERE status IN ('halted', 'held')),
    runs, calls, singles,
    (SELECT count(*) FROM campaigns_campaign WHERE asked_at IS NOT NULL AND status IN ('awaiting_approval', 'paused')),
    (SELECT count(*) FROM campaigns_reply WHERE reading IN ('read_as_stop', 'waits')),
    EXISTS (SELECT FROM campaigns_gate WHERE low_since IS NOT NULL),
    (SELECT count(*) FROM (SELECT FROM campaigns_conversation WHERE is_unread LIMIT %s) unread),
    EXISTS (SELECT FROM campaigns_run WHERE status = 'sending')
FROM (
    SELECT count(DISTINCT run_id) AS runs, count(DISTINCT script_call_id) FILTER (WHERE run_id IS NULL) AS calls,
        count(*) FILTER (WHERE coalesce(run_id, script_call_id) IS NULL) AS singles
    FROM campaigns_batch WHERE status = 'uncertain') doubt
"""


@dataclass(frozen=True)
class Needing:
    """How many of each: runs that stopped or wait, what is not known to have gone out, approvals, replies to be read.

    Beside them what the menu shows: how many wrote whom nobody has read, and whether texts of a campaign go out now.
    """

    stopped: int
    doubtful_runs: int
    doubtful_calls: int
    doubtful_singles: int
    to_approve: int
    replies: int
    is_low: bool
    unread: int
    is_sending: bool

    @property
    def things(self) -> int:
        """As Home lists them; a low balance is one."""
        in_doubt = self.doubtful_runs + self.doubtful_calls + self.doubtful_singles
        return self.stopped + in_doubt + self.to_approve + self.replies + self.is_low

    @property
    def unread_in_words(self) -> str:
        """Empty where there is none."""
        return f"{MOST_UNREAD - 1}+" if self.unread >= MOST_UNREAD else str(self.unread or "")


def needing_somebody() -> Needing:
    with connection.cursor() as cursor:
        cursor.execute(NEEDING, [MOST_UNREAD])
        return Needing(*cursor.fetchone())
