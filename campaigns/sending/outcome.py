"""What an attempt's answer, or its silence, means for its batch, its run, the sender and the account."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from campaigns.gateway.codes import Verdict, code_for
from campaigns.gateway.errors import GatewayError, Refused, Unreachable
from campaigns.gateway.wire import CallReply, ItemReply
from campaigns.models import Message
from campaigns.sending import breaker
from campaigns.sending.claim import Claim
from campaigns.sending.halts import halt_account, halt_run, halt_sender
from campaigns.sending.settle import MOST_TRIES, Result, settle, settle_in_doubt, settle_unsent
from contacts.opt_outs import from_delivery

log = logging.getLogger(__name__)

LONGEST_REST = 10.0
T = TypeVar("T")


def record_failure(claim: Claim, error: GatewayError) -> None:
    log.warning("A call brought no answer that counts: %s", error, extra={"batch": claim.batch, "run": claim.run})
    if isinstance(error, Refused):
        _refused(claim, error)
    elif isinstance(error, Unreachable):
        _unsent(claim, str(error), error.retry_after)
    else:
        problem = str(error)
        until_written(lambda: settle_in_doubt(claim, "connection_broke", problem))
        until_written(lambda: breaker.record_call(False))


def record_answer(claim: Claim, reply: CallReply) -> None:
    results, refused, unsent, halts = [], [], [], []
    unit = Decimal(1) if settings.QSMS_COST_UNIT == "kes" else claim.price
    for text, item in zip(claim.texts, reply.items, strict=True):
        if item is None:
            continue
        if item.verdict is Verdict.ACCEPTED:
            results.append(_accepted(text.message, item, unit))
        elif item.verdict is Verdict.REJECTED:
            results.append(_rejected(text.message, item))
            refused.append((text.phone, item))
        elif item.verdict is Verdict.UNCERTAIN:
            # By its id, if it has one, the gateway can be asked later what became of it.
            detail = f"{item.code} {item.words}".strip()
            results.append(Result(text.message, Message.Status.UNCERTAIN, "no_answer", detail, item.message_id))
        else:
            unsent.append(text.message)
            halts.append(item)
    problem = code_for(halts[0].code).words if halts else ""
    settled = until_written(lambda: settle(claim, results, unsent, problem))
    # Whoever applies reports meanwhile locks numbers in another order: the database may end either of the two.
    if refused:
        until_written(lambda: _teach(refused))
    for item in {one.verdict: one for one in halts}.values():
        _halt(claim, item.verdict, code_for(item.code).words)
    if unsent:
        _halt_if_in_vain(claim, problem)
    if halts or settled is None or settled.breaker_cares:
        until_written(lambda: breaker.record_call(not halts))


def _accepted(message: int, item: ItemReply, unit: Decimal) -> Result:
    """`unit` is KES for one of what the item's cost is told in."""
    cost = None if item.cost is None else item.cost * unit
    network = "" if item.network.isdecimal() else item.network
    return Result(message, Message.Status.ACCEPTED, "", "", item.message_id, network, cost)


def _rejected(message: int, refusal: ItemReply | Refused) -> Result:
    detail = f"{refusal.code} {refusal.words}".strip()
    return Result(message, Message.Status.REJECTED, refusal.reason, detail, cost=Decimal(0))


def _refused(claim: Claim, error: Refused) -> None:
    if error.verdict is Verdict.REJECTED:
        results = [_rejected(text.message, error) for text in claim.texts]
        until_written(lambda: settle(claim, results))
        until_written(lambda: breaker.record_call(True))
        return
    _unsent(claim, str(error))
    _halt(claim, error.verdict, str(error))


def _unsent(claim: Claim, problem: str, retry_after: float | None = None) -> None:
    tries = until_written(lambda: settle_unsent(claim, problem, retry_after))
    if retry_after:
        until_written(lambda: breaker.rest_for(retry_after))
    until_written(lambda: breaker.record_call(False))
    if tries is not None:
        _halt_if_in_vain(claim, problem)


def _halt_if_in_vain(claim: Claim, problem: str) -> None:
    """What could not be taken in so many tries needs somebody to look."""
    if claim.tries >= MOST_TRIES and claim.run is not None:
        run, words = claim.run, f"Q SMS could not take a call in {claim.tries} tries. {problem}"
        until_written(lambda: halt_run(run, words))


def _halt(claim: Claim, verdict: Verdict, words: str) -> None:
    if verdict is Verdict.HALT_ACCOUNT:
        until_written(lambda: halt_account(words))
    elif verdict is Verdict.HALT_SENDER:
        until_written(lambda: halt_sender(claim.sender, f"{claim.sender}: {words}"))


def _teach(refused: Sequence[tuple[str, ItemReply]]) -> None:
    """What refusals of single messages say of their numbers."""
    from_delivery.record_failures([phone for phone, item in refused if item.counts_as_dead], timezone.localdate())
    from_delivery.opt_out_with_operator(
        [phone for phone, item in refused if item.suppresses_promotional],
        "The operator's list of people who want no marketing",
    )


def until_written(write: Callable[[], T]) -> T:
    """Write down what is known until the database takes it: it is known nowhere else.

    Once it is written what follows from it, such as a halt, is told to nobody again: that is written in the same way.
    """
    rest = 0.1
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            log.warning("The database did not take a result; trying again in %.1f s.", rest)
            connection.close()
            time.sleep(rest)
            rest = min(rest * 2, LONGEST_REST)
