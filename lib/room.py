"""Room on the disk: how a full one is told from other failures, and a file that is given up for what must be done.

PostgreSQL that cannot make a file larger fails the statement. Where it gets no room for its log it ends, and does not
start again until there is: 16 MB. The ballast gives that, and the emergency stop, their room.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

FULL = "The disk of the portal is full. Nothing of this was kept. Free some room on it, and do it again."
DISK_FULL_STATE = "53100"
DISK_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)
BALLAST_BYTES = 64 << 20
# It never takes the last room itself.
ROOM_FOR_BALLAST_BYTES = 8 * BALLAST_BYTES
LEAST_ROOM_BYTES = BALLAST_BYTES // 2

# Beside the data of the embedded database, whose start sets it.
ballast: Path | None = None

P = ParamSpec("P")
R = TypeVar("R")


def is_full(error: BaseException | None) -> bool:
    """Whether this, or what it came from, says that a disk is full: ours or the database's."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if getattr(error, "sqlstate", None) == DISK_FULL_STATE or getattr(error, "errno", None) in DISK_FULL_ERRORS:
            return True
        error = error.__cause__ or error.__context__
    return False


def keep_ballast() -> None:
    """Make it where there is room for it and none is kept; nothing where no database of ours is beside it."""
    if ballast is None or ballast.exists() or shutil.disk_usage(ballast.parent).free < ROOM_FOR_BALLAST_BYTES:
        return
    begun = ballast.with_name(f"{ballast.name}.{os.getpid()}")
    try:
        with begun.open("wb") as file:
            # Not zeros, of which some file systems keep none.
            for _ in range(BALLAST_BYTES >> 20):
                file.write(os.urandom(1 << 20))
        begun.replace(ballast)
    except OSError:
        begun.unlink(missing_ok=True)


def give_up_ballast() -> bool:
    """Whether there was one, whose room is free now."""
    try:
        if ballast is not None:
            ballast.unlink()
            return True
    except FileNotFoundError:
        pass
    return False


def give_up_ballast_where_full() -> bool:
    """The same, where so little is left that the database could not start."""
    return ballast is not None and shutil.disk_usage(ballast.parent).free < LEAST_ROOM_BYTES and give_up_ballast()


def at_any_cost(act: Callable[P, R]) -> Callable[P, R]:
    """What must be possible on a full disk too: done again once the ballast is given up."""

    @wraps(act)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        except Exception as error:  # whatever it was wrapped in
            if not (is_full(error) and give_up_ballast()):
                raise
        return act(*args, **kwargs)

    return done
