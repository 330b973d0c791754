"""Rest when the gateway is unwell: more than half of the last 20 calls went badly, and nobody posts for a while.

Then the gateway is asked for its balance, never tried with people's texts; when it answers, one batch goes. After five
such rests in a row somebody has to look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Gate
from campaigns.sending.halts import halt_account

LAST_CALLS = 20
REST_FIRST = timedelta(seconds=30)
REST_LONGEST = timedelta(minutes=5)
MOST_TRIPS = 5
LONGEST_WAIT = 3600.0
WAIT = """
UPDATE campaigns_gate SET busy_until = greatest(busy_until, clock_timestamp() + %s) WHERE id = 1
"""
GAVE_UP = "Q SMS did not answer properly, five times in a row. Nothing is lost: press Resume when it is well again."


def record_call(good: bool) -> None:
    """Count one call of the gateway, and trip or close the breaker by it."""
    with transaction.atomic():
        gate = Gate.objects.select_for_update().get(pk=1)
        gate.recent_calls = (gate.recent_calls + ("." if good else "x"))[-LAST_CALLS:]
        if gate.trips and good:
            gate.trips, gate.open_until, gate.proven_at = 0, None, None
        elif gate.trips or gate.recent_calls.count("x") > LAST_CALLS // 2:
            _rest(gate, timezone.now())
        gate.save(update_fields=["recent_calls", "trips", "open_until", "proven_at"])
        given_up = gate.trips > MOST_TRIPS
    if given_up:
        halt_account(GAVE_UP)


def rest_for(seconds: float) -> None:
    """The gateway asked us to go slower (Retry-After): nobody posts for so long, an hour at most."""
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [timedelta(seconds=min(seconds, LONGEST_WAIT))])


def wants_proof(now: datetime) -> bool:
    """Whether a rest is over and the gateway is to be asked whether it is well."""
    return Gate.objects.filter(pk=1, trips__gt=0, open_until__lte=now, proven_at=None, halted_at=None).exists()


def record_proof(well: bool) -> None:
    """What the gateway, asked for its balance after a rest, had to say: it answered or it did not."""
    if not well:
        record_call(False)
        return
    Gate.objects.filter(pk=1, trips__gt=0).update(proven_at=timezone.now(), open_until=None)


def _rest(gate: Gate, now: datetime) -> None:
    if gate.open_until is not None and gate.open_until > now and gate.proven_at is None:
        return  # a call that was under way when the rest began
    gate.open_until = now + min(REST_FIRST * 2**gate.trips, REST_LONGEST)
    gate.trips += 1
    gate.recent_calls = ""
    gate.proven_at = None
