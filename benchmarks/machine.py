"""What processes cost: their memory, and the processor seconds of whole trees of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from qsms_portal.embedded.places import places

UNIT = 200


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


def pss(processes: list[psutil.Process]) -> float:
    """Megabytes of memory, each shared page counted once among those that share it."""
    return sum(process.memory_full_info().pss for process in processes) / (1 << 20)


@contextmanager
def spent_by(*pids: int, data_dir: Path | None = None) -> Iterator[Spent]:
    """What the trees of `pids`, and with `data_dir` its servers, spend while the block runs."""

    def seconds() -> float:
        processes = [one for pid in pids for one in tree(pid)] + (servers(data_dir) if data_dir else [])
        times = [one.cpu_times() for one in processes]
        # What ended meanwhile is in its parent's account.
        return sum(one.user + one.system + one.children_user + one.children_system for one in times)

    spent, before = Spent(), seconds()
    yield spent
    spent.seconds = seconds() - before


def unit() -> float:
    """Processor seconds of one fixed piece of work: how quick this machine is just now."""
    start = time.process_time()
    for number in range(UNIT):
        json.loads(json.dumps({str(one): f"text {one} of {number}" for one in range(1_000)}))
    return time.process_time() - start
