"""Claim, post, write down; and again while there is work. One attempt is one call of the gateway."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, OperationalError

from campaigns.gateway.client import Gateway
from campaigns.gateway.errors import GatewayError
from campaigns.sending import balance
from campaigns.sending.call_statistics import statistics
from campaigns.sending.claim import Claim, TooLittleBalance, claim_up_to, mark_posted, seconds_to_pace
from campaigns.sending.gateway import NO_GATEWAY
from campaigns.sending.halts import halt_account
from campaigns.sending.outcome import record_answer, record_failure, until_written
from campaigns.sending.settle import settle_unsent
from lib.together import Together

log = logging.getLogger(__name__)

SHORTEST_REST = 0.02


def _claim_for_all(deadlines: list[timedelta]) -> list[Claim | None]:
    """A claim for each thread that waits for one, as far as there are any."""
    claims = claim_up_to(len(deadlines), max(deadlines))
    return [*claims, *[None] * (len(deadlines) - len(claims))]


_claims: Together[timedelta, Claim | None] = Together(_claim_for_all)
_pacing = threading.Lock()


class ClaimLost(Exception):
    """The claim was given to another attempt before the first byte left: nothing was sent, leave it to the other."""


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
        until_written(lambda: settle_unsent(claim, "The database was away when the call was to begin."))
        return
    except GatewayError as error:
        record_failure(claim, error)
        outcome = type(error).__name__.lower()
    else:
        record_answer(claim, reply)
        outcome = "answered"
    seconds = time.monotonic() - began
    _add_figures(lambda: statistics.count(outcome, seconds))


def _add_figures(add: Callable[[], None]) -> None:
    try:
        add()
    except DatabaseError:
        log.warning("The figures of the gateway's calls could not be added.")
