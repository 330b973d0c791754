"""One `up` on a data folder at a time, or one for each part of it."""

from __future__ import annotations

import os
from pathlib import Path

from qsms_portal.embedded import locks


class AlreadyRunning(Exception):
    """Another `up` runs this part on this data folder; its process number is the first argument, as far as known."""


def take_turn(data_dir: Path, part: str) -> int:
    """Claim `part` of this data folder for the life of this process; returns the descriptor that holds the claim."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / f"up-{part}.pid"
    descriptor = locks.take(path, wait=False)
    if descriptor is None:
        raise AlreadyRunning(path.read_text().strip() or "not known yet")
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
