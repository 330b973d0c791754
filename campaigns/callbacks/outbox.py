"""The rows of the outbox: whose turn it is to post them, which are due, what came of them. By the database's clock.

A turn is held by a lease, and only who holds it posts: so no row has to be written before it is posted, and of a killed
task just what was under way is posted again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from campaigns.callbacks.payload import DueCallback
from campaigns.models import Callback, CallbackReceiver

TRIED_FOR = timedelta(hours=24)
BACKOFF_FIRST = timedelta(seconds=5)
BACKOFF_LONGEST = timedelta(hours=1)
SLICE = 5_000

NO_WAITING = "SET LOCAL synchronous_commit = off"
IS_DUE = """
EXISTS (SELECT 1 FROM campaigns_callback c
    WHERE c.api_key_id = k.id AND c.status = 'pending' AND c.next_try_at <= clock_timestamp())
"""
WANTED = f"""
SELECT NOT EXISTS (SELECT 1 FROM campaigns_callbackposter WHERE until > clock_timestamp())
    AND EXISTS (SELECT 1 FROM accounts_apikey k LEFT JOIN campaigns_callbackreceiver r ON r.api_key_id = k.id
        WHERE (r.rests_until IS NULL OR r.rests_until <= clock_timestamp()) AND {IS_DUE})
"""  # noqa: S608
KEYS = f"""
SELECT k.id, k.callback_url,
    k.callback_url <> '' AND k.revoked_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > clock_timestamp())
        AND coalesce(u.is_active, true),
    coalesce(r.strikes, 0), coalesce(r.rests, 0), coalesce(r.rests_until > clock_timestamp(), false)
FROM accounts_apikey k LEFT JOIN campaigns_callbackreceiver r ON r.api_key_id = k.id
    LEFT JOIN accounts_user u ON u.id = k.owner_id
WHERE {IS_DUE} ORDER BY k.id
"""  # noqa: S608
BEGIN_TURN = """
INSERT INTO campaigns_callbackposter AS p (id, turn, until) VALUES (1, 1, clock_timestamp() + %(lease)s)
ON CONFLICT (id) DO UPDATE SET turn = p.turn + 1, until = excluded.until WHERE p.until <= clock_timestamp()
RETURNING turn
"""
GO_ON = """
UPDATE campaigns_callbackposter SET until = clock_timestamp() + %(lease)s WHERE id = 1 AND turn = %(turn)s
"""
END_TURN = "UPDATE campaigns_callbackposter SET until = clock_timestamp() WHERE id = 1 AND turn = %s"
# Of a text the first that waits is taken, the next ones when that has ended.
DUE = """
SELECT t.*, m.phone, m.network, coalesce(m.posted_at, b.posted_at), m.delivered_at, s.name, g.reference
FROM (
    SELECT c.id, c.message, c.reply, c.event, c.reason, c.detail, c.at FROM campaigns_callback c
    WHERE c.api_key_id = %(key)s AND c.status = 'pending' AND c.next_try_at <= clock_timestamp()
        AND c.id <> ALL(%(in_hand)s)
        AND (c.message IS NULL OR NOT EXISTS (SELECT 1 FROM campaigns_callback e
            WHERE e.message = c.message AND e.status = 'pending' AND e.id < c.id))
    ORDER BY c.next_try_at LIMIT %(most)s) t
    LEFT JOIN campaigns_message m ON m.id = t.message LEFT JOIN campaigns_batch b ON b.id = m.batch_id
    LEFT JOIN campaigns_sender s ON s.id = b.sender_id LEFT JOIN campaigns_givenreference g ON g.message_id = m.id
ORDER BY t.id
"""
WRITE = """
UPDATE campaigns_callback c SET
    status = CASE WHEN r.status <> 'pending' THEN r.status
        WHEN clock_timestamp() - c.first_try_at >= %(tried_for)s THEN 'given_up' ELSE 'pending' END,
    tries = c.tries + 1, first_try_at = coalesce(c.first_try_at, clock_timestamp()),
    answer = r.answer, answered_at = clock_timestamp(),
    next_try_at = clock_timestamp() + least(%(first)s * 2 ^ least(c.tries, 20), %(longest)s)
