"""Taking the next batch that may go, so that no two workers post it and whoever comes late changes nothing.

A claim is a committed UPDATE that raised the batch's `claim` number; every later write of that attempt names the
number. The claim looks, under the gate's lock, at what may have changed since planning: stops, halts, the breaker,
opt-outs. Nothing here speaks to the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.models import Gate, Message
from campaigns.models.message import client_ref
from campaigns.tallies import recount

LEASE_SLACK = timedelta(seconds=60)

# Transactional before promotional, then the run with the fewest calls under way. Single texts have no run.
SOURCES = """
SELECT r.id FROM campaigns_run r
JOIN campaigns_campaign c ON c.id = r.campaign_id
JOIN campaigns_sender s ON s.id = c.sender_id
WHERE r.status = 'sending' AND s.halted_at IS NULL AND (r.not_after IS NULL OR r.not_after > clock_timestamp())
ORDER BY c.kind = 'transactional' DESC,
    (SELECT count(*) FROM campaigns_batch b WHERE b.run_id = r.id AND b.status = 'sending'), r.id
"""

# Locks are only tried: whoever claims waits for nobody behind the gate, and so is part of no deadlock.
RUN_STILL_SENDING = "SELECT 1 FROM campaigns_run WHERE id = %s AND status = 'sending' FOR SHARE SKIP LOCKED"

OLDEST_READY = """
SELECT id FROM campaigns_batch
WHERE status = 'ready' AND not_before <= clock_timestamp() AND run_id {of}
ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""

TAKE = """
UPDATE campaigns_batch b
SET status = 'sending', claim = b.claim + 1, tries = b.tries + 1, posted_at = NULL, lease_until = clock_timestamp() + %s
FROM campaigns_sender s
WHERE b.id = %s AND b.status = 'ready' AND s.id = b.sender_id
RETURNING b.claim, s.name, s.service_id
"""

LEAVE_OUT = """
UPDATE campaigns_message m SET status = 'skipped', reason = 'opted_out'
FROM campaigns_batch b
WHERE b.id = %(batch)s AND m.batch_id = b.id AND m.status = 'queued' AND EXISTS (
    SELECT 1 FROM contacts_optout o
    WHERE o.phone = m.phone AND (o.scope = 'all' OR b.kind = 'promotional'))
"""

SETTLE_EMPTY = """
UPDATE campaigns_batch SET status = 'settled', lease_until = NULL, settled_at = clock_timestamp()
WHERE id = %s AND claim = %s
"""

MARK_POSTED = """
UPDATE campaigns_batch SET posted_at = clock_timestamp() WHERE id = %s AND claim = %s AND status = 'sending'
"""


@dataclass(frozen=True, slots=True)
class ClaimedText:
    """One text of a claim, as it is to be posted."""

    message: int
    phone: str
    text: str
    client_ref: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to post one batch, until its lease runs out."""

    batch: int
    number: int
    sender: str
    service_id: str
    texts: tuple[ClaimedText, ...]


def claim_next(deadline: timedelta) -> Claim | None:
    """Take the next batch that may go; `deadline` is a call's, the lease is that and a minute more.

    Returns its number and the texts to post, or None where none may go now. Once it returns, the claim is committed.
    """
    while True:
        with transaction.atomic():
            gate = Gate.objects.select_for_update().get(pk=1)
            now = database_now()
            if not gate.is_open(now):
                return None
            batch = _next_batch()
            if batch is None:
                return None
            if gate.trips:
                # After a rest one batch goes, and the others wait for what becomes of it.
                gate.open_until = now + deadline + LEASE_SLACK
                gate.save(update_fields=["open_until"])
            claim = _take(batch, deadline + LEASE_SLACK)
        if claim.texts:
            return claim


def mark_posted(claim: Claim) -> bool:
    """Record that the first byte is about to leave. False: the claim is no longer ours, post nothing."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_POSTED, [claim.batch, claim.number])
        return cursor.rowcount == 1


def database_now() -> datetime:
    """The database's clock, which everything that is compared goes by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _next_batch() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_READY.format(of="IS NULL"))
        if row := cursor.fetchone():
            return row[0]
        cursor.execute(SOURCES)
        for (run,) in cursor.fetchall():
            cursor.execute(RUN_STILL_SENDING, [run])
            if not cursor.fetchone():
                continue
            cursor.execute(OLDEST_READY.format(of="= %s"), [run])
            if row := cursor.fetchone():
                return row[0]
    return None


def _take(batch: int, lease: timedelta) -> Claim:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [lease, batch])
        number, sender, service_id = cursor.fetchone()
        cursor.execute(LEAVE_OUT, {"batch": batch})
        if cursor.rowcount:
            recount([batch])
        rows = Message.objects.filter(batch=batch, status=Message.Status.QUEUED).order_by("id")
        texts = tuple(
            ClaimedText(pk, phone, text, client_ref(pk, attempt))
            for pk, phone, text, attempt in rows.values_list("pk", "phone", "text", "attempt")
        )
        if not texts:
            cursor.execute(SETTLE_EMPTY, [batch, number])
    return Claim(batch, number, sender, service_id, texts)
