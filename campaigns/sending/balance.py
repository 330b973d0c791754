"""What the account holds, as the gateway told it last, with its age."""

from __future__ import annotations

import logging
from decimal import Decimal

from django.db.models import Min, Sum
from django.utils import timezone

from campaigns.gateway.client import Gateway
from campaigns.gateway.errors import GatewayError
from campaigns.gateway.wire import Balance
from campaigns.models import Batch, Gate, Run
from campaigns.sending import breaker

TOO_LITTLE = "The balance is too little for the next texts. Top up with Q SMS, then resume."

WILL_GO = (Run.Status.PLANNED, Run.Status.SENDING, Run.Status.PAUSED, Run.Status.HALTED)

log = logging.getLogger(__name__)


def ask(gateway: Gateway | None) -> Balance | None:
    """Ask the gateway for the balance and keep it; None where there is no gateway or it did not say."""
    if gateway is None:
        return None
    try:
        return ask_or_raise(gateway)
    except GatewayError as error:
        log.warning("The balance could not be had: %s", error)
        return None


def ask_or_raise(gateway: Gateway) -> Balance:
    """Ask the gateway for the balance and keep it. Raises GatewayError."""
    balance = gateway.balance()
    Gate.objects.filter(pk=1).update(
        balance=balance.balance_kes,
        sms_remaining=balance.sms_remaining,
        rate=balance.rate_per_sms,
        balance_at=timezone.now(),
        spent_since=0,
    )
    return balance


def too_little_for_next(gateway: Gateway) -> bool:
    """Ask again, since what was known of the balance does not cover the next batch: whether it is still too little.

    A balance that is unknown or below zero (an account that is billed later) is never too little.
    """
    if ask(gateway) is None:
        return False
    gate = Gate.objects.get(pk=1)
    next_cost = Batch.objects.filter(status=Batch.Status.READY, run__status="sending").aggregate(least=Min("cost"))
    return gate.balance is not None and 0 <= gate.balance < (next_cost["least"] or 0)


def short_of(gate: Gate) -> Decimal:
    """How many KES the balance lacks for all that waits to go; 0 where it is enough, unknown or billed later."""
    if gate.balance is None or gate.balance < 0:
        return Decimal(0)
    waiting = Batch.objects.filter(status=Batch.Status.READY, run__status__in=WILL_GO).aggregate(cost=Sum("cost"))
    return max((waiting["cost"] or Decimal(0)) - (gate.balance - gate.spent_since), Decimal(0))


def prove_if_wanted(gateway: Gateway | None) -> None:
    """After a rest of the breaker: ask whether the gateway is well, without anybody's text."""
    if gateway is not None and breaker.wants_proof(timezone.now()):
        breaker.record_proof(ask(gateway) is not None)


def is_unknown() -> bool:
    """Whether the gateway has not told a balance yet: the price of a part may hang on it."""
    return Gate.objects.filter(pk=1, balance_at=None).exists()
