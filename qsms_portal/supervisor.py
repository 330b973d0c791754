"""Keeps the portal's processes running side by side: their output in one place, each restarted alone, all stopped."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
STEADY_AFTER = 60.0
HURRIED_TIMEOUT = 2.0
SAME_REQUEST_WITHIN = 1.0
ASK_READY_EVERY = 0.2
LOOK_EVERY = 5.0
SAY_NOT_READY_AFTER = 60.0
COLOURS = (36, 33, 32, 35, 34, 31)
PR_SET_PDEATHSIG = 1

# Loaded before any fork: between fork and exec there is no safe moment for it.
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


@dataclass(frozen=True)
class Child:
    """One process to keep running.

    `ready` is asked, off the main thread, until it says True. `stop_stage`: those of the lowest stop first, together.
    `signal_group`: the stop signal goes to all its processes and not only to the main one. Seconds everywhere.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    ready: Callable[[], bool] | None = None
    restart: bool = True
    signal_group: bool = False
    stop_stage: int = 0


class Supervisor:
    """Runs `children` until a signal asks it to stop; the first Ctrl-C stops in order, a second one hurries.

    `when_ready` is called once, when every child that can tell is ready. `look_after` is called every few seconds off
    the main thread, for what has to be kept running besides.
    """

    def __init__(
        self,
        children: Sequence[Child],
        out: TextIO,
        when_ready: Callable[[], None] | None = None,
        look_after: Callable[[], None] | None = None,
    ) -> None:
        self._out = out
        self._when_ready = when_ready
        self._look_after = look_after
        width = max((len(child.name) for child in children), default=0)
        self._runners = [
            _Runner(child, Lines(out, child.name.ljust(width), COLOURS[index % len(COLOURS)]))
            for index, child in enumerate(children)
        ]

    def run(self) -> int:
        """Run until stopped; the exit status: 0, or 1 where a child that is not to be restarted has ended."""
        return asyncio.run(self._run())

    async def _run(self) -> int:
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._asked_at = 0.0
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under nohup a hang-up stays ignored.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, self._asked_to_stop)
        tasks = [asyncio.create_task(runner.run(self._hurry)) for runner in self._runners]
        for task in tasks:
            task.add_done_callback(lambda _: self._stopping.set())
        beside = [asyncio.create_task(work) for work in (self._announce(), self._look())]
        await self._stopping.wait()
        for task in beside:
            task.cancel()
        await self._stop_in_order()
        await asyncio.gather(*tasks)
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
        waiting = {runner.child.name: runner.child.ready for runner in self._runners if runner.child.ready}
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
        _write(self._out, f"{text}\n")


class Lines:
    """Output of one process, cut into whole lines with its name before each."""

    def __init__(self, out: TextIO, name: str, colour: int) -> None:
        self._out = out
        in_colour = out.isatty() and "NO_COLOR" not in os.environ
        self._prefix = f"\033[{colour}m{name} |\033[0m " if in_colour else f"{name} | "
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self.say(line.decode(errors="replace").rstrip("\r"))

    def end(self) -> None:
        if self._rest:
            self.add(b"\n")

    def say(self, text: str) -> None:
        _write(self._out, f"{self._prefix}{text}\n")


class _Runner:
    """Starts one child again and again until it is asked to stop."""

    def __init__(self, child: Child, lines: Lines) -> None:
        self.child = child
        self.lines = lines
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
        output = asyncio.create_task(self._pass_on(reading))
        await _either(process.wait(), self.asked_to_stop.wait())
        if process.returncode is None:
            await self._stop(process, hurry)
        await process.wait()
        # What it left behind of its own processes would run on beside its successor's.
        _signal_group(process.pid, signal.SIGKILL)
        await asyncio.wait([output], timeout=1)
        output.cancel()
        return _described(process.returncode)

    async def _start(self, output: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.child.argv,
            env=dict(self.child.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C at a terminal goes to the whole group there: it must reach only us.
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )

    async def _stop(self, process: asyncio.subprocess.Process, hurry: asyncio.Event) -> None:
        if self.child.signal_group:
            _signal_group(process.pid, self.child.stop_signal)
        else:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.child.stop_signal)
        await _either(process.wait(), hurry.wait(), asyncio.sleep(self.child.stop_timeout))
        if hurry.is_set() and process.returncode is None:
            await _either(process.wait(), asyncio.sleep(HURRIED_TIMEOUT))
        if process.returncode is None:
            self.lines.say("did not stop in time and is ended by force.")
            _signal_group(process.pid, signal.SIGKILL)

    async def _pass_on(self, descriptor: int) -> None:
        stream = asyncio.StreamReader()
        with os.fdopen(descriptor, "rb", buffering=0) as pipe:
            loop = asyncio.get_running_loop()
            transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
            try:
                while chunk := await stream.read(65536):
                    self.lines.add(chunk)
            finally:
                transport.close()
                self.lines.end()


def _die_with(parent: int) -> Callable[[], None] | None:
    """What a child runs before its program: it gets SIGTERM when we die, so that kill -9 of us leaves no orphan."""
    if _libc is None:
        return None
    libc = _libc

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


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


def _write(out: TextIO, text: str) -> None:
    # The terminal may be gone: the processes are still to be looked after, and stopped.
    with contextlib.suppress(OSError, ValueError):
        out.write(text)
        out.flush()
