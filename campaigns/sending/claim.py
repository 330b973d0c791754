"""Taking the next batch that may go, so that no two workers post it and whoever comes late changes nothing.

A claim is a committed UPDATE that raised the batch's `claim` number; every later write of that attempt names the
number. It looks, under the gate's lock, at what may have changed since planning: stops, halts, the breaker, opt-outs,
quiet hours, lateness, pace, limits. All of it is one function in the database (`campaigns/sql/claim_next.sql`), so that
the lock is held for no longer than that takes. Nothing here speaks to the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns.ledger.locks import LOCK_CLAIM
from campaigns.ledger.tallies import recount
from campaigns.models import Message, Run
from campaigns.models.message import client_ref
from campaigns.sending.apart import set_apart
from campaigns.sending.halts import halt_run
from campaigns.sending.meant import no_longer_meant
from campaigns.writing import phone_codes
from contacts.filters import BadFilter
from lib.prepared import execute

CLAIM = """
SELECT batch, claim, tries, sender, service_id, price, run, recheck, messages, phones, texts, attempts
FROM campaigns_claim_next(%s::integer, %s::interval, %s::integer, %s, %s::boolean)
"""
MARK_POSTED = """
UPDATE campaigns_batch SET posted_at = clock_timestamp() WHERE id = %s AND claim = %s AND status = 'sending'
"""
# A second beyond: another thread may just have been let go, and the pace holds the next one up again at once.
PACE = """
SELECT extract(epoch FROM min(p.at) - clock_timestamp()) FROM campaigns_gate g, LATERAL (
    SELECT g.free_at AS at
    UNION ALL
    SELECT s.free_at FROM campaigns_sender s WHERE s.max_per_second IS NOT NULL AND s.halted_at IS NULL AND EXISTS (
        SELECT 1 FROM campaigns_run r JOIN campaigns_campaign c ON c.id = r.campaign_id
        WHERE r.status = 'sending' AND c.sender_id = s.id)) p
WHERE g.id = 1 AND p.at > clock_timestamp() - interval '1 second' AND g.stopped_at IS NULL AND g.halted_at IS NULL
    AND g.trips = 0 AND (g.busy_until IS NULL OR g.busy_until <= clock_timestamp())
"""
SETTLE_EMPTY = """
UPDATE campaigns_batch SET status = 'settled', lease_until = NULL, settled_at = clock_timestamp() WHERE id = %s
"""


class TooLittleBalance(Exception):
    """The next batch costs more than the account holds, as far as it is known: ask the gateway before going on."""


class ClaimedText(NamedTuple):
    """One text of a claim, as it is to be posted."""

    message: int
    phone: str
    text: str
    client_ref: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to post one batch, until its lease runs out: its `tries`th try.

    `price` is KES a part, 0 where nobody has said one.
    """

    batch: int
    run: int | None
    number: int
    tries: int
    sender: str
    service_id: str
    price: Decimal
    texts: tuple[ClaimedText, ...]


def claim_next(deadline: timedelta) -> Claim | None:
    """Take the next batch that may go; None where none may go now. See `claim_up_to`."""
    claims = claim_up_to(1, deadline)
    return claims[0] if claims else None


def claim_up_to(most: int, deadline: timedelta) -> list[Claim]:
    """Take up to `most` batches that may go next; `deadline` is a call's, the lease is that and QSMS_LEASE_SLACK.

    Returns their numbers and the texts to post, none where nothing may go now. Once it returns, the claims are
    committed. Raises TooLittleBalance where that is what keeps the first of them.
    """
    while True:
        lease = deadline + settings.QSMS_LEASE_SLACK
        guards_balance = settings.QSMS_BALANCE_GUARD == "halt"
        asked = [most, lease, settings.QSMS_MAX_PER_SECOND, settings.TIME_ZONE, guards_balance]
        rows = execute(CLAIM, asked).fetchall()
        if not rows:
            return []
        if rows[0][0] is None:
            raise TooLittleBalance
        claims = [_claim(row) for row in rows if row[0] is not None]
        if kept := [claim for claim in claims if claim is not None]:
            return kept


def _claim(row: tuple[Any, ...]) -> Claim | None:
    """A claim as the database's function tells it; None where nobody is left whom its texts are still for."""
    batch, number, tries, sender, service_id, price, run, recheck, messages, phones, texts, attempts = row
    claimed = tuple(
        ClaimedText(pk, phone, text, client_ref(pk, attempt))
        for pk, phone, text, attempt in zip(messages, phones, texts, attempts, strict=True)
    )
    claim = Claim(batch, run, number, tries, sender, service_id, price, claimed)
    if len(set(phones)) < len(phones):
        apart = set_apart(batch, number)
        if apart is None:
            return None
        claim = replace(claim, texts=tuple(text for text in claimed if text.message not in apart))
    if recheck:
        try:
            return _still_meant(claim, Run.objects.select_related("campaign").get(pk=run))
        except BadFilter as error:
            halt_run(run, f"It cannot be told who is still meant: {error}"[:300])
            return None
    if run is None and any(phone_codes.may_hold_code(text) for text in texts):
        return _with_code(claim)
    return claim


def mark_posted(claim: Claim) -> bool:
    """Record that the first byte is about to leave. False: the claim is no longer ours, post nothing."""
    return execute(MARK_POSTED, [claim.batch, claim.number]).rowcount == 1


def seconds_to_pace() -> float | None:
    """How long until the pace, of all or of a sender, lets the next batch go.

    Below 0 where it just did, None where it holds nothing up.
    """
    with connection.cursor() as cursor:
        cursor.execute(PACE)
        (seconds,) = cursor.fetchone()
        return None if seconds is None else float(seconds)


@transaction.atomic
def _still_meant(claim: Claim, run: Run) -> Claim | None:
    """The claim without texts that are no longer meant (`meant`); None where it was lost or nobody is left.

    Only for runs that were held, reminders, and rows that were frozen. The claim is ours and not posted: if this does
    not commit, its lease runs out and whoever claims it next looks again.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CLAIM, [claim.batch, claim.number])
        if cursor.fetchone() is None:
            return None
    return _without(claim, no_longer_meant(claim.batch, run))


@transaction.atomic
def _with_code(claim: Claim) -> Claim | None:
    """The claim with a person's code in its text; None where it was lost, or the code is over.

    As in `_still_meant`: if this does not commit, whoever claims it next looks again.
    """
    texts, over, now = [], set(), timezone.now()
    for text in claim.texts:
        try:
            texts.append(text._replace(text=phone_codes.with_code(text.message, text.text, now)))
        except phone_codes.CodeOver:
            over.add(text.message)
    if not over:
        return replace(claim, texts=tuple(texts))
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CLAIM, [claim.batch, claim.number])
        if cursor.fetchone() is None:
            return None
    return _without(replace(claim, texts=tuple(texts)), {"code_over": over})


def _without(claim: Claim, gone: dict[str, set[int]]) -> Claim | None:
    """The claim, which the caller has locked, without those left out for these reasons; None where nobody is left."""
    left = set().union(*gone.values())
    if left:
        for reason, messages in gone.items():
            Message.objects.filter(pk__in=messages).advance(Message.Status.SKIPPED, reason=reason)
        recount([claim.batch])
    texts = tuple(text for text in claim.texts if text.message not in left)
    if texts:
        return replace(claim, texts=texts)
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_EMPTY, [claim.batch])
    return None
