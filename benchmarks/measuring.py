"""Timing, peak memory, and the table that is printed in the end."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from django.core.management import call_command
from django.db import connection, connections


@dataclass
class Timed:
    """Seconds of a block, known when it has ended."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Timed]:
    found, start = Timed(), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - start


@dataclass
class Table:
    """One line a measurement: ours, the bare loop beside it, and the ratio."""

    lines: list[tuple[str, float, float, int]] = field(default_factory=list)

    def add(self, what: str, rows: int, ours: float, bare: float, megabytes: int | None = None) -> None:
        """`megabytes`: the peak, where the bare loop would hide it."""
        self.lines.append((what, rows / ours, rows / bare, megabytes or peak_megabytes()))

    def show(self, out: TextIO) -> None:
        out.write(f"\n{'what':<44}{'ours a second':>15}{'bare a second':>15}{'ratio':>8}{'peak MB':>9}\n")
        for what, ours, bare, megabytes in self.lines:
            out.write(f"{what:<44}{ours:>15,.0f}{bare:>15,.0f}{ours / bare:>8.2f}{megabytes:>9}\n")


def in_threads(work: Callable[[], object], threads: int) -> None:
    """Do `work` in so many threads at once and wait for them all."""

    def and_close() -> None:
        try:
            work()
        finally:
            connections.close_all()

    started = [threading.Thread(target=and_close) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def peak_megabytes() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def most_held() -> int:
    """The same of a process that another has begun: getrusage counts what that one held before the exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


@contextmanager
def fresh_database() -> Iterator[None]:
    """A database of this run's own beside the usual one, dropped in the end."""
    name = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connections.close_all()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
