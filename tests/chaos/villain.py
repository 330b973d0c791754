"""Who breaks things while texts go out: kills workers, empties the queue, crashes the database, pauses and resumes."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from campaigns import steering
from campaigns.models import Campaign
from qsms_portal.embedded.places import places
from tests.chaos.stage import Stage, patiently


class Villain(threading.Thread):
    """Does one of his acts every `every` seconds until he is told to stop; `done` counts them."""

    def __init__(self, stage: Stage, campaign: Campaign, *, every: float) -> None:
        super().__init__(daemon=True)
        self.stage, self.campaign, self.every = stage, campaign, every
        self.done: Counter[str] = Counter()
        self.trouble: Exception | None = None
        self._enough = threading.Event()

    def stop(self) -> None:
        self._enough.set()
        self.join()
        if self.trouble:
            raise self.trouble

    def run(self) -> None:
        try:
            turns = self._turns()
            while not self._enough.wait(self.every):
                next(turns)()
        except Exception as error:
            self.trouble = error
        finally:
            connection.close()

    def _turns(self):
        while True:
            yield self.kill_a_sender
            yield self.flush_redis
            yield self.kill_a_sender
            yield self.crash_postgresql
            yield self.kill_a_sender
            yield self.pause_and_resume
            yield self.kill_the_work_worker

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
            except steering.NotPossible:
                return False
            return True

        if patiently(lambda: unless_not_possible(steering.pause)):
            self.done["paused and resumed"] += 1
        time.sleep(1.0)
        patiently(lambda: unless_not_possible(steering.resume))

    def _kill(self, name: str) -> None:
        self.stage.kill(name)
        self.stage.start(name)
