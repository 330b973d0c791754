"""Delivery reports: stored before they are answered, applied in bulk, only ever forward.

A report means a message by the gateway's id and the phone together; where no message has the id, by the phone, if
there is exactly one text of ours that it can mean and that text's call is over. What cannot be placed yet waits.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from campaigns.gateway.loose import storable
from campaigns.gateway.reports import Outcome, Report, read_report
from campaigns.models import DeliveryReport, Message
from campaigns.tallies import lock_batches, recount
from contacts import suppressing

log = logging.getLogger(__name__)

APPLIER_LOCK = 7_301_001
BULK = 2_000
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
RETRY_HOURLY = timedelta(hours=1)

STORE = """
INSERT INTO campaigns_deliveryreport (received_at, body, gateway_id, phone, code, description, outcome, sender, state,
    next_try_at, tries, bound, error)
SELECT clock_timestamp(), body, coalesce(gateway_id, ''), coalesce(phone, ''), coalesce(code, ''),
    coalesce(description, ''), coalesce(outcome, ''), coalesce(sender, ''), state, clock_timestamp(), 0, '', ''
FROM jsonb_to_recordset(%s::jsonb) AS r(body jsonb, gateway_id varchar, phone varchar, code varchar,
    description varchar, outcome varchar, sender varchar, state varchar)
"""

TAKE = """
SELECT id, body, gateway_id, phone, sender, received_at, tries FROM campaigns_deliveryreport
WHERE state = 'new' OR (state = 'waiting' AND next_try_at <= clock_timestamp())
ORDER BY id LIMIT %s
"""

# By id and by phone in one statement, so that a reply that is written meanwhile is seen by both or by neither. A
# message whose id is not known can be meant if it was posted before the report came, by the sender that it names.
FIND = """
SELECT r.id, by_id.id, by_id.batch_id, other.id IS NOT NULL, meant.ids, meant.batches, meant.open
FROM unnest(%(ids)s::bigint[], %(gateway_ids)s::varchar[], %(phones)s::varchar[], %(senders)s::varchar[],
    %(received)s::timestamptz[]) AS r(id, gateway_id, phone, sender, received_at)
LEFT JOIN LATERAL (
    SELECT m.id, m.batch_id FROM campaigns_message m
    WHERE r.gateway_id <> '' AND m.phone = r.phone AND m.gateway_id = r.gateway_id
    ORDER BY m.id DESC LIMIT 1) by_id ON true
LEFT JOIN LATERAL (
    SELECT g.id FROM campaigns_givenid g
    WHERE by_id.id IS NULL AND r.gateway_id <> '' AND g.gateway_id = r.gateway_id LIMIT 1) other ON true
LEFT JOIN LATERAL (
    SELECT array_agg(c.id) AS ids, array_agg(c.batch_id) AS batches, bool_or(c.open) AS open FROM (
        SELECT m.id, m.batch_id, m.status = 'queued' AND b.status = 'sending' AS open
        FROM campaigns_message m
        JOIN campaigns_batch b ON b.id = m.batch_id
        LEFT JOIN campaigns_sender s ON s.id = b.sender_id
        WHERE by_id.id IS NULL AND m.phone = r.phone AND r.phone <> ''
            AND (r.sender = '' OR s.name IS NULL OR s.name = r.sender)
            AND coalesce(m.posted_at, b.posted_at) BETWEEN r.received_at - %(timeout)s AND r.received_at
            AND ((m.gateway_id = '' AND m.status IN ('uncertain', 'accepted', 'unknown'))
                OR (m.attempt > 1 AND m.status IN ('queued', 'uncertain', 'accepted', 'unknown'))
                OR (m.status = 'queued' AND b.status = 'sending' AND b.posted_at IS NOT NULL))
        ORDER BY m.id DESC LIMIT 2) c) meant ON true
