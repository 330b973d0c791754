"""Locks that the kernel lets go of when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def take(path: Path, *, shared: bool = False, wait: bool = True) -> int | None:
    """The descriptor that holds the lock on `path`; None where it is held by others and waiting is not wanted."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_held(path: Path) -> bool:
    """Whether someone holds the lock exclusively. Asks by a shared lock, so that askers do not see one another."""
    if not path.exists():
        return False
    descriptor = take(path, shared=True, wait=False)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock on `path` exclusively while the block runs, having waited for it."""
    descriptor = take(path)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
