"""Reports are applied in bulk, one applier at a time: found, locked, moved, recounted and marked in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction

from campaigns.delivery.binding import COLUMNS, Binding, Taken, find
from campaigns.delivery.moving import move_reports
from campaigns.delivery.teaching import teach
from campaigns.delivery.together import place_together, with_companions
from campaigns.ledger.batches import close_known
from campaigns.ledger.locks import lock_batches
from campaigns.models import DeliveryReport
from lib.prepared import in_binary

log = logging.getLogger(__name__)

APPLIER_LOCK = 7_301_001
BULK = 2_000

# By what is marked, never by a number up to which all is done: reports commit in any order. What waits may not keep
# out what is new, nor the other way round.
TAKE = f"""
SELECT * FROM (
    (SELECT {COLUMNS} FROM campaigns_deliveryreport WHERE state = 'new' ORDER BY id LIMIT %(limit)s)
    UNION ALL
    (SELECT {COLUMNS} FROM campaigns_deliveryreport
        WHERE state = 'waiting' AND next_try_at <= statement_timestamp() ORDER BY next_try_at LIMIT %(limit)s)) r
ORDER BY received_at, id
"""  # noqa: S608
WAIT = """
SELECT EXISTS (
    SELECT 1 FROM (SELECT received_at FROM campaigns_deliveryreport WHERE state = 'new' ORDER BY id LIMIT 1) r
    WHERE r.received_at <= statement_timestamp() - %(since)s
) OR EXISTS (
    SELECT 1 FROM campaigns_deliveryreport WHERE state = 'waiting' AND next_try_at <= statement_timestamp() - %(since)s)
"""
BATCHES_NOW = "SELECT id, batch_id FROM campaigns_message WHERE id = ANY(%b)"
# A settlement makes waiting reports due at once: both lock them in the order of their ids, or they could deadlock.
LOCK_WAITING = """
SELECT id FROM campaigns_deliveryreport
WHERE id = ANY(%(waited)b) AND received_at BETWEEN %(oldest)s AND %(newest)s ORDER BY id FOR NO KEY UPDATE
"""
# The oldest and the newest are named, so that only the months between them are looked at. Of a bulk that is halved one
# half may have placed some of the other. The state is hidden in a function, so that rows are found by their ids: the
# indexes of what is new or waits are full of all that did since the last vacuum.
MARK = """
UPDATE campaigns_deliveryreport d SET
    state = r.state, message_id = r.message, bound = r.bound, next_try_at = coalesce(r.next_try_at, d.next_try_at),
    applied_at = CASE WHEN r.state = 'applied' THEN clock_timestamp() END, tries = d.tries + 1
FROM unnest(%(ids)b::bigint[], %(received)b::timestamptz[], %(states)b::varchar[], %(messages)b::bigint[],
    %(bounds)b::varchar[], %(next)b::timestamptz[]) AS r(id, received_at, state, message, bound, next_try_at)
WHERE d.id = r.id AND d.received_at = r.received_at AND d.received_at BETWEEN %(oldest)s AND %(newest)s
    AND d.id = ANY(%(ids)b) AND coalesce(d.state, '') IN ('new', 'waiting')
"""
COUNT_UNMAPPED = """
INSERT INTO campaigns_unmappeddescription AS u (description, code, count, first_at, last_at)
SELECT description, code, count(*), min(at), max(at)
FROM unnest(%s::varchar[], %s::varchar[], %s::timestamptz[]) AS r(description, code, at)
GROUP BY description, code ORDER BY description, code
ON CONFLICT (description, code) DO UPDATE SET
    count = u.count + excluded.count, last_at = greatest(u.last_at, excluded.last_at)
