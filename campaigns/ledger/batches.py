"""What is true of a batch once all its texts are known."""

from __future__ import annotations

from django.db import connection

from campaigns.ledger.tallies import recount

CLOSE = """
UPDATE campaigns_batch SET status = 'settled', settled_at = clock_timestamp()
WHERE id = ANY(%s) AND status = 'uncertain' AND NOT tally ? 'uncertain'
"""


def close_known(batches: list[int]) -> None:
    """Settle batches, locked by the caller, that have nothing uncertain any more."""
    recount(batches)
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [batches])
