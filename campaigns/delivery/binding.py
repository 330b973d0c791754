"""Which message a report means: by the gateway's id and the phone, else the only text to the phone that it can mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from campaigns.models import DeliveryReport

# When a report that means no message yet is looked at again, counted from when it came; then hourly.
# The first is soon: a reply may be written down while its report is looked at, and then wakes nobody.
TRIED_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=6), timedelta(minutes=36))
THEN_EVERY = timedelta(hours=1)

# By id and by phone in one statement, so that a reply that is written meanwhile is seen by both or by neither.
#
# Ids are looked for among the phone's own texts: a gateway may give the same one to many. A text that was sent again
# has had several; `campaigns_givenid` has them all, and says of an id that none of them has whether it is another
# phone's. A text whose id is not known can be meant if it, or its first try, was posted before the report came, by the
# sender that the report names.
FIND = """
SELECT r.id, by_id.id, by_id.batch_id, other.id IS NOT NULL, meant.ids, meant.batches, meant.open
FROM unnest(%(ids)s::bigint[], %(gateway_ids)s::varchar[], %(phones)s::varchar[], %(senders)s::varchar[],
    %(received)s::timestamptz[]) AS r(id, gateway_id, phone, sender, received_at)
LEFT JOIN LATERAL (
    SELECT m.id, m.batch_id FROM campaigns_message m
    WHERE r.gateway_id <> '' AND m.phone = r.phone AND (m.gateway_id = r.gateway_id OR (m.attempt > 1 AND EXISTS (
        SELECT 1 FROM campaigns_givenid g WHERE g.gateway_id = r.gateway_id AND g.message_id = m.id)))
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
        WHERE by_id.id IS NULL AND other.id IS NULL AND m.phone = r.phone AND r.phone <> ''
            AND (r.sender = '' OR s.name IS NULL OR s.name = r.sender)
            AND (m.posted_at BETWEEN r.received_at - %(timeout)s AND r.received_at
                OR b.posted_at BETWEEN r.received_at - %(timeout)s AND r.received_at)
            AND ((m.gateway_id = '' AND m.status IN ('uncertain', 'accepted', 'unknown'))
                OR m.attempt > 1
                OR (m.status = 'queued' AND b.status = 'sending'))
        ORDER BY m.id DESC LIMIT 2) c) meant ON true
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One stored report that is to be applied. Times are the database's."""

    id: int
    received_at: datetime
    taken_at: datetime
    gateway_id: str
    phone: str
    sender: str
    outcome: str
    reason: str
    code: str
    description: str
    network: str
    reported_at: datetime | None
    tries: int


@dataclass(slots=True)
class Binding:
    """What becomes of one report: its state, and the message and batch that it means."""

    state: str
    message: int | None = None
    batch: int | None = None
    bound: str = ""
    next_try_at: datetime | None = None


def find(taken: Sequence[Taken]) -> dict[int, Binding]:
    """What each of these reports means now, by the report's id."""
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
) -> Binding:
    state = DeliveryReport.State
    if message is not None:
        return Binding(state.APPLIED, message, batch, DeliveryReport.Bound.BY_ID)
    if known_elsewhere:
        return Binding(state.CONFLICT)
    if meant and meant_batches and len(meant) == 1 and not call_open:
        return Binding(state.APPLIED, meant[0], meant_batches[0], DeliveryReport.Bound.BY_PHONE)
    next_try_at = _next_try(one)
    if next_try_at > one.received_at + settings.QSMS_REPORT_TIMEOUT:
        return Binding(state.UNMATCHED)
    return Binding(state.WAITING, next_try_at=next_try_at)


def _next_try(one: Taken) -> datetime:
    """When a report that means no message yet is looked at again; by the clock, whatever else had it looked at."""
    age = one.taken_at - one.received_at
    for moment in TRIED_AFTER:
        if age < moment:
            return one.received_at + moment
    return one.received_at + TRIED_AFTER[-1] + THEN_EVERY * (1 + (age - TRIED_AFTER[-1]) // THEN_EVERY)
