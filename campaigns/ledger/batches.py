"""Batches that take over texts of others, and what is true of a batch once all its texts are known."""

from __future__ import annotations

from django.db import connection

from campaigns.ledger.tallies import recount

CLOSE = """
UPDATE campaigns_batch SET status = 'settled', settled_at = clock_timestamp()
WHERE id = ANY(%s) AND status = 'uncertain' AND NOT tally ? 'uncertain'
"""
NEW = """
INSERT INTO campaigns_batch (run_id, api_key_id, script_call_id, not_after, sender_id, kind, status, size, claim,
    not_before, tries, problem, tally, left_out, failures, parts, cost, is_resend)
SELECT run_id, api_key_id, script_call_id, not_after, sender_id, kind, 'ready', 0, 0,
    clock_timestamp(), {tries}, '', '{{}}', '{{}}', '{{}}', 0, 0, {is_resend}
FROM campaigns_batch, generate_series(1, %(how_many)s) WHERE id = %(like)s RETURNING id
"""
NEW_AS_IT_WAS = NEW.format(tries="tries - 1", is_resend="is_resend")
NEW_TO_SEND_AGAIN = NEW.format(tries="0", is_resend="true")
SIZES = """
UPDATE campaigns_batch SET size = (SELECT coalesce(sum(v::int), 0) FROM jsonb_each_text(tally) t(k, v))
WHERE id = ANY(%s)
"""


def close_known(batches: list[int]) -> None:
    """Settle batches, locked by the caller, that have nothing uncertain any more."""
    recount(batches)
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [batches])


def new_batches(like: int, how_many: int = 1, *, sent_again: bool) -> list[int]:
    """Ready batches without texts beside the batch `like`, in the order of their ids.

    For texts that are `sent_again`, or for some that were claimed as part of it and have not been posted: those are as
    often tried as they were before the claim.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEW_TO_SEND_AGAIN if sent_again else NEW_AS_IT_WAS, {"how_many": how_many, "like": like})
        return sorted(row[0] for row in cursor.fetchall())


def recount_moved(batches: list[int]) -> None:
    """Rebuild tallies and sizes of batches, locked by the caller, between which texts were moved."""
    recount(batches)
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [batches])
