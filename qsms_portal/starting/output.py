"""What processes write, in one place: whole lines, with the name of whose they are before each."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TextIO


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
        write(self._out, f"{self._prefix}{text}\n")


async def pass_on(descriptor: int, lines: Lines) -> None:
    """Read a pipe to its end, line by line."""
    stream = asyncio.StreamReader()
    with os.fdopen(descriptor, "rb", buffering=0) as pipe:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
        try:
            while chunk := await stream.read(65536):
                lines.add(chunk)
        finally:
            transport.close()
            lines.end()


def write(out: TextIO, text: str) -> None:
    # The terminal may be gone: the processes are still to be looked after, and stopped.
    with contextlib.suppress(OSError, ValueError):
        out.write(text)
        out.flush()
