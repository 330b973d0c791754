"""Texts a second, over three sending workers together, as the gateway sees them come."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from campaigns.models import Message, Run
from tests.chaos.stage import PATIENCE, Stage, launched, wait_until
from tests.chaos.theatre import Theatre

WORKERS = 3


def play(theatre: Theatre, texts: int) -> int:
    allowed, batch = settings.QSMS_MAX_PER_SECOND, settings.QSMS_BATCH_SIZE
    theatre.simulator.behave(reports={"lost": 1.0})
    with Stage(theatre.port, sending=WORKERS):
        _, run = launched(texts)
        finished = Run.objects.filter(pk=run.pk, status=Run.Status.FINISHED)
        wait_until(finished.exists, "the run has ended", PATIENCE + texts / allowed)
        accepted = Message.objects.filter(run=run, status="accepted").count()
        times = sorted(text["accepted_at"] for text in theatre.simulator.ledger())
    most, seconds = fastest(times), times[-1] - times[0]
    rows = {
        "texts": texts,
        "accepted": accepted,
        "at the gateway": len(times),
        "allowed a second": allowed,
        "a batch": batch,
        "most in any sliding second": most,
        "on average": round((texts - batch) / seconds),
        "seconds": round(seconds),
    }
    print(f"{WORKERS} sending workers, the times are the gateway's\n")
    for what, count in rows.items():
        print(f"{what:<30}{count:>10,}")
    return 0 if most <= allowed + batch and accepted == len(times) == texts else 1


def fastest(times: Iterable[float]) -> int:
    """The most of them in any second, wherever it begins."""
    times = sorted(times)
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