"""


def apply_waiting(limit: int = BULK) -> int:
    """Apply up to `limit` new reports and as many that are due again; returns how many were looked at.

    One applier works at a time; a second one returns 0 at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [APPLIER_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        taken = [Taken(*row) for row in in_binary(TAKE, {"limit": limit}).fetchall()]
        if taken:
            _apply_or_halve(taken)
        return len(taken)


def reports_wait(since: timedelta = timedelta()) -> bool:
    """Whether there is a report that is to be looked at, and was `since` ago."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, {"since": since})
        return cursor.fetchone()[0]


def _apply_or_halve(taken: list[Taken]) -> None:
    """Apply these, or find the one that cannot be applied and set it aside with its error."""
    try:
        with transaction.atomic():
            _apply(taken)
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            raise
        if len(taken) == 1:
            log.exception("A delivery report was set aside.")
            DeliveryReport.objects.filter(pk=taken[0].id, received_at=taken[0].received_at).update(
                state=DeliveryReport.State.FAILED, error=f"{type(error).__name__}: {error}"[:300]
            )
            return
        middle = len(taken) // 2
        _apply_or_halve(taken[:middle])
        _apply_or_halve(taken[middle:])


def _apply(taken: list[Taken]) -> None:
    bindings = find(taken)
    taken = with_companions(taken, bindings)
    batches = set(place_together(taken, bindings).values())
    batches |= {one.batch for one in bindings.values() if one.batch is not None}
    if batches:
        lock_batches(batches)
        proved = _look_again(taken, bindings, batches)
        teach(move_reports([(one, bindings[one.id]) for one in taken if bindings[one.id].message is not None], proved))
        close_known(list(batches))
    _mark(taken, bindings)
    _count_unmapped(taken)


def _look_again(taken: list[Taken], bindings: dict[int, Binding], locked: Collection[int]) -> Collection[int]:
    """Between finding and locking a reply may have been written; what is found now is what is there.

    A message that an id means goes on being meant by it: only its batch may be another one. What else a report means
    is found anew. Whose batch is not locked stays new. Returns the messages that several reports prove together.
    """
    by_id = [one for one in taken if bindings[one.id].bound == DeliveryReport.Bound.BY_ID]
    otherwise = [one for one in taken if bindings[one.id].bound != DeliveryReport.Bound.BY_ID]
    if otherwise:
        bindings.update(find(otherwise))
    proved = place_together(otherwise, bindings, locked)
    in_a_batch_not_locked = {one.id for one in otherwise if bindings[one.id].batch not in {*locked, None}}
    for pk in in_a_batch_not_locked | _moved_to_another_batch(by_id, bindings):
        bindings[pk] = Binding(DeliveryReport.State.NEW)
    return proved


def _moved_to_another_batch(by_id: list[Taken], bindings: dict[int, Binding]) -> set[int]:
    """Those of these reports whose message is no longer in the batch in which it was found."""
    if not by_id:
        return set()
    # By their ids alone: a list that is joined had the planner read all messages, while they are few.
    now: dict[Any, int] = dict(in_binary(BATCHES_NOW, [[bindings[one.id].message for one in by_id]]).fetchall())
    return {one.id for one in by_id if now.get(bindings[one.id].message) != bindings[one.id].batch}


def _mark(taken: list[Taken], bindings: dict[int, Binding]) -> None:
    placed: list[Any] = [(one, bindings[one.id]) for one in taken]
    received = [one.received_at for one in taken]
    marks: dict[str, Any] = {
        "ids": [one.id for one in taken],
        "waited": [one.id for one in taken if one.tries],
        "received": received,
        "states": [str(binding.state) for _, binding in placed],
        "messages": [binding.message for _, binding in placed],
        "bounds": [str(binding.bound) for _, binding in placed],
        "next": [binding.next_try_at for _, binding in placed],
        "oldest": min(received),
        "newest": max(received),
    }
    if marks["waited"]:
        in_binary(LOCK_WAITING, marks)
    in_binary(MARK, marks)


def _count_unmapped(taken: list[Taken]) -> None:
    """Words that no row of the table knows are counted once for each report, when it is first looked at."""
    unmapped = [one for one in taken if one.reason == "unknown" and not one.tries]
    if unmapped:
        with connection.cursor() as cursor:
            cursor.execute(
                COUNT_UNMAPPED,
                [
                    [one.description for one in unmapped],
                    [one.code for one in unmapped],
                    [one.received_at for one in unmapped],
                ],
            )
