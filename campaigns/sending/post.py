"""Claim, post, write down; and again while there is work. One attempt is one call of the gateway."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone

from campaigns.gateway.client import Gateway
from campaigns.gateway.codes import Verdict, code_for
from campaigns.gateway.errors import GatewayError, Refused, Unreachable
from campaigns.gateway.wire import CallReply, ItemReply
from campaigns.models import Message
from campaigns.sending import balance, breaker
from campaigns.sending.call_statistics import statistics
from campaigns.sending.claim import Claim, TooLittleBalance, claim_up_to, mark_posted, seconds_to_pace
from campaigns.sending.halts import halt_account, halt_run, halt_sender
from campaigns.sending.settle import MOST_TRIES, Result, settle, settle_in_doubt, settle_unsent
from contacts.opt_outs import from_delivery
from lib.together import Together

log = logging.getLogger(__name__)

NO_GATEWAY = "No gateway is set: give QSMS_BASE_URL and QSMS_API_KEY, then resume."
LONGEST_REST = 10.0
SHORTEST_REST = 0.02

T = TypeVar("T")


def _claim_for_all(deadlines: list[timedelta]) -> list[Claim | None]:
    """A claim for each thread that waits for one, as far as there are any."""
    claims = claim_up_to(len(deadlines), max(deadlines))
    return [*claims, *[None] * (len(deadlines) - len(claims))]


_claims: Together[timedelta, Claim | None] = Together(_claim_for_all)
_pacing = threading.Lock()


class ClaimLost(Exception):
    """The claim was given to another attempt before the first byte left: nothing was sent, leave it to the other."""


def gateway_from_settings() -> Gateway | None:
    """The gateway as the environment names it; None where it names none. A process has one, with its connections."""
    if not settings.QSMS_BASE_URL or not settings.QSMS_API_KEY:
        return None
    return _gateway(
        settings.QSMS_BASE_URL,
        settings.QSMS_ACCOUNT_URL,
        settings.QSMS_API_KEY,
        settings.QSMS_SERVICE_ID,
        settings.QSMS_CONNECT_TIMEOUT,
        settings.QSMS_READ_TIMEOUT,
        settings.QSMS_POSTS_AT_ONCE,
    )


@lru_cache(maxsize=1)
def _gateway(
    base_url: str, account_url: str, key: str, service_id: str, connect: float, read: float, posts: int
) -> Gateway:
    return Gateway(
        base_url,
        account_url,
        key,
        service_id,
        connect_timeout=connect,
        read_timeout=read,
        posts_at_once=posts,
    )


def send_while_there_is_work(gateway: Gateway | None, seconds: float) -> int:
    """Post batch after batch for `seconds`, or until none may go now; returns how many were posted."""
    if gateway is None:
        halt_account(NO_GATEWAY)
        return 0
    until, posted = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        try:
            claim = _claims.ask(gateway.deadline)
        except TooLittleBalance:
            if balance.too_little_for_next(gateway):
                halt_account(balance.TOO_LITTLE)
                break
            continue
        if claim is None:
            if _waits_for_pace():
                continue
            break
        attempt(gateway, claim)
        posted += 1
    _add_figures(statistics.add)
    return posted


def _waits_for_pace() -> bool:
    """Whether it is only the pace that held the last claim up, after waiting for it: one thread at a time looks."""
    with _pacing:
        seconds = seconds_to_pace()
        if seconds is None:
            return False
        time.sleep(min(max(seconds, SHORTEST_REST), 1.0))
        return True


def attempt(gateway: Gateway, claim: Claim) -> None:
    """Post one claimed batch and write down what came of it. No transaction is open during the call."""

    def before_first_byte() -> None:
        if not mark_posted(claim):
            raise ClaimLost

    began = time.monotonic()
    try:
        reply = gateway.send_multiple(
            claim.sender, claim.texts, service_id=claim.service_id, before_first_byte=before_first_byte
        )
    except ClaimLost:
        return
    except (OperationalError, InterfaceError):
        # The mark could not be written, so nothing left. A commit whose answer was lost counts as not done.
        _written(lambda: settle_unsent(claim, "The database was away when the call was to begin."))
        return
    except GatewayError as error:
        _failed(claim, error)
        outcome = type(error).__name__.lower()
    else:
        _answered(claim, reply)
        outcome = "answered"
    seconds = time.monotonic() - began
    _add_figures(lambda: statistics.count(outcome, seconds))


def _failed(claim: Claim, error: GatewayError) -> None:
    log.warning("A call brought no answer that counts: %s", error, extra={"batch": claim.batch, "run": claim.run})
    if isinstance(error, Refused):
        _refused(claim, error)
    elif isinstance(error, Unreachable):
        _unsent(claim, str(error), error.retry_after)
    else:
        problem = str(error)
        _written(lambda: settle_in_doubt(claim, "connection_broke", problem))
        _written(lambda: breaker.record(False))


def _add_figures(add: Callable[[], None]) -> None:
    try:
        add()
    except DatabaseError:
        log.warning("The figures of the gateway's calls could not be added.")


def _answered(claim: Claim, reply: CallReply) -> None:
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
    settled = _written(lambda: settle(claim, results, unsent, problem))
    # Whoever applies reports meanwhile locks numbers in another order: the database may end either of the two.
    if refused:
        _written(lambda: _teach(refused))
    for item in {one.verdict: one for one in halts}.values():
        _halt(claim, item.verdict, code_for(item.code).words)
    if unsent:
        _halt_if_in_vain(claim, problem)
    if halts or settled is None or settled.breaker_cares:
        _written(lambda: breaker.record(not halts))


def _accepted(message: int, item: ItemReply, unit: Decimal) -> Result:
    """`unit` is KES for one of what the item's cost is told in."""
    cost = None if item.cost is None else item.cost * unit
    network = "" if item.network.isdecimal() else item.network
    return Result(message, Message.Status.ACCEPTED, "", "", item.message_id, network, cost)


