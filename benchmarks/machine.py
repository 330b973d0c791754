"""What processes cost: their memory, and the processor seconds of whole trees of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from qsms_portal.embedded.places import places

T = TypeVar("T")
UNIT = 200
LOOKS = 20


@dataclass
class Spent:
    """Processor seconds of a block, known when it has ended."""

    seconds: float = 0.0


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def servers(data_dir: Path) -> list[psutil.Process]:
    """The embedded servers of a data folder: they are nobody's children, and work in their own folders."""
    base = places(data_dir).base
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(base):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def portal_processes(pid: int, data_dir: Path) -> list[psutil.Process]:
    """All of a portal that `pid` runs on a data folder, each once: it may have started the servers, or found them."""
    return list({*tree(pid), *servers(data_dir)})


def of_each(find: Callable[[], list[psutil.Process]], look: Callable[[psutil.Process], T]) -> list[T]:
    """What is seen of each process that `find` finds; all again where one ended meanwhile: the database's come and go.

    Raises psutil.NoSuchProcess where they end all the time.
    """
    for _ in range(LOOKS - 1):
        try:
            return [look(one) for one in find()]
        except psutil.NoSuchProcess:
            continue
    return [look(one) for one in find()]


def pss(find: Callable[[], list[psutil.Process]]) -> float:
    """Megabytes of memory, each shared page counted once among those that share it."""
    return sum(of_each(find, lambda one: float(one.memory_full_info().pss))) / (1 << 20)


def processor_seconds(process: psutil.Process) -> float:
    """What a process and those of its children that have ended have spent so far, as user and as system."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@contextmanager
def spent_by(*pids: int, data_dir: Path | None = None) -> Iterator[Spent]:
    """What the trees of `pids`, and with `data_dir` its servers, spend while the block runs."""

    def processes() -> list[psutil.Process]:
        return [one for pid in pids for one in tree(pid)] + (servers(data_dir) if data_dir else [])

    spent, before = Spent(), sum(of_each(processes, processor_seconds))
    yield spent
    spent.seconds = sum(of_each(processes, processor_seconds)) - before


def unit() -> float:
    """Processor seconds of one fixed piece of work: how quick this machine is just now."""
    start = time.process_time()
    for number in range(UNIT):
        json.loads(json.dumps({str(one): f"text {one} of {number}" for one in range(1_000)}))
    return time.process_time() - start