"""

MOVE = """
UPDATE campaigns_message m SET
    status = r.outcome, reason = r.reason, detail = r.detail,
    network = coalesce(nullif(r.network, ''), m.network),
    gateway_id = CASE WHEN m.gateway_id = '' THEN r.gateway_id ELSE m.gateway_id END,
    accepted_at = coalesce(m.accepted_at, m.posted_at, clock_timestamp()),
    delivered_at = CASE WHEN r.outcome = 'delivered' THEN r.at END
FROM unnest(%(messages)s::bigint[], %(outcomes)s::varchar[], %(reasons)s::varchar[], %(details)s::varchar[],
    %(networks)s::varchar[], %(gateway_ids)s::varchar[], %(at)s::timestamptz[])
    AS r(message, outcome, reason, detail, network, gateway_id, at)
WHERE m.id = r.message AND m.status = ANY(%(before)s)
RETURNING m.id
"""

PROVE = """
UPDATE campaigns_message m SET
    status = CASE WHEN m.status IN ('uncertain', 'queued') THEN 'accepted' ELSE m.status END,
    reason = CASE WHEN m.status = 'uncertain' THEN '' ELSE m.reason END,
    gateway_id = r.gateway_id, accepted_at = coalesce(m.accepted_at, m.posted_at)
FROM unnest(%(messages)s::bigint[], %(gateway_ids)s::varchar[]) AS r(message, gateway_id)
WHERE m.id = r.message AND (m.gateway_id = '' AND m.status IN ('uncertain', 'accepted', 'unknown')
    -- Of one that is to be sent again the first try is proved: it is not posted any more.
    OR m.status = 'queued' AND m.attempt > 1)
"""

KEEP_IDS = """
INSERT INTO campaigns_givenid (gateway_id, message_id)
SELECT gateway_id, message FROM unnest(%s::varchar[], %s::bigint[]) AS r(gateway_id, message) WHERE gateway_id <> ''
"""

SETTLE_KNOWN = """
UPDATE campaigns_batch SET status = 'settled', settled_at = clock_timestamp()
WHERE id = ANY(%s) AND status = 'uncertain' AND NOT tally ? 'uncertain'
"""

MARK = """
UPDATE campaigns_deliveryreport d SET
    state = r.state, message_id = r.message, bound = r.bound, next_try_at = coalesce(r.next_try_at, d.next_try_at),
    applied_at = CASE WHEN r.state = 'applied' THEN clock_timestamp() END, tries = d.tries + 1
FROM unnest(%(ids)s::bigint[], %(states)s::varchar[], %(messages)s::bigint[], %(bounds)s::varchar[],
    %(next)s::timestamptz[], %(received)s::timestamptz[]) AS r(id, state, message, bound, next_try_at, received_at)
