"""What became of the texts of a call, in the vendor's codes.

A failure is told of what was never written, or has ended refused, left out or taken back. What waits is a success, and
what may have gone out and may not have is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

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


def outcomes_of(taken: TakenCall) -> list[Outcome]:
    """In the order in which they were asked for."""
    ids = [one.message for one in taken.texts if one.message is not None]
    messages = Message.objects.select_related("batch").in_bulk(ids)
    words = whys(messages.values())
    return [_outcome(one, messages.get(one.message or 0), words) for one in taken.texts]


def nothing_is_known(outcomes: Iterable[Outcome]) -> bool:
    """Whether a call of the gateway has begun, and of no text it is known what became of it."""
    outcomes = list(outcomes)
    return any(one.is_in_doubt for one in outcomes) and not any(one.is_known for one in outcomes)


def _outcome(one: TakenText, message: Message | None, words: dict[int, str]) -> Outcome:
    if one.message is None:
        return Outcome(one.mobile, one.client_ref, None, one.code, one.words)
    if message is None:
        # Its texts were kept for as long as the rules say.
        return Outcome(one.mobile, one.client_ref, one.message, vendor_codes.SUCCESS, "", is_known=False)
    code, is_known = _code(message)
    why = "" if code in (vendor_codes.SUCCESS, vendor_codes.UNKNOWN) else words.get(message.pk, "")
    return Outcome(
        one.mobile,
        one.client_ref,
        message.pk,
        code,
        why,
        message.network,
        message.counted_parts,
        message.counted_cost,
        is_known,
    )


def _code(message: Message) -> tuple[int, bool]:
    """And whether it is known, rather than that it waits or that it is in doubt."""
    status = Message.Status(message.status)
    if status in GONE:
        return vendor_codes.SUCCESS, True
    if status == Message.Status.QUEUED:
        posted = message.batch.status == Batch.Status.SENDING and message.batch.posted_at is not None
        return (vendor_codes.UNKNOWN if posted else vendor_codes.SUCCESS), False
    if status in (Message.Status.UNCERTAIN, Message.Status.UNKNOWN):
        return vendor_codes.UNKNOWN, False
    if status == Message.Status.REJECTED:
        return CODES.get(message.reason, vendor_codes.UNSUPPORTED_REQUEST), True
    return LEFT_OUT.get(message.reason, vendor_codes.UNSUPPORTED_REQUEST), True
