"""What became of the texts of a call, in the vendor's codes.

A failure is told of what was never written, or has ended refused, left out or taken back. What waits is a success, and
what may have gone out and may not have is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from campaigns.gateway import codes, vendor_codes
from campaigns.ledger.whys import whys
from campaigns.models import Batch, Message
from campaigns.vendor.taking import TakenCall, TakenText

CODES = {code.reason: int(number) for number, code in codes.CODES.items() if code.reason}
LEFT_OUT = {"opted_out": vendor_codes.NOT_WANTED, "dead_number": vendor_codes.WRONG_NUMBER}
GONE = (
    Message.Status.ACCEPTED, Message.Status.DELIVERED, Message.Status.UNDELIVERED, Message.Status.EXPIRED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """One text as it is answered. `message` None: it was not written. `is_known`: it neither waits nor is in doubt."""

    mobile: str
    client_ref: str
    message: int | None
    code: int
    words: str
    network: str = ""
    parts: int = 0
    cost: Decimal = Decimal(0)
    is_known: bool = True

    @property
    def is_taken(self) -> bool:
        return self.code == vendor_codes.SUCCESS

    @property
    def is_in_doubt(self) -> bool:
        return self.code == vendor_codes.UNKNOWN


class Row(NamedTuple):
    """What is asked of a text's message and its batch."""

    status: str
    reason: str
    network: str
    parts: int
    cost: Decimal
    batch_status: str
    posted_at: datetime | None


def outcomes_of(taken: TakenCall) -> list[Outcome]:
    """In the order in which they were asked for."""
    ids = [one.message for one in taken.texts if one.message is not None]
    found: Iterable[Any] = Message.objects.filter(pk__in=ids).values_list(
        "pk", "status", "reason", "network", "parts", "cost", "batch__status", "batch__posted_at"
    )
    rows = {pk: Row(*row) for pk, *row in found}
    ended = [pk for pk, row in rows.items() if row.status in Message.UNPAID]
    words = whys(Message.objects.filter(pk__in=ended)) if ended else {}
    return [_outcome(one, rows.get(one.message or 0), words) for one in taken.texts]


def nothing_is_known(outcomes: Iterable[Outcome]) -> bool:
    """Whether a call of the gateway has begun, and of no text it is known what became of it."""
    outcomes = list(outcomes)
    return any(one.is_in_doubt for one in outcomes) and not any(one.is_known for one in outcomes)


def _outcome(one: TakenText, row: Row | None, words: dict[int, str]) -> Outcome:
    if one.message is None:
        return Outcome(one.mobile, one.client_ref, None, one.code, one.words)
    if row is None:
        # Its texts were kept for as long as the rules say.
        return Outcome(one.mobile, one.client_ref, one.message, vendor_codes.SUCCESS, "", is_known=False)
    code, is_known = _code(row)
    why = words.get(one.message, "")
    return Outcome(one.mobile, one.client_ref, one.message, code, why, row.network, row.parts, row.cost, is_known)


def _code(row: Row) -> tuple[int, bool]:
    """And whether it is known, rather than that it waits or that it is in doubt."""
    status = Message.Status(row.status)
    if status in GONE:
        return vendor_codes.SUCCESS, True
    if status == Message.Status.QUEUED:
        posted = row.batch_status == Batch.Status.SENDING and row.posted_at is not None
        return (vendor_codes.UNKNOWN if posted else vendor_codes.SUCCESS), False
    if status in (Message.Status.UNCERTAIN, Message.Status.UNKNOWN):
        return vendor_codes.UNKNOWN, False
    if status == Message.Status.REJECTED:
        return CODES.get(row.reason, vendor_codes.UNSUPPORTED_REQUEST), True
    return LEFT_OUT.get(row.reason, vendor_codes.UNSUPPORTED_REQUEST), True
