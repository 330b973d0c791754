"""Who breaks things while texts go out: kills workers, empties the queue, crashes the database, pauses and resumes.

And people say STOP meanwhile, each time a few.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection, transaction
from redis import Redis
from redis.exceptions import RedisError

from campaigns.actions import steer
from campaigns.models import Batch, Campaign, Gate, Message, transitions
from contacts.opt_outs import one
from qsms_portal.embedded.places import places
from tests.chaos.stage import Stage, patiently


class Villain(threading.Thread):
    """Does one of his acts every `every` seconds, all of them `rounds` times or until he is told to stop.

    `done` counts them. `stopped`: of each text to who said STOP when that had been committed, and whether nobody had
    claimed the text by then.
    """

    ACTS = ("sending worker killed", "work worker killed", "Redis flushed", "PostgreSQL crashed", "paused and resumed")

    def __init__(self, stage: Stage, campaign: Campaign, *, every: float, rounds: int) -> None:
        super().__init__(daemon=True)
        self.stage, self.campaign, self.every, self.rounds = stage, campaign, every, rounds
        self.done: Counter[str] = Counter()
        self.stopped: dict[int, tuple[float, bool]] = {}
        self.trouble: Exception | None = None
        self._enough = threading.Event()

    def stop(self) -> None:
        self._enough.set()
        self.join()
        if self.trouble:
            raise self.trouble

    def run(self) -> None:
        try:
            for act in self._turns():
                if self._enough.wait(self.every):
                    break
                act()
                self.opt_some_out()
        except Exception as error:
            self.trouble = error
        finally:
            connection.close()

    def _turns(self) -> Iterator[Callable[[], None]]:
        for _ in range(self.rounds):
            yield self.kill_a_sender
            yield self.flush_redis
            yield self.crash_postgresql
            yield self.pause_and_resume
            yield self.kill_a_sender
            yield self.kill_the_work_worker
            yield self.kill_a_sender

    def kill_a_sender(self) -> None:
        self._kill(random.choice(self.stage.senders))
        self.done["sending worker killed"] += 1

    def kill_the_work_worker(self) -> None:
        self._kill("work")
        self.done["work worker killed"] += 1

    def flush_redis(self) -> None:
        try:
            with Redis.from_url(settings.REDIS_URL) as client:
                client.flushall()
        except RedisError as error:
            print(f"Redis: {error}")
            return
        self.done["Redis flushed"] += 1

    def crash_postgresql(self) -> None:
        """At once and without a checkpoint; whoever connects next starts it again."""
        folder = places(settings.DATA_DIR).base / "postgresql"
        number = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(number, signal.SIGQUIT)
        self.done["PostgreSQL crashed"] += 1

    def pause_and_resume(self) -> None:
        def unless_not_possible(act: Callable[[Campaign], None]) -> bool:
            try:
                act(self.campaign)
            except transitions.NotPossible:
                return False
            return True

        if patiently(lambda: unless_not_possible(steer.pause)):
            self.done["paused and resumed"] += 1
        time.sleep(1.0)
        patiently(lambda: unless_not_possible(steer.resume))

    def opt_some_out(self) -> None:
        """People whose text nobody has claimed, and some for whom it may be too late."""
        for phone in patiently(self._people):
            patiently(lambda phone=phone: one.said_stop(phone))
            said_at = time.time()
            for pk, is_unclaimed in patiently(lambda phone=phone: self._texts_to(phone)):
                self.stopped[pk] = said_at, is_unclaimed
            self.done["people who said STOP"] += 1

    def _people(self) -> list[str]:
        queued = Message.objects.filter(run__campaign=self.campaign, status="queued").order_by("pk")
        texts = [phone for pk, phone in queued.values_list("pk", "phone")[:400] if pk not in self.stopped]
        return list(dict.fromkeys(texts))[::40]

    def _texts_to(self, phone: str) -> list[tuple[int, bool]]:
        """Each with whether nobody has claimed it."""
        # With the gate's row in hand no claim is half done, and the next one sees the opt-out.
        with transaction.atomic():
            Gate.objects.select_for_update().get(pk=1)
            texts = Message.objects.filter(run__campaign=self.campaign, phone=phone)
            return [(pk, status == Batch.Status.READY) for pk, status in texts.values_list("pk", "batch__status")]

    def _kill(self, name: str) -> None:
        self.stage.kill(name)
        self.stage.start(name)