def _rejected(message: int, told: ItemReply | Refused) -> Result:
    detail = f"{told.code} {told.words}".strip()
    return Result(message, Message.Status.REJECTED, told.reason, detail, cost=Decimal(0))


def _refused(claim: Claim, error: Refused) -> None:
    if error.verdict is Verdict.REJECTED:
        results = [_rejected(text.message, error) for text in claim.texts]
        _written(lambda: settle(claim, results))
        _written(lambda: breaker.record(True))
        return
    _unsent(claim, str(error))
    _halt(claim, error.verdict, str(error))


def _unsent(claim: Claim, problem: str, retry_after: float | None = None) -> None:
    tries = _written(lambda: settle_unsent(claim, problem, retry_after))
    if retry_after:
        _written(lambda: breaker.wait(retry_after))
    _written(lambda: breaker.record(False))
    if tries is not None:
        _halt_if_in_vain(claim, problem)


def _halt_if_in_vain(claim: Claim, problem: str) -> None:
    """What could not be taken in so many tries needs somebody to look."""
    if claim.tries >= MOST_TRIES and claim.run is not None:
        run, words = claim.run, f"Q SMS could not take a call in {claim.tries} tries. {problem}"
        _written(lambda: halt_run(run, words))


def _halt(claim: Claim, verdict: Verdict, words: str) -> None:
    if verdict is Verdict.HALT_ACCOUNT:
        _written(lambda: halt_account(words))
    elif verdict is Verdict.HALT_SENDER:
        _written(lambda: halt_sender(claim.sender, f"{claim.sender}: {words}"))


def _teach(refused: Sequence[tuple[str, ItemReply]]) -> None:
    """What refusals of single messages say of their numbers."""
    from_delivery.record_failures([phone for phone, item in refused if item.counts_as_dead], timezone.localdate())
    from_delivery.opt_out_with_operator(
        [phone for phone, item in refused if item.suppresses_promotional],
        "The operator's list of people who want no marketing",
    )


def _written(write: Callable[[], T]) -> T:
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
