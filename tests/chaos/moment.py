"""What is in flight when something has been committed, and what of it, and of the rest, goes out afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from campaigns.models import Batch, Gate, Message, Run
from tests.chaos.stage import PATIENCE, wait_until

Status = Batch.Status


@dataclass(frozen=True)
class Moment:
    """Messages by their ids: those of calls that were claimed at that moment, and those that nobody had claimed."""

    at: float
    calls: int
    in_flight: frozenset[int]
    waiting: frozenset[int]


def moment(run: Run, at: float) -> Moment:
    """What held at `at`, seconds since 1970 and just past, by which what is looked into had been committed.

    Claims pass the gate one by one: with its row in hand none is half done, and the next one sees what was committed.
    """
    since = datetime.fromtimestamp(at, UTC)
    with transaction.atomic():
        Gate.objects.select_for_update().get(pk=1)
        of_run = Batch.objects.filter(run=run)
        claimed = of_run.filter(Q(status=Status.SENDING) | Q(settled_at__gt=since) | Q(doubted_at__gt=since))
        calls = list(claimed.values_list("pk", flat=True))
        waiting = of_run.filter(status=Status.READY)
        return Moment(at, len(calls), _messages(calls), _messages(waiting.values_list("pk", flat=True)))


def _messages(batches: Any) -> frozenset[int]:
    return frozenset(Message.objects.filter(batch__in=list(batches)).values_list("pk", flat=True))


def message_of(text: dict[str, Any]) -> int:
    """The id of our message that a text in the ledger is."""
    return int(text["client_ref"].split("-")[0], 36)


def accepted_after(at: float, ledger: list[dict[str, Any]]) -> list[int]:
    return [message_of(text) for text in ledger if text["accepted_at"] > at]


def until_nothing_is_under_way(run: Run) -> None:
    wait_until(
        lambda: not Batch.objects.filter(run=run, status=Status.SENDING).exists(),
        "the calls under way are over",
        PATIENCE,
    )


def until_the_tick_has_looked(times: int = 2) -> None:
    """Whoever could begin something anew has had the chance to."""
    for _ in range(times):
        before = Gate.objects.get(pk=1).ticked_at
        wait_until(lambda before=before: Gate.objects.get(pk=1).ticked_at != before, "the tick has run", PATIENCE)


def until_share_is_settled(run: Run, share: float) -> None:
    wanted = share * Batch.objects.filter(run=run).count()
    wait_until(
        lambda: Batch.objects.filter(run=run, status=Status.SETTLED).count() >= wanted, f"{share:.0%} is sent", PATIENCE
    )


def now() -> float:
    return time.time()
