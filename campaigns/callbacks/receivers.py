"""How receivers do: one that fails several times in a row rests as a whole, and then one event is tried.

So a receiver that is down is not asked for each of its rows, and one that hangs keeps few threads for a few seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from campaigns.callbacks.calling import CallbackAnswer
from campaigns.models import CallbackReceiver

# A failure is a strike, one for want of an answer two: as many threads as one receiver has may hang at once.
MOST_STRIKES = 5
REST_FIRST = timedelta(seconds=2)
REST_LONGEST = timedelta(minutes=5)

KEEP = """
INSERT INTO campaigns_callbackreceiver AS r (api_key_id, strikes, failing_since, rests, rests_until)
VALUES (%(key)s, %(strikes)s, clock_timestamp(), %(rests)s, clock_timestamp() + %(rest)s::interval)
ON CONFLICT (api_key_id) DO UPDATE SET
    strikes = excluded.strikes, failing_since = coalesce(r.failing_since, excluded.failing_since),
    rests = excluded.rests, rests_until = coalesce(excluded.rests_until, r.rests_until)
"""


@dataclass(frozen=True, slots=True)
class Health:
    """How a receiver has answered since it last took something."""

    strikes: int = 0
    rests: int = 0

    @property
    def is_proving(self) -> bool:
        """It has rested, and took nothing since: one event at a time."""
        return self.rests > 0


def strikes_of(failure: CallbackAnswer) -> int:
    return 2 if failure.hung else 1


def rest_of(rests: int) -> timedelta:
    """How long the `rests`th rest in a row lasts: 2 s, doubling, 5 minutes at most."""
    return min(REST_FIRST * 2 ** min(rests - 1, 10), REST_LONGEST)


def after(health: Health, answers: Iterable[CallbackAnswer], *, is_resting: bool) -> Health:
    """How it does after these answers, in their order. Of calls that were under way as it went to rest none counts."""
    for answer in answers:
        if answer.taken:
            health, is_resting = Health(), False
        elif not is_resting:
            strikes = health.strikes + strikes_of(answer)
            rests = health.rests
            if health.is_proving or strikes >= MOST_STRIKES:
                rests, is_resting = rests + 1, True
            health = Health(min(strikes, 1_000), rests)
    return health


def keep_health(key: int, health: Health, rest: timedelta | None) -> None:
    """Write down how it does, and that it rests from now on."""
    if health == Health():
        forget_rest(key)
        return
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"key": key, "strikes": health.strikes, "rests": health.rests, "rest": rest})


def forget_rest(key: int) -> None:
    """The receiver is as good as new: it took something, or somebody has mended it."""
    CallbackReceiver.objects.filter(api_key=key).delete()
