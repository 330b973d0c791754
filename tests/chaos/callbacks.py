"""Texts whose key is told of them, by a receiver that fails, hangs and is down for a while; a worker is killed.

The receiver looks each text up as it is told of it: what it is told must have been committed.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict

from django.db import connection
from django.utils import timezone

from campaigns.callbacks.desk import AHEAD
from campaigns.models import Callback, Message, Run
from tests.chaos.stage import PATIENCE, Stage, launched, wait_until
from tests.chaos.theatre import Theatre
from tests.receiving import HANG_UP, Posted, Receiver, make_told_key

FAILS, HANGS = 0.20, 0.01
DOWN_SECONDS, DOWN_SECONDS_SMALL = 60.0, 5.0
KILLS_AT = (0.3, 0.5, 0.7)
OPTED_OUT = 0.02
FINAL = {"delivered", "undelivered", "rejected", "skipped", "cancelled", "expired", "unknown"}


def play(theatre: Theatre, texts: int) -> int:
    theatre.simulator.behave(report_delay=[0.0, 2.0])
    with Listener() as listener, Stage(theatre.port, sending=1) as stage:
        key = make_told_key(listener.receiver.url, sent=True)[0]
        begun = time.monotonic()
        _, run = launched(texts, opted_out=OPTED_OUT, made_by_key=key)
        down = DOWN_SECONDS if texts >= 10_000 else DOWN_SECONDS_SMALL
        for share in KILLS_AT:
            wait_until(lambda share=share: len(listener.taken) >= share * texts, f"{share:.0%} is told", PATIENCE)
            stage.kill("work")
            stage.start("work")
            if share == KILLS_AT[0]:
                listener.is_down_until = time.monotonic() + down
        wait_until(lambda: Run.objects.get(pk=run.pk).status == Run.Status.FINISHED, "all is sent", PATIENCE)
        wait_until(lambda: not Message.objects.filter(status__in=["queued", "accepted"]).exists(), "reported", PATIENCE)
        sent_within = time.monotonic() - begun
        wait_until(all_is_told, "all is told", 3 * PATIENCE)
        told_within = time.monotonic() - begun
        return judge(listener, texts, sent_within, told_within)


class Listener:
    """What came, in its order: of each text the events by their ids, and which of them were answered 200."""

    def __init__(self) -> None:
        self.receiver = Receiver(self.answer)
        self.receiver.hangs = 8.0
        self.is_down_until = 0.0
        self.noting = threading.Lock()
        self.came: dict[int, list[int]] = defaultdict(list)
        self.events: dict[int, str] = {}
        self.taken: Counter[int] = Counter()
        self.did: Counter[str] = Counter()
        self.not_committed: list[tuple[int, str, str]] = []

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.receiver.__exit__()

    def answer(self, posted: Posted) -> tuple[int, bytes] | None:
        message, number = int(posted.body["messageId"]), posted.number
        status = Message.objects.values_list("status", flat=True).get(pk=message)
        with self.noting:
            if posted.event != status and (posted.event in FINAL or status not in FINAL):
                self.not_committed.append((message, posted.event, status))
            self.events[number] = posted.event
            self.came[message].append(number)
            fate = random.random()
            if time.monotonic() < self.is_down_until:
                return self._does("hung up, being down", HANG_UP)
            if fate < HANGS:
                return self._does("said nothing", None)
            if fate < HANGS + FAILS:
                return self._does("failed", (500, b"not now"))
            self.taken[number] += 1
            return self._does("took it", (200, b"OK"))

    def _does(self, what: str, answer: tuple[int, bytes] | None) -> tuple[int, bytes] | None:
        self.did[what] += 1
        return answer


def all_is_told() -> bool:
    """What failed several times waits minutes in life."""
    waiting = Callback.objects.filter(status="pending")
    waiting.filter(tries__gte=3).update(next_try_at=timezone.now())
    return not waiting.exists()


def judge(listener: Listener, texts: int, sent_within: float, told_within: float) -> int:
    final = dict(Message.objects.filter(calls_back=True).values_list("pk", "status"))
    told: dict[int, set[str]] = defaultdict(set)
    for message, numbers in listener.came.items():
        told[message] = {listener.events[number] for number in numbers if listener.taken[number]}
    repeated = sum(times - 1 for times in listener.taken.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, count(*) FROM campaigns_callback GROUP BY status")
        rows = dict(cursor.fetchall())
    wrongs = {
        "texts that are not all there": texts - len(final),
        "texts whose final state nobody was told": sum(status not in told[pk] for pk, status in final.items()),
        "events that came after a later one of their text": sum(
            numbers != sorted(numbers) for numbers in listener.came.values()
        ),
        "events that came before their commit": len(listener.not_committed),
        "events taken more often than three kills explain": max(0, repeated - len(KILLS_AT) * AHEAD),
        "events that the outbox has not as taken": sum(rows.values()) - rows.get("delivered", 0),
    }
    for what, count in {
        "texts": texts,
        "events": sum(rows.values()),
        **{f"the receiver {what}": count for what, count in listener.did.items()},
        "events taken more than once": repeated,
    }.items():
        print(f"{what:<50}{count:>10,}")
    print(f"sent and reported within {sent_within:.0f} s, told within {told_within:.0f} s")
    print("\nmust be 0")
    for what, count in wrongs.items():
        print(f"{what:<50}{count:>10,}{'' if count == 0 else '   <-- WRONG'}")
    return 1 if any(wrongs.values()) else 0
