"""Keeps the portal's processes running side by side: their output in one place, each restarted alone, all stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TextIO

from qsms_portal.starting.forks import Fork, Forks, start_program
from qsms_portal.starting.output import Lines, pass_on, write
from qsms_portal.starting.readiness import Told

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
STEADY_AFTER = 60.0
HURRIED_TIMEOUT = 2.0
SAME_REQUEST_WITHIN = 1.0
ASK_READY_EVERY = 0.2
LOOK_EVERY = 5.0
SAY_NOT_READY_AFTER = 60.0
COLOURS = (36, 33, 32, 35, 34, 31)
LOADED = "loaded"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    """One process to keep running.

    `ready` is asked, off the main thread, until it says True; one that `tells_ready` tells it by itself, as
    sd_notify(3) has it. `stop_stage`: those of the lowest stop first, together. `signal_group`: the stop signal goes to
    all its processes and not only to the main one. Seconds everywhere.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    ready: Callable[[], bool] | None = None
    tells_ready: bool = False
    restart: bool = True
    signal_group: bool = False
    stop_stage: int = 0


class Supervisor:
    """Runs `children` until a signal asks it to stop; the first Ctrl-C stops in order, a second one hurries.

    `when_ready` is called once, when every child that can tell is ready. `look_after` is called every few seconds off
    the main thread, for what has to be kept running besides. `loaded`: children that are `python -m` commands are forks
    of one process that has the portal loaded; that one has this environment, and they what is different in theirs.
    """

    def __init__(
        self,
        children: Sequence[Child],
        out: TextIO,
        when_ready: Callable[[], None] | None = None,
        look_after: Callable[[], None] | None = None,
        loaded: Mapping[str, str] | None = None,
    ) -> None:
        self._out = out
        self._when_ready = when_ready
        self._look_after = look_after
        names = [child.name for child in children] + [LOADED] * (loaded is not None)
        width = max(map(len, names), default=0)
        lines = [Lines(out, name.ljust(width), colour) for name, colour in zip(names, cycle(COLOURS), strict=False)]
        self._forks = Forks(lines[-1], loaded) if loaded is not None else None
        self._runners = [_Runner(*one, self._forks) for one in zip(children, lines, strict=False)]

    def run(self) -> int:
        """Run until stopped; the exit status: 0, or 1 where a child that is not to be restarted has ended."""
        return asyncio.run(self._run())

    async def _run(self) -> int:
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._asked_at = 0.0
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            # Under nohup a hang-up stays ignored.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, self._asked_to_stop)
        # Whoever started us may have held them back, so that none came too early.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        tasks = [asyncio.create_task(runner.run(self._hurry)) for runner in self._runners]
        for task in tasks:
            task.add_done_callback(lambda _: self._stopping.set())
        beside = [asyncio.create_task(work) for work in (self._announce(), self._look())]
        await self._stopping.wait()
        for task in beside:
            task.cancel()
        await self._stop_in_order()
        await asyncio.gather(*tasks)
        if self._forks is not None:
            await self._forks.close()
        return 1 if any(runner.ended_by_itself for runner in self._runners) else 0

    def _asked_to_stop(self) -> None:
        now = time.monotonic()
        # One Ctrl-C may arrive twice: from the terminal, and passed on by whoever started us.
        if self._stopping.is_set() and now - self._asked_at > SAME_REQUEST_WITHIN:
            self._say("Stopping at once; texts on their way at this moment may be uncertain.")
            self._hurry.set()
        elif not self._stopping.is_set():
            self._asked_at = now
            self._say("Stopping ...")
            self._stopping.set()

    async def _stop_in_order(self) -> None:
        for stage in sorted({runner.child.stop_stage for runner in self._runners}):
            due = [runner for runner in self._runners if runner.child.stop_stage == stage]
            for runner in due:
                runner.asked_to_stop.set()
            await asyncio.gather(*(runner.ended.wait() for runner in due))

    async def _announce(self) -> None:
        waiting = {runner.child.name: runner.ready for runner in self._runners if runner.ready}
        began, said = time.monotonic(), False
        while waiting:
            for name, ready in list(waiting.items()):
                if await asyncio.to_thread(ready):
                    del waiting[name]
            if waiting and not said and time.monotonic() - began > SAY_NOT_READY_AFTER:
                said = True
                self._say(f"Not ready yet: {', '.join(waiting)}.")
            await asyncio.sleep(ASK_READY_EVERY if waiting else 0)
        if self._when_ready:
            self._when_ready()

    async def _look(self) -> None:
        while self._look_after:
            await asyncio.sleep(LOOK_EVERY)
            await asyncio.to_thread(self._look_after)

    def _say(self, text: str) -> None:
        write(self._out, f"{text}\n")


