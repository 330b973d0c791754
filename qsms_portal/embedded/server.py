"""What the two embedded servers have in common: one at a time, started apart from us, running means that it answers."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path

from qsms_portal.embedded import locks
from qsms_portal.embedded.account import Account
from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.embedded.places import Places, hand_over, make_private

log = logging.getLogger(__name__)

POLL = 0.05
SAY_SO_AFTER = 5.0
SOCKET_IS_GONE_AFTER = 30.0
STOP_WITHIN = 120.0
ATTEMPTS = 2
ROTATE_LOG_AT = 8 << 20
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

# Kept so that no started server is waited for by a forgotten object, and none becomes a zombie for long.
_started: list[subprocess.Popen[bytes]] = []


class Server(ABC):
    """One server of one data folder.

    The running server itself holds the lock `running`: it inherits the descriptor that its starter took. So what runs
    is known from the kernel, over containers too, and never from a number in a file.
    """

    label: str
    name: str

    def __init__(self, places: Places) -> None:
        self.places = places
        self.folder = places.base / self.name
        self.running = _lock(places, self.name)
        self.log = places.data_dir / f"{self.name}.log"

    @property
    @abstractmethod
    def socket(self) -> Path:
        """Where it answers."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers now. Still recovering is no answer yet."""

    @abstractmethod
    def prepare(self) -> None:
        """Make its data if there is none, and clear away what a crash left. Nothing runs when this is called."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def ask_to_stop(self) -> None:
        """Ask it to stop, keeping everything that it has."""

    @abstractmethod
    def settle(self) -> None:
        """See to what it needs once it answers."""

    def is_running(self) -> bool:
        return is_running(self.places, self.name)

    def ensure(self) -> None:
        """Return when it answers; start it where it does not run. To be called by one process at a time.

        Waits as long as its recovery takes. Raises EmbeddedServersError where it cannot run, with what it logged.
        """
        make_private(self.places.base, self.places.account)
        make_private(self.places.sockets, self.places.account)
        began = time.monotonic()
        said, attempts, log_began = False, 0, 0
        while not self.answers():
            descriptor = locks.take(self.running, wait=False)
            if descriptor is not None:
                if attempts == ATTEMPTS:
                    os.close(descriptor)
                    raise EmbeddedServersError(f"{self.label} does not start. It says:\n{self._tail(log_began)}")
                attempts, began = attempts + 1, time.monotonic()
                log_began = self._launch(descriptor)
            waited = time.monotonic() - began
            if waited > SOCKET_IS_GONE_AFTER and not self.socket.exists():
                raise EmbeddedServersError(
                    f"A {self.label} of this data folder runs, but not at {self.socket}: it belongs to another "
                    f"container, or its socket was deleted. Stop it and start again."
                )
            if waited > SAY_SO_AFTER and not said:
                said = True
                log.warning("%s is not ready yet (it may be recovering); waiting for it.", self.label)
            time.sleep(POLL)
        self.settle()

    def stop(self) -> bool:
        """Stop it and wait until it is gone, up to two minutes. False: it still runs."""
        deadline = time.monotonic() + STOP_WITHIN
        self.ask_to_stop()
        while self.is_running():
            if time.monotonic() > deadline:
                log.warning("%s is still stopping after %d seconds; it is left to itself.", self.label, STOP_WITHIN)
                return False
            time.sleep(POLL)
        _reap()
        return True

    def _launch(self, descriptor: int) -> int:
        """Start the program with the lock's descriptor, which it keeps; returns where its log begins."""
        try:
            self.prepare()
            _reap()
            bound_logs(self.places.data_dir)
            with open(self.log, "ab", opener=_private) as output:
                # One of before may be there that others may read.
                os.fchmod(output.fileno(), 0o600)
                began = output.tell()
                hand_over(self.log, self.places.data_dir)
                _started.append(run_apart(self.command(), self.places.account, output.fileno(), descriptor))
        finally:
            os.close(descriptor)
        return began

    def _tail(self, began: int) -> str:
        with self.log.open("rb") as file:
            file.seek(began)
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-12:])


def is_running(places: Places, name: str) -> bool:
    """Whether the server of that name runs, for those who do not know what it is."""
    return locks.is_held(_lock(places, name))


def _lock(places: Places, name: str) -> Path:
    return places.base / f"{name}.running"


def run_apart(command: list[str], account: Account, output: int, lock: int) -> subprocess.Popen[bytes]:
    """Start a server as `account`, which writes into `output` and holds the lock of that descriptor while it lives."""
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=CLEAN_ENVIRONMENT,
        pass_fds=(lock,),
        **account.popen_options(),
    )


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process `pid` has `folder` as its working folder, as a server has its data's. Unknown is yes."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def _reap() -> None:
    _started[:] = [process for process in _started if process.poll() is None]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def bound_logs(data_dir: Path) -> None:
    """Begin the servers' logs anew where they have grown long; the last one of each is kept beside it.

    Its server goes on writing into the same file, always at its end.
    """
    for path in data_dir.glob("*.log"):
        if path.stat().st_size > ROTATE_LOG_AT:
            with path.open("rb") as log, open(path.with_suffix(".log.1"), "wb", opener=_private) as kept:
                shutil.copyfileobj(log, kept)
            os.truncate(path, 0)