FROM unnest(%(ids)s::bigint[], %(statuses)s::varchar[], %(answers)s::varchar[]) AS r(id, status, answer)
WHERE c.id = r.id AND c.status = 'pending'
"""
DROP = """
UPDATE campaigns_callback SET status = 'dropped', answer = %s WHERE id IN (
    SELECT id FROM campaigns_callback WHERE api_key_id = %s AND status = 'pending' LIMIT %s FOR UPDATE SKIP LOCKED)
"""
# What waited for a receiver that took nothing for a whole day need not have been tried itself.
GIVE_UP = """
UPDATE campaigns_callback SET status = 'given_up', answer = 'Its receiver took nothing for a day.' WHERE id IN (
    SELECT c.id FROM campaigns_callback c JOIN campaigns_callbackreceiver r ON r.api_key_id = c.api_key_id
    WHERE c.api_key_id = %(key)s AND c.status = 'pending' AND c.next_try_at <= clock_timestamp()
        AND greatest(c.at, r.failing_since) <= clock_timestamp() - %(tried_for)s
    LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED)
"""


class KeyOfTurn(NamedTuple):
    """A key for which something is due, in the order of the columns of `KEYS`."""

    key: int
    url: str
    is_told: bool
    strikes: int
    rests: int
    is_resting: bool


class Outcome(NamedTuple):
    """What a try came to. `status` is `pending` where it is to be tried again."""

    id: int
    status: str
    answer: str


def is_wanted() -> bool:
    """Whether something is due of a receiver that does not rest, and nobody posts."""
    return bool(_one(WANTED))


def begin_turn(lease: timedelta) -> int | None:
    """The turn's number; None: another one posts."""
    return _one(BEGIN_TURN, {"lease": lease})


def go_on(turn: int, lease: timedelta) -> bool:
    """Hold the turn longer; False: somebody else has taken it meanwhile."""
    return _run(GO_ON, {"turn": turn, "lease": lease}) == 1


def end_turn(turn: int) -> None:
    _run(END_TURN, [turn])


def keys_with_due() -> list[KeyOfTurn]:
    with connection.cursor() as cursor:
        cursor.execute(KEYS)
        return [KeyOfTurn(*row) for row in cursor.fetchall()]


def due(key: int, most: int, in_hand: Collection[int] = ()) -> list[DueCallback]:
    """Up to `most` of the key's events that are due and not `in_hand`, none of which waits for another of its text."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"key": key, "most": most, "in_hand": list(in_hand)})
        return [DueCallback(*row) for row in cursor.fetchall()]


def write_down(outcomes: Sequence[Outcome]) -> None:
    """What the tries came to; of what is not waiting any more nothing."""
    # In one order, whoever writes: two would otherwise wait for each other.
    columns = list(zip(*sorted(outcomes), strict=True))
    values: dict[str, Any] = dict(zip(("ids", "statuses", "answers"), map(list, columns), strict=True))
    _run(WRITE, values | {"tried_for": TRIED_FOR, "first": BACKOFF_FIRST, "longest": BACKOFF_LONGEST})


def drop_all(key: int, why: str) -> None:
    """Nobody is to be told any more."""
    while _run(DROP, [why, key, SLICE]) == SLICE:
        pass


def give_up_what_waited(key: int) -> None:
    """What has waited for a day for a receiver that took nothing in all that time."""
    while _run(GIVE_UP, {"key": key, "tried_for": TRIED_FOR, "most": SLICE}) == SLICE:
        pass


def send_again(given_up: Sequence[int], key: int) -> int:
    """Have these of the key tried for another day, at once; returns how many were given up and are not any more."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
        rows = Callback.objects.filter(pk__in=given_up, api_key=key, status=Callback.Status.GIVEN_UP)
        again = rows.update(status=Callback.Status.PENDING, tries=0, first_try_at=None, next_try_at=now)
        if again:
            CallbackReceiver.objects.filter(api_key=key).delete()
        return again


def _one(statement: str, values: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
        return row[0] if row else None


def _run(statement: str, values: Any) -> int:
    """Not waiting for the disk: what a crash would lose of it is posted again, and the disk is there for claims."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NO_WAITING)
        cursor.execute(statement, values)
        return cursor.rowcount
