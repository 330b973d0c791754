"""The environment that `up` and its children run with: ports, addresses, secrets, and practice mode."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from qsms_portal import kept

PRACTICE_KEY = "qsms_live_practice"
PRACTICE_SENDER = "PRACTICE"
# exec keeps the process number: a marker that came from elsewhere, as through a child's shell, does not count.
PREPARED = "PORTAL_PREPARED_FOR"


def is_prepared(environment: Mapping[str, str]) -> bool:
    """Whether this process already runs with what `prepared` gives."""
    return environment.get(PREPARED) == str(os.getpid())


def prepared(
    environment: Mapping[str, str], data_dir: Path, port: int, token: str | None, runs_simulator: bool
) -> dict[str, str]:
    """What to run with on top of `environment`, of which whatever is set stays.

    `token` is the one in the delivery reports' address, None where it is still to be made. Practice mode is on where
    neither a gateway nor a key is set: texts go to a simulator at a port of this data folder's own.
    """
    practice = not environment.get("QSMS_BASE_URL") and not environment.get("QSMS_API_KEY")
    wanted = {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": kept.secret(data_dir, "secret-key"),
        "QSMS_DLR_TOKEN": token or kept.secret(data_dir, "dlr-token"),
    }
    if practice:
        wanted |= {
            "QSMS_BASE_URL": f"http://127.0.0.1:{simulator_port(data_dir, port, runs_simulator)}",
            "QSMS_API_KEY": PRACTICE_KEY,
            "QSMS_SENDER_ID": PRACTICE_SENDER,
            "SIMULATOR_SECRET": kept.secret(data_dir, "simulator-secret"),
        }
    chosen = {name: environment.get(name) or value for name, value in wanted.items()}
    return chosen | {"PRACTICE_MODE": "1" if practice else "0", PREPARED: str(os.getpid()), "PORT": str(port)}


def simulator_port(data_dir: Path, avoiding: int, runs_it: bool) -> int:
    """The simulator's port, kept in the data folder; whoever runs it chooses anew where another program has it."""
    record = data_dir / "simulator-port"
    if record.exists():
        port = int(record.read_text())
        if not runs_it or (port != avoiding and is_free(port)):
            return port
    port = _any_free_port()
    record.write_text(f"{port}\n")
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: what is left of closed connections does not keep a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
