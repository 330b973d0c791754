"""One key while it is its turn: what was read ahead for it, and how its receiver does, as the threads see it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from django.conf import settings

from campaigns.callbacks import receivers
from campaigns.callbacks.calling import CallbackAnswer, CallbackLine
from campaigns.callbacks.outbox import KeyOfTurn
from campaigns.callbacks.payload import DueCallback
from campaigns.callbacks.receivers import Health

AT_ONCE_A_KEY = 16
# Read ahead for a key, so that its threads do not wait for the database. It is also the most that its receiver takes
# before that is written down, and so the most that comes again when the process is killed.
AHEAD = 128


class Posted(NamedTuple):
    """What came of an event. `counts`: a failure tells of the receiver, which took nothing that was begun later."""

    due: DueCallback
    answer: CallbackAnswer
    counts: bool


class CallbackDesk:
    """One key in a turn: the way to its receiver, how that does, and what is `taken` for it and not posted yet.

    `in_hand` are the numbers of that, and of what is posted and not written down yet.
    """

    def __init__(self, told: KeyOfTurn, secrets: Sequence[str]) -> None:
        self.key, self.secrets = told.key, secrets
        self.line = CallbackLine(told.url, settings.CALLBACK_PRIVATE_HOSTS)
        self.health = Health(told.strikes, told.rests)
        self.rests_until = 0.0
        self.taken: deque[tuple[DueCallback, bytes]] = deque()
        self.in_hand: set[int] = set()
        self.threads = 0
        self.strikes_now = 0
        self.taken_at = 0.0
        self._noting = threading.Lock()

    def noted(self, due: DueCallback, answer: CallbackAnswer, begun_at: float) -> Posted:
        """At once, by the threads: of a receiver that is down none goes on until it is judged.

        What hangs is known last, though it began first: it does not count where a later one was taken.
        """
        with self._noting:
            counts = answer.taken or begun_at >= self.taken_at
            if answer.taken:
                self.strikes_now, self.taken_at = 0, max(self.taken_at, begun_at)
            elif counts:
                self.strikes_now += receivers.strikes_of(answer)
            return Posted(due, answer, counts)

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self.rests_until

    @property
    def room(self) -> int:
        """How many events may be taken for it now."""
        if self.is_resting:
            return 0
        if self.health.is_proving:
            return 0 if self.threads or self.taken else 1
        return AHEAD - len(self.in_hand) if len(self.taken) <= AHEAD // 2 else 0

    def put_back(self) -> None:
        """What was read ahead is not in hand any more; threads may take some of it meanwhile."""
        with suppress(IndexError):
            while True:
                self.in_hand.discard(self.taken.popleft()[0].id)
