"""Who uses the embedded servers: the first to need them starts them, the last to leave stops them.

Each user holds a shared lock on one file for its life. Who leaves lets go and tries for the exclusive one: only the
last gets it, and holds it while the servers stop, so that a newcomer waits and then starts them anew. A user that is
killed with -9 lets go too, without stopping anything; the next one finds the servers running and stops them when it
leaves.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
from multiprocessing import util as multiprocessing_exits
from pathlib import Path

from lib import room
from qsms_portal.embedded import locks
from qsms_portal.embedded.places import BALLAST, POSTGRESQL, VALKEY, hand_over, places
from qsms_portal.embedded.server import Server, is_running

log = logging.getLogger(__name__)

USERS = "embedded.users"
STARTING = "embedded.starting"

_guard = threading.RLock()
_joined: dict[Path, int] = {}
# Of which data folder which servers are known to answer as long as they run.
_answering: set[tuple[Path, str]] = set()


def ensure(data_dir: Path, *, database: bool = False, redis: bool = False) -> None:
    """See that the wanted servers answer, and count this process among their users until it ends.

    Waits as long as they take to recover. Cheap where they are known to run: each new connection may call it.
    Raises EmbeddedServersError where a server cannot run here.
    """
    wanted = _names(database, redis)
    with _guard:
        if all((data_dir, name) in _answering and is_running(places(data_dir), name) for name in wanted):
            return
        _join(data_dir)
        with locks.held(data_dir / STARTING):
            hand_over(data_dir / STARTING, data_dir)
            for name in wanted:
                _server(data_dir, name).ensure()
                _answering.add((data_dir, name))


def join(data_dir: Path, *, database: bool = False, redis: bool = False) -> None:
    """Count this process among the users of servers that `ensure` has just seen answer, by whichever process."""
    wanted = _names(database, redis)
    if wanted:
        with _guard:
            _join(data_dir)
            _answering.update((data_dir, name) for name in wanted)
    if database:
        room.ballast = places(data_dir).base / BALLAST


def leave(data_dir: Path) -> None:
    """Stop counting this process among the users; the last one to go stops the servers. Called when a process ends."""
    with _guard:
        descriptor = _joined.pop(data_dir, None)
        if descriptor is None:
            return
        _answering.difference_update([key for key in _answering if key[0] == data_dir])
        # Closed and opened anew, never changed in place: a forked child shares this lock and goes on using it.
        os.close(descriptor)
        if not data_dir.exists():
            return
        alone = locks.take(data_dir / USERS, wait=False)
        if alone is None:
            return
        try:
            _stop_all(data_dir)
        finally:
            os.close(alone)


def _stop_all(data_dir: Path) -> None:
    found = places(data_dir)
    for name in (VALKEY, POSTGRESQL):
        if is_running(found, name):
            _server(data_dir, name).stop()
    with contextlib.suppress(OSError):
        found.sockets.rmdir()


def _names(database: bool, redis: bool) -> list[str]:
    return [name for name, on in ((POSTGRESQL, database), (VALKEY, redis)) if on]


def _server(data_dir: Path, name: str) -> Server:
    # Their clients are large: who only uses servers that run does without.
    from qsms_portal.embedded.database import PostgreSQL  # noqa: PLC0415
    from qsms_portal.embedded.queue import Valkey  # noqa: PLC0415

    return (PostgreSQL if name == POSTGRESQL else Valkey)(places(data_dir))


def _join(data_dir: Path) -> None:
    if data_dir in _joined:
        return
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = locks.take(data_dir / USERS, shared=True)
    if descriptor is None:
        raise RuntimeError("waiting for the lock ended without it")
    _joined[data_dir] = descriptor
    hand_over(data_dir / USERS, data_dir)
    atexit.register(leave, data_dir)
    # Children of multiprocessing, as a web server's workers may be, end without atexit but run these.
    multiprocessing_exits.Finalize(None, leave, args=(data_dir,), exitpriority=0)


def _after_fork() -> None:
    global _guard
    _guard = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)
