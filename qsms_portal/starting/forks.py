"""Processes that are started as forks of one that has loaded the portal, and watched over from here.

Whoever watches loads nothing of it. Where the kernel cannot tell of other processes' ends, each program is started by
itself, as in production.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Coroutine, Mapping, Sequence
from functools import cache, partial

from qsms_portal.starting.output import Lines, pass_on
from qsms_portal.starting.prctl import die_with

LOADED = [sys.executable, "-m", "qsms_portal.starting.loaded"]
LARGEST_ANSWER = 4096


class Fork:
    """A child of the loaded process. `returncode` is None as long as it runs, and 1 where nobody could tell.

    An orphan's loaded process has died: the kernel has asked it to end.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.is_orphan = asyncio.Event()
        self._ended = asyncio.Event()

    def end(self, status: int) -> None:
        self.returncode = status
        self._ended.set()

    async def wait(self) -> None:
        await self._ended.wait()


class Forks:
    """Starts `python -m` commands by forking the loaded process, which is started on first need and after its end."""

    def __init__(self, lines: Lines, environment: Mapping[str, str]) -> None:
        self._lines = lines
        self._environment = dict(environment)
        self._turn = asyncio.Lock()
        self._loaded: asyncio.subprocess.Process | None = None
        self._orders: socket.socket | None = None
        self._begun: asyncio.Future[Fork] | None = None
        self._running: dict[int, Fork] = {}
        self._beside: set[asyncio.Task[None]] = set()

    @staticmethod
    def can(argv: Sequence[str]) -> bool:
        return list(argv[:2]) == [sys.executable, "-m"] and _kernel_tells_of_ends()

    async def start(self, name: str, argv: Sequence[str], environment: Mapping[str, str], output: int) -> Fork:
        """Raises OSError where the loaded process does not start, or ends over it."""
        _, _, module, *arguments = argv
        new = {key: value for key, value in environment.items() if self._environment.get(key) != value}
        order = {"name": name, "module": module, "arguments": arguments, "environment": new}
        async with self._turn:
            orders = self._orders or await self._load()
            socket.send_fds(orders, [json.dumps(order).encode()], [output])
            self._begun = asyncio.get_running_loop().create_future()
            return await self._begun

    async def close(self) -> None:
        """Let the loaded process end, which has no work of its own."""
        self._hang_up()
        if self._loaded is not None:
            with contextlib.suppress(ProcessLookupError):
                self._loaded.terminate()
            await self._loaded.wait()
        await asyncio.gather(*self._beside)

    async def _load(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        with theirs, os.fdopen(writing, "wb"):
            self._loaded = await asyncio.create_subprocess_exec(
                *LOADED,
                str(theirs.fileno()),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                preexec_fn=partial(die_with, os.getpid()),
            )
        self._do_beside(pass_on(reading, self._lines))
        ours.setblocking(False)
        asyncio.get_running_loop().add_reader(ours, self._hear, ours)
        self._orders = ours
        return ours

    def _hear(self, orders: socket.socket) -> None:
        try:
            told = json.loads(orders.recv(LARGEST_ANSWER) or b"{}")
        except ConnectionError:
            told = {}
        if "started" in told:
            fork = self._running[told["started"]] = Fork(told["started"])
            if self._begun is not None:
                self._begun.set_result(fork)
        elif "ended" in told:
            self._running.pop(told["ended"]).end(told["status"])
        else:
            self._lose()

    def _lose(self) -> None:
        """The loaded process is gone, and the kernel has told its children to end."""
        self._hang_up()
        if self._begun is not None and not self._begun.done():
            self._begun.set_exception(OSError("with the process that has the portal loaded"))
        for fork in self._running.values():
            fork.is_orphan.set()
            self._do_beside(_until_gone(fork))
        self._running.clear()

    def _hang_up(self) -> None:
        if self._orders is not None:
            asyncio.get_running_loop().remove_reader(self._orders)
            self._orders.close()
            self._orders = None

    def _do_beside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)


@cache
def _kernel_tells_of_ends() -> bool:
    """Linux does since 5.3; some sandboxes that look like it do not."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


async def _until_gone(fork: Fork) -> None:
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(fork.pid)
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(descriptor, gone.set)
        await gone.wait()
        loop.remove_reader(descriptor)
        os.close(descriptor)
    fork.end(1)


async def start_program(argv: Sequence[str], environment: Mapping[str, str], output: int) -> asyncio.subprocess.Process:
    """The other way: a program by itself, of any kind."""
    return await asyncio.create_subprocess_exec(
        *argv,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        # Ctrl-C at a terminal goes to the whole group there: it must reach only us.
        start_new_session=True,
        preexec_fn=partial(die_with, os.getpid()),
    )
