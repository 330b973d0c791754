"""The locks of those who write what came of texts: run, batches, messages, in this order and by their ids."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

LOCK_RUN = "SELECT status FROM campaigns_run WHERE id = (SELECT run_id FROM campaigns_batch WHERE id = %s) FOR SHARE"
# No row: the claim with this number is over, and another attempt may have the batch.
LOCK_CLAIM = "SELECT 1 FROM campaigns_batch WHERE id = %s AND claim = %s AND status = 'sending' FOR NO KEY UPDATE"


def lock_batches(batches: Iterable[int]) -> None:
    """Lock these batches' rows, in the order of their ids; inside a transaction, before their messages change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM campaigns_batch WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(batches))]
        )
