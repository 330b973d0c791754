"""Posting delivery reports: each at its time, one a POST, again until the receiver says OK, none forgotten.

Kept-alive connections, a bounded number of them; callbacks and no task a report, because ten thousand reports a
second must go out beside the calls that cause them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TextIO

from campaigns.gateway.simulator.http_reply import Reply
from campaigns.gateway.simulator.receiver import Connection, Receiver
from campaigns.gateway.simulator.report import Report

CONNECTIONS = 16
REPLY_WITHIN = 30.0  # seconds for the receiver to answer one report
IDLE_FOR = 4.0  # an idle connection is closed before the receiver is likely to
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0  # seconds between tries, doubling
TICK = 0.004  # due reports are collected this often at most


@dataclass(slots=True)
class Counts:
    """`posted` counts every POST, `acknowledged` and `failed` every report once, `refused` answers that were not OK."""

    made: int = 0
    posted: int = 0
    acknowledged: int = 0
    refused: int = 0
    failed: int = 0
    without_address: int = 0

    @property
    def pending(self) -> int:
        return self.made - self.acknowledged - self.failed


class Poster:
    """Lives in one event loop; `receiver` None means that nobody is told anything.

    `journal` is written a line, id, number and description, for each report that was acknowledged.
    """

    def __init__(self, receiver: Receiver | None, journal: TextIO | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.receiver = receiver
        self.journal = journal
        self.retry_for = 600.0
        self.counts = Counts()
        self.later: list[tuple[float, int, Report]] = []
        self.ready: deque[Report] = deque()
        self.idle: list[Connection] = []
        self.open: set[Connection] = set()
        self.opening: set[asyncio.Task[None]] = set()
        self.wait = 0.0
        self.sequence = count()
        self.timer: asyncio.TimerHandle | None = None
        self.pause: asyncio.TimerHandle | None = None
        self.sweep = self.loop.call_later(1.0, self.close_the_stale)

    def schedule(self, report: Report, after: float) -> None:
        """Post the report in so many seconds."""
        if self.receiver is None:
            self.counts.without_address += 1
            report.was_tried()
            return
        self.counts.made += 1
        report.counts = self.counts
        self.put(report, after)

    def put(self, report: Report, after: float) -> None:
        due = self.loop.time() + after
        heappush(self.later, (due, next(self.sequence), report))
        if self.timer is None or due < self.timer.when() - TICK:
            self.wake_at(due)

    def wake_at(self, due: float) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.loop.call_at(max(due, self.loop.time() + TICK), self.collect_due)

    def collect_due(self) -> None:
        self.timer = None
        now = self.loop.time()
        while self.later and self.later[0][0] <= now:
            self.ready.append(heappop(self.later)[2])
        if self.later:
            self.wake_at(self.later[0][0])
        self.feed()

    def feed(self) -> None:
        while self.ready and self.idle:
            self.start(self.idle.pop())
        if not self.ready or self.pause is not None:
            return
        # While nobody answers, one connection at a time tries the door.
        most = 1 if self.wait else CONNECTIONS
        wanted = min(len(self.ready), most) - len(self.opening)
        for _ in range(min(wanted, most - len(self.open) - len(self.opening))):
            task = self.loop.create_task(self.connect())
            self.opening.add(task)
            task.add_done_callback(self.opening.discard)

    async def connect(self) -> None:
        receiver = self.receiver
        if receiver is None:
            return
        try:
            connection = await Connection.to(receiver, self.answered)
        except (OSError, TimeoutError):
            self.rest()
            for report in self.ready:
                report.was_tried()
            return
        if receiver is not self.receiver:
            connection.close()
            self.loop.call_soon(self.feed)
            return
        self.open.add(connection)
        self.next_on(connection)

    def rest(self) -> None:
        """Nobody answers: wait before anybody tries again. What is to be posted stays, however long that takes."""
        if self.pause is None:
            self.wait = min(self.wait * 2 or FIRST_WAIT, LONGEST_WAIT)
            self.pause = self.loop.call_later(self.wait, self.resume)

    def resume(self) -> None:
        self.pause = None
        self.feed()

    def next_on(self, connection: Connection) -> None:
        if not connection.is_open or connection.receiver is not self.receiver:
            connection.close()
            self.open.discard(connection)
            self.feed()
        elif self.ready and self.pause is None:
            self.start(connection)
        else:
            connection.idle_since = self.loop.time()
            self.idle.append(connection)

    def start(self, connection: Connection) -> None:
        if not connection.is_open:
            self.open.discard(connection)
            self.loop.call_soon(self.feed)
            return
        report = self.ready.popleft()
        self.counts.posted += 1
        connection.post(report.body(), report, self.loop.time())

    def answered(self, connection: Connection, reply: Reply | None) -> None:
        report = connection.carries
        connection.carries = None
        assert isinstance(report, Report)
        report.was_tried()
        if reply is not None and self.wait:
            self.wait = 0.0
            self.loop.call_soon(self.feed)  # somebody answers again: on all connections
        if report.counts is self.counts:  # else the ledger was cleared meanwhile
            self.settle(report, reply)
        self.next_on(connection)

    def settle(self, report: Report, reply: Reply | None) -> None:
        if reply is not None and reply.acknowledges:
            self.counts.acknowledged += 1
            if self.journal is not None:
                self.journal.write(f"{report.message_id} {report.mobile} {report.description}\n")
            return
        if reply is None:
            self.ready.append(report)
            self.rest()
            return
        self.counts.refused += 1
        now = self.loop.time()
        report.refused_since = report.refused_since or now
        if now - report.refused_since >= self.retry_for:
            self.counts.failed += 1
            return
        report.tries += 1
        self.put(report, min(FIRST_WAIT * 2**report.tries, LONGEST_WAIT * 6))

    def close_the_stale(self) -> None:
        now = self.loop.time()
        for connection in list(self.open):
            if connection.busy_since is not None:
                stale = now - connection.busy_since > REPLY_WITHIN
            else:
                stale = now - connection.idle_since > IDLE_FOR or not connection.is_open
            if stale and connection in self.idle:
                self.idle.remove(connection)
            if stale:
                self.open.discard(connection)
                connection.close()
        self.sweep = self.loop.call_later(1.0, self.close_the_stale)

    def post_to(self, receiver: Receiver | None) -> None:
        """From now on to this address, reports that wait included; None drops them."""
        self.receiver = receiver
        for connection in self.idle:
            self.open.discard(connection)
            connection.close()
        self.idle.clear()
        self.wait = 0.0
        if receiver is None:
            dropped = len(self.ready) + len(self.later)
            self.counts.without_address += dropped
            self.counts.made -= dropped
            self.drop_all()
        self.feed()

    def clear(self) -> None:
        """Drop the reports that wait and count afresh."""
        self.counts = Counts()
        self.drop_all()

    def drop_all(self) -> None:
        for report in [*self.ready, *(entry[2] for entry in self.later)]:
            report.was_tried()
        self.later.clear()
        self.ready.clear()

    def close(self) -> None:
        for handle in (self.timer, self.pause, self.sweep):
            if handle is not None:
                handle.cancel()
        for task in list(self.opening):
            task.cancel()
        for connection in list(self.open):
            connection.answered = lambda *_: None
            connection.close()
