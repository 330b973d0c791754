"""Which message a report means: by the gateway's id and the phone, else the only text to the phone that it can mean."""

# ruff: noqa: S608 - the statement shares a condition with `ledger`; nothing that anybody typed is in it

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from campaigns.ledger.evidence import CAN_MEAN
from campaigns.models import DeliveryReport
from lib.prepared import in_binary

# When a report that means no message yet is looked at again, counted from when it came; then hourly.
# The first is soon: a reply may be written down while its report is looked at, and then wakes nobody.
TRIED_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=6), timedelta(minutes=36))
THEN_EVERY = timedelta(hours=1)

COLUMNS = """id, received_at, statement_timestamp(), gateway_id, phone, sender, outcome, reason, code, description,
    network, reported_at, tries"""
# Of so many texts it is looked whether as many reports mean them all.
MOST_MEANT = 8

# By id and by phone in one statement, so that a reply that is written meanwhile is seen by both or by neither.
#
# Ids are looked for among the phone's own texts: a gateway may give the same one to many. A text that was sent again
# has had several; `campaigns_givenid` has them all, and says of an id that none of them has whether it is another
# phone's. Where another text has it too, posted while the report can be its own, it means neither; that is looked for
# only where `campaigns_givenid` has the id twice. A text whose id is not known can be meant if it, or its first try,
# was posted before the report came, by the sender that the report names.
HAS_ID = """m.phone = r.phone AND (m.gateway_id = r.gateway_id OR (m.attempt > 1 AND EXISTS (
        SELECT 1 FROM campaigns_givenid g WHERE g.gateway_id = r.gateway_id AND g.message_id = m.id)))"""
FIND = f"""
SELECT r.id, by_id.id, by_id.batch_id, CASE WHEN EXISTS (
        SELECT 1 FROM campaigns_givenid g WHERE g.gateway_id = r.gateway_id AND g.message_id <> by_id.id)
    THEN EXISTS (SELECT 1 FROM campaigns_message m
        WHERE {HAS_ID} AND m.id < by_id.id AND m.posted_at BETWEEN r.received_at - %(timeout)s AND r.received_at)
    ELSE false END,
    other.id IS NOT NULL, meant.ids, meant.batches, meant.open, meant.tried
FROM unnest(%(ids)b::bigint[], %(gateway_ids)b::varchar[], %(phones)b::varchar[], %(senders)b::varchar[],
    %(received)b::timestamptz[]) AS r(id, gateway_id, phone, sender, received_at)
LEFT JOIN LATERAL (
    SELECT m.id, m.batch_id FROM campaigns_message m WHERE r.gateway_id <> '' AND {HAS_ID}
    ORDER BY m.id DESC LIMIT 1) by_id ON true
LEFT JOIN LATERAL (
    SELECT g.id FROM campaigns_givenid g
    WHERE by_id.id IS NULL AND r.gateway_id <> '' AND g.gateway_id = r.gateway_id LIMIT 1) other ON true
LEFT JOIN LATERAL (
    SELECT array_agg(c.id) AS ids, array_agg(c.batch_id) AS batches, bool_or(c.open) AS open, max(c.attempt) AS tried
    FROM (
        SELECT m.id, m.batch_id, m.attempt, m.status = 'queued' AND b.status = 'sending' AS open
        FROM campaigns_message m
        JOIN campaigns_batch b ON b.id = m.batch_id
        LEFT JOIN campaigns_sender s ON s.id = b.sender_id
        WHERE by_id.id IS NULL AND other.id IS NULL AND m.phone = r.phone AND r.phone <> ''
            AND {CAN_MEAN}
            AND ((m.gateway_id = '' AND m.status IN ('uncertain', 'accepted', 'unknown'))
                OR m.attempt > 1
                OR (m.status = 'queued' AND b.status = 'sending'))
        ORDER BY m.id DESC LIMIT {MOST_MEANT} + 1) c) meant ON true
"""


class Taken(NamedTuple):
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
    """What becomes of one report: its state, and the message and batch that it means.

    `among`: where it means one of several, these, each with its batch, if as many reports could mean them all: no call
    of theirs is under way, and each was sent once.
    """

    state: str
    message: int | None = None
    batch: int | None = None
    bound: str = ""
    next_try_at: datetime | None = None
    among: frozenset[tuple[int, int]] = frozenset()


def find(taken: Sequence[Taken]) -> dict[int, Binding]:
    """What each of these reports means now, by the report's id."""
    found = in_binary(
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
    return {row[0]: _verdict(by_id[row[0]], *row[1:]) for row in found.fetchall()}


def _verdict(
    one: Taken,
    message: int | None,
    batch: int | None,
    other_text_has_it: bool,
    known_elsewhere: bool,
    meant: list[int] | None,
    meant_batches: list[int] | None,
    call_open: bool | None,
    tried: int | None,
) -> Binding:
    state = DeliveryReport.State
    if other_text_has_it or known_elsewhere:
        return Binding(state.CONFLICT)
    if message is not None:
        return Binding(state.APPLIED, message, batch, DeliveryReport.Bound.BY_ID)
    texts = list(zip(meant or (), meant_batches or (), strict=True))
    if len(texts) == 1 and not call_open:
        return Binding(state.APPLIED, *texts[0], DeliveryReport.Bound.BY_PHONE)
    among = frozenset(texts) if 1 < len(texts) <= MOST_MEANT and not call_open and tried == 1 else frozenset()
    next_try_at = _next_try(one)
    if next_try_at > one.received_at + settings.QSMS_REPORT_TIMEOUT:
        return Binding(state.UNMATCHED, among=among)
    return Binding(state.WAITING, next_try_at=next_try_at, among=among)


def _next_try(one: Taken) -> datetime:
    """When a report that means no message yet is looked at again; by the clock, whatever else had it looked at."""
    age = one.taken_at - one.received_at
    for moment in TRIED_AFTER:
        if age < moment:
            return one.received_at + moment
    return one.received_at + TRIED_AFTER[-1] + THEN_EVERY * (1 + (age - TRIED_AFTER[-1]) // THEN_EVERY)