class _Runner:
    """Starts one child again and again until it is asked to stop."""

    def __init__(self, child: Child, lines: Lines, forks: Forks | None) -> None:
        self.child = child
        self.lines = lines
        self.ready = child.ready
        self._environment = child.env
        self._forks = forks if Forks.can(child.argv) else None
        if child.tells_ready:
            told = Told(child.name)
            self.ready, self._environment = told.is_heard, {**child.env, "NOTIFY_SOCKET": told.address}
        self.asked_to_stop = asyncio.Event()
        self.ended = asyncio.Event()
        self.ended_by_itself = False

    async def run(self, hurry: asyncio.Event) -> None:
        try:
            await self._keep_running(hurry)
        finally:
            self.ended.set()

    async def _keep_running(self, hurry: asyncio.Event) -> None:
        delay = FIRST_DELAY
        while not self.asked_to_stop.is_set():
            began = time.monotonic()
            status = await self._run_once(hurry)
            if self.asked_to_stop.is_set():
                return
            if not self.child.restart:
                self.lines.say(f"ended ({status}).")
                self.ended_by_itself = True
                return
            if time.monotonic() - began >= STEADY_AFTER:
                delay = FIRST_DELAY
            self.lines.say(f"ended ({status}); starting it again in {delay:g} s.")
            await _either(self.asked_to_stop.wait(), asyncio.sleep(delay))
            delay = min(delay * 2, LONGEST_DELAY)

    async def _run_once(self, hurry: asyncio.Event) -> str:
        # A pipe of our own: with asyncio's, waiting for a process lasts until all that it started is gone too.
        reading, writing = os.pipe()
        try:
            process = await self._start(writing)
        except OSError as error:
            os.close(reading)
            return str(error)
        finally:
            os.close(writing)
        output = asyncio.create_task(pass_on(reading, self.lines))
        reasons = [process.wait(), self.asked_to_stop.wait()]
        if isinstance(process, Fork):
            reasons.append(process.is_orphan.wait())
        await _either(*reasons)
        if process.returncode is None:
            await self._stop(process, hurry)
        await process.wait()
        # What it left behind of its own processes would run on beside its successor's.
        _signal_group(process.pid, signal.SIGKILL)
        await asyncio.wait([output], timeout=1)
        output.cancel()
        return _described(process.returncode)

    async def _start(self, output: int) -> asyncio.subprocess.Process | Fork:
        if self._forks is None:
            return await start_program(self.child.argv, self._environment, output)
        return await self._forks.start(self.child.name, self.child.argv, self._environment, output)

    async def _stop(self, process: asyncio.subprocess.Process | Fork, hurry: asyncio.Event) -> None:
        if isinstance(process, Fork) and process.is_orphan.is_set():
            pass  # told so by the kernel; told twice, a worker would not wait for its calls
        elif self.child.signal_group:
            _signal_group(process.pid, self.child.stop_signal)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, self.child.stop_signal)
        await _either(process.wait(), hurry.wait(), asyncio.sleep(self.child.stop_timeout))
        if hurry.is_set() and process.returncode is None:
            await _either(process.wait(), asyncio.sleep(HURRIED_TIMEOUT))
        if process.returncode is None:
            self.lines.say("did not stop in time and is ended by force.")
            _signal_group(process.pid, signal.SIGKILL)


async def _either(*waits: Awaitable[object]) -> None:
    """Wait for the first of these and give the others up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _described(status: int | None) -> str:
    if status is not None and status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
