"""Sending again: uncertain texts are moved into new ready batches, in which a number stands once."""

# ruff: noqa: S608 - two statements begin alike; nothing that anybody typed is in them

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import connection

from campaigns.ledger.batches import close_known, new_batches, recount_moved

# Each number's first text, then each one's second: of every turn at most one batch is short.
PLACED = """
WITH texts AS (
    SELECT id, row_number() OVER (PARTITION BY phone ORDER BY id) AS turn FROM campaigns_message
    WHERE batch_id = ANY(%(old)s) AND status = 'uncertain' AND id <> ALL(%(but)s)),
slices AS (SELECT id, turn, (row_number() OVER (PARTITION BY turn ORDER BY id) - 1) / %(size)s AS slice FROM texts),
placed AS (SELECT id, dense_rank() OVER (ORDER BY turn, slice) AS place FROM slices)
"""
HOW_MANY = f"{PLACED} SELECT coalesce(max(place), 0) FROM placed"
MOVE = f"""{PLACED}
UPDATE campaigns_message m SET status = 'queued', reason = '', attempt = m.attempt + 1,
    batch_id = (%(batches)s::bigint[])[p.place]
FROM placed p WHERE m.id = p.id AND m.status = 'uncertain'
"""
# Locked in the order of their ids, as the applier and settlements do it.
LOOK_AGAIN = """
UPDATE campaigns_deliveryreport SET next_try_at = clock_timestamp()
WHERE state = 'waiting' AND id = ANY(ARRAY(
    SELECT id FROM campaigns_deliveryreport
    WHERE state = 'waiting' AND phone IN (SELECT phone FROM campaigns_message WHERE batch_id = ANY(%s))
    ORDER BY id FOR NO KEY UPDATE))
"""


def move_to_new_batches(old: list[int], but: Collection[int] = ()) -> int:
    """Move the uncertain texts, `but` these, of batches that the caller has locked into new ready ones; how many."""
    moving: dict[str, Any] = {"old": old, "but": list(but), "size": settings.QSMS_BATCH_SIZE}
    with connection.cursor() as cursor:
        cursor.execute(HOW_MANY, moving)
        (how_many,) = cursor.fetchone()
        if not how_many:
            return 0
        new = new_batches(old[0], how_many, sent_again=True)
        cursor.execute(MOVE, moving | {"batches": new})
        moved = cursor.rowcount
        recount_moved(new)
        close_known(old)
        # What waits for a message to one of these numbers is looked at before any of them is claimed.
        cursor.execute(LOOK_AGAIN, [new])
    return moved
