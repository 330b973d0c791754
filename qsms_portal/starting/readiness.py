"""How it is known from outside that a process is ready: it answers, it listens, or it tells."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import tempfile
from pathlib import Path


class Told:
    """An address that a process tells its readiness to; see sd_notify(3)."""

    def __init__(self, name: str) -> None:
        place = f"qsms-portal-{os.getpid()}-{name}"
        # Where the kernel has names without files, nothing is left behind, and no path is too long.
        self.address = f"@{place}" if sys.platform == "linux" else str(Path(tempfile.mkdtemp()) / place)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(self.address.replace("@", "\0", 1))

    def is_heard(self) -> bool:
        try:
            return b"READY=1" in self._socket.recv(4096)
        except BlockingIOError:
            return False


def is_well(port: int) -> bool:
    """Whether the portal at this port of 127.0.0.1 answers, its database too."""
    return _is_ok(port, "/healthz") and _is_ok(port, "/readyz")


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _is_ok(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (http.client.HTTPException, OSError):
        return False
    finally:
        connection.close()
