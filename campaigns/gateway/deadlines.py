"""Ends what takes too long: one thread rings all alarms, since one for each call costs more than its SQL."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Alarm:
    """Rings once at its time, unless it is cancelled before."""

    __slots__ = ("ring",)

    def __init__(self, ring: Callable[[], None]) -> None:
        self.ring: Callable[[], None] | None = ring

    def cancel(self) -> None:
        self.ring = None


class Deadlines:
    """Alarms of one process; a forked child begins with none, and a thread of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Alarm]] = []
        self._numbers = count()
        self._runs = False

    def alarm(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        alarm, at = Alarm(ring), time.monotonic() + seconds
        with self._changed:
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._ring_all, name="deadlines", daemon=True).start()
            heappush(self._waiting, (at, next(self._numbers), alarm))
            if self._waiting[0][2] is alarm:
                self._changed.notify()
        return alarm

    def _ring_all(self) -> None:
        while True:
            with self._changed:
                while not self._waiting or (rest := self._waiting[0][0] - time.monotonic()) > 0:
                    self._changed.wait(rest if self._waiting else None)
                alarm = heappop(self._waiting)[2]
            if (ring := alarm.ring) is not None:
                ring()


class _OfThisProcess:
    deadlines = Deadlines()

    @classmethod
    def begin_anew(cls) -> None:
        cls.deadlines = Deadlines()


os.register_at_fork(after_in_child=_OfThisProcess.begin_anew)


def alarm(seconds: float, ring: Callable[[], None]) -> Alarm:
    """Call `ring` in so many seconds, in the thread of the alarms: it must be quick and not raise."""
    return _OfThisProcess.deadlines.alarm(seconds, ring)
