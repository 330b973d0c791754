"""A call has a mobile once: an answer says of a mobile what became of it, never of which of two texts.

Batches are cut so when they are made. What is in one twice all the same is taken apart under the claim, before anything
is posted.
"""

from __future__ import annotations

from django.db import connection, transaction

from campaigns.ledger.batches import new_batches, recount_moved
from campaigns.ledger.locks import LOCK_CLAIM, LOCK_RUN

SET_APART = """
UPDATE campaigns_message m SET batch_id = %(new)s
FROM (
    SELECT id, row_number() OVER (PARTITION BY phone ORDER BY id) AS nth
    FROM campaigns_message WHERE batch_id = %(batch)s AND status = 'queued') n
WHERE m.id = n.id AND n.nth > 1 AND m.batch_id = %(batch)s
RETURNING m.id
"""
# What was claimed with the batch and is posted with another is spent by that one.
GIVE_BACK = """
UPDATE campaigns_gate g SET spent = greatest(g.spent - b.cost, 0), spent_since = greatest(g.spent_since - b.cost, 0)
FROM campaigns_batch b WHERE b.id = %s AND g.id = 1
"""


@transaction.atomic
def set_apart(batch: int, claim: int) -> set[int] | None:
    """Leave one text a number in a claimed batch; the ids of the others, which a new ready batch has now.

    None where the claim was lost. If this does not commit, the lease runs out and whoever claims it next does it again.
    What is in the batch three times is taken apart once more when the new one is claimed.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RUN, [batch])
        cursor.execute(LOCK_CLAIM, [batch, claim])
        if cursor.fetchone() is None:
            return None
        (new,) = new_batches(batch, sent_again=False)
        cursor.execute(SET_APART, {"batch": batch, "new": new})
        moved = {row[0] for row in cursor.fetchall()}
        recount_moved([batch, new])
        cursor.execute(GIVE_BACK, [new])
        return moved