WHERE d.id = r.id AND d.received_at = r.received_at
"""

COUNT_UNMAPPED = """
INSERT INTO campaigns_unmappeddescription AS u (description, code, count, first_at, last_at)
SELECT description, code, count(*), min(at), max(at)
FROM unnest(%s::varchar[], %s::varchar[], %s::timestamptz[]) AS r(description, code, at)
GROUP BY description, code ORDER BY description, code
ON CONFLICT (description, code) DO UPDATE SET count = u.count + excluded.count, last_at = excluded.last_at
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One stored report that is to be applied."""

    id: int
    report: Report
    gateway_id: str
    phone: str
    sender: str
    received_at: datetime
    tries: int


@dataclass(slots=True)
class Verdict:
    """What becomes of one report: its state, and the message and batch that it means."""

    state: str
    message: int | None = None
    batch: int | None = None
    bound: str = ""
    next_try_at: datetime | None = None


def store(bodies: Sequence[Any]) -> None:
    """Keep reports as they came, committed when this returns; what is no report is kept as unreadable."""
    told = json.dumps([_row(body) for body in bodies])
    connection.ensure_connection()
    # Not by Django's cursor: the server keeps the plan of this one statement, which takes longer to make than to do.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(STORE, [told], prepare=True)


def apply_waiting(limit: int = BULK) -> int:
    """Apply up to `limit` of the reports that are new or due again; returns how many were looked at.

    One applier works at a time; a second one returns 0 at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [APPLIER_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(TAKE, [limit])
        taken = [_taken(row) for row in cursor.fetchall()]
        if taken:
            _apply_or_halve(taken)
        return len(taken)


def try_again_for(phones: Iterable[str]) -> None:
    """Look again soon at reports that wait for a message to one of these numbers: its call has just ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_deliveryreport SET next_try_at = clock_timestamp() "
            "WHERE state = 'waiting' AND phone = ANY(%s)",
            [list(phones)],
        )


def _row(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {"body": storable(json.dumps(body)), "state": DeliveryReport.State.UNREADABLE}
    report = read_report(body)
    return {
        "body": storable(body),
        "gateway_id": report.message_id[:64],
        "phone": report.phone[:15],
        "code": report.code[:10],
        "description": report.description[:100].replace("\0", ""),
        "outcome": report.outcome.value,
        "sender": report.sender[:20],
        "state": DeliveryReport.State.NEW,
    }


def _taken(row: tuple[Any, ...]) -> Taken:
    pk, body, gateway_id, phone, sender, received_at, tries = row
    body = json.loads(body) if isinstance(body, str) else body
    return Taken(pk, read_report(body), gateway_id, phone, sender, received_at, tries)


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
            DeliveryReport.objects.filter(pk=taken[0].id).update(
                state=DeliveryReport.State.FAILED, error=type(error).__name__
            )
            return
        middle = len(taken) // 2
        _apply_or_halve(taken[:middle])
        _apply_or_halve(taken[middle:])


def _apply(taken: list[Taken]) -> None:
    verdicts = _find(taken)
    batches = {one.batch for one in verdicts.values() if one.batch is not None}
    if batches:
        lock_batches(batches)
        # Between finding and locking a reply may have been written; what is found now is what is there.
        verdicts = _find(taken)
        batches = {one.batch for one in verdicts.values() if one.batch in batches}
        for one in verdicts.values():
            if one.batch is not None and one.batch not in batches:
                one.state, one.message, one.batch = DeliveryReport.State.NEW, None, None
    _move([(one, verdicts[one.id]) for one in taken if verdicts[one.id].message is not None])
    if batches:
        recount(batches)
        with connection.cursor() as cursor:
            cursor.execute(SETTLE_KNOWN, [list(batches)])
    received = {one.id: one.received_at for one in taken}
    _mark(verdicts, received)
    _count_unmapped(taken)


def _find(taken: list[Taken]) -> dict[int, Verdict]:
    with connection.cursor() as cursor:
        cursor.execute(
            FIND,
            {
                "ids": [one.id for one in taken],
                "gateway_ids": [one.gateway_id for one in taken],
                "phones": [one.phone for one in taken],
                "senders": [one.sender for one in taken],
                "received": [one.received_at for one in taken],
                "timeout": settings.QSMS_REPORT_TIMEOUT,
            },
        )
        by_id = {one.id: one for one in taken}
        return {row[0]: _verdict(by_id[row[0]], *row[1:]) for row in cursor.fetchall()}


def _verdict(
    one: Taken,
    message: int | None,
    batch: int | None,
    known_elsewhere: bool,
    meant: list[int] | None,
    meant_batches: list[int] | None,
    call_open: bool | None,
) -> Verdict:
    state = DeliveryReport.State
    if message is not None:
        return Verdict(state.APPLIED, message, batch, DeliveryReport.Bound.BY_ID)
    if known_elsewhere:
        return Verdict(state.CONFLICT)
    if meant and meant_batches and len(meant) == 1 and not call_open:
        return Verdict(state.APPLIED, meant[0], meant_batches[0], DeliveryReport.Bound.BY_PHONE)
    next_try_at = _next_try(one)
    if next_try_at > one.received_at + settings.QSMS_REPORT_TIMEOUT:
        return Verdict(state.UNMATCHED)
    return Verdict(state.WAITING, next_try_at=next_try_at)


def _next_try(one: Taken) -> datetime:
    """When a report that means no message yet is looked at again: 1, 6, 36 minutes after it came, then hourly."""
    waits = RETRY_AFTER[: one.tries + 1]
    return one.received_at + sum(waits, timedelta()) + RETRY_HOURLY * max(0, one.tries + 1 - len(RETRY_AFTER))


def _move(bound: list[tuple[Taken, Verdict]]) -> None:
    """Apply final outcomes, the first received for each message, and let interim ones prove that it was accepted."""
    final: dict[int, tuple[Taken, Verdict]] = {}
    interim: dict[int, str] = {}
    for one, verdict in bound:
        assert verdict.message is not None
        if one.report.outcome == Outcome.INTERIM:
            interim.setdefault(verdict.message, one.gateway_id)
        else:
            final.setdefault(verdict.message, (one, verdict))
    with connection.cursor() as cursor:
        if interim:
            cursor.execute(PROVE, {"messages": list(interim), "gateway_ids": list(interim.values())})
        for outcome in (Outcome.DELIVERED, Outcome.UNDELIVERED):
            these = {message: one for message, (one, _) in final.items() if one.report.outcome == outcome}
            if these:
                _move_to(outcome, these)
        if learnt := [(one, verdict) for one, verdict in bound if verdict.bound == DeliveryReport.Bound.BY_PHONE]:
            ids, messages = [one.gateway_id for one, _ in learnt], [verdict.message for _, verdict in learnt]
            cursor.execute(KEEP_IDS, [ids, messages])


def _move_to(outcome: Outcome, reports: dict[int, Taken]) -> None:
    taken = list(reports.values())
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE,
            {
                "messages": list(reports),
                "outcomes": [outcome.value] * len(taken),
                "reasons": [one.report.reason for one in taken],
                "details": [one.report.description[:200] for one in taken],
                "networks": [one.report.network[:30] for one in taken],
                "gateway_ids": [one.gateway_id for one in taken],
                "at": [one.report.at or one.received_at for one in taken],
                "before": Message.before(outcome.value),
            },
        )
        moved = {row[0] for row in cursor.fetchall()}
    _teach([one for message, one in reports.items() if message in moved])


def _teach(taken: list[Taken]) -> None:
    """What these reports say of the numbers themselves."""
    suppressing.record_deliveries(one.phone for one in taken if one.report.outcome == Outcome.DELIVERED)
    dead = [one for one in taken if one.report.permanent]
    # The portal's own days, as refusals are counted: by another clock one evening would be two days.
    days = [(one.phone, timezone.localdate(one.received_at)) for one in dead]
    for day in {on for _, on in days}:
        suppressing.record_failures([phone for phone, on in days if on == day], day)
    suppressing.opt_out_with_operator(
        [one.phone for one in taken if one.report.suppress], "The operator blocks marketing to this number"
    )


def _mark(verdicts: dict[int, Verdict], received: dict[int, datetime]) -> None:
    placed = list(verdicts.items())
    with connection.cursor() as cursor:
        cursor.execute(
            MARK,
            {
                "ids": [pk for pk, _ in placed],
                "states": [str(one.state) for _, one in placed],
                "messages": [one.message for _, one in placed],
                "bounds": [str(one.bound) for _, one in placed],
                "next": [one.next_try_at for _, one in placed],
                "received": [received[pk] for pk, _ in placed],
            },
        )


def _count_unmapped(taken: list[Taken]) -> None:
    """Words that are in no table, counted once a report: somebody may have to add a row."""
    unknown = [one for one in taken if not one.report.known and not one.tries]
    if unknown:
        with connection.cursor() as cursor:
            cursor.execute(
                COUNT_UNMAPPED,
                [
                    [one.report.description[:100] for one in unknown],
                    [one.report.code[:10] for one in unknown],
                    [one.received_at for one in unknown],
                ],
            )
