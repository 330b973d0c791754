"""Batches whose worker is gone: ready again where nothing was posted, else not known."""

from __future__ import annotations

from django.db import connection, transaction

from campaigns.ledger.locks import LOCK_RUN
from campaigns.maintenance.one_at_a_time import SLICE
from campaigns.sending.settle import backoff, hand_back, put_in_doubt

LEASES_OUT = """
SELECT id FROM campaigns_batch WHERE status = 'sending' AND lease_until < clock_timestamp() ORDER BY id LIMIT %s
"""
LOCK_LEASE_OUT = """
SELECT posted_at IS NOT NULL, tries, claim FROM campaigns_batch
WHERE id = %s AND status = 'sending' AND lease_until < clock_timestamp() FOR NO KEY UPDATE
"""


def end_leases() -> None:
    """Batches whose attempt has not come back: never posted means ready again, posted means not known."""
    with connection.cursor() as cursor:
        cursor.execute(LEASES_OUT, [SLICE])
        for (batch,) in cursor.fetchall():
            _end_lease(batch)


@transaction.atomic
def _end_lease(batch: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RUN, [batch])
        run = cursor.fetchone()
        cursor.execute(LOCK_LEASE_OUT, [batch])
        if (row := cursor.fetchone()) is None:
            return
        posted, tries, number = row
        if posted:
            put_in_doubt(
                batch,
                number,
                "worker_gone",
                "The program that was sending it stopped before the answer was written down.",
            )
        else:
            problem = "The program that was to send it stopped before it did."
            hand_back(batch, run[0] if run else None, problem, backoff(tries))
