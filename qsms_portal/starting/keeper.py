"""What `up` becomes when all is prepared: a small process that keeps the others running, and loads nothing of them."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lib import room
from qsms_portal.embedded import ensure, join, leave
from qsms_portal.embedded.errors import EmbeddedServersError
from qsms_portal.starting.supervisor import STOPPING, Child, Supervisor


@dataclass(frozen=True)
class Plan:
    """What is to be kept running. `turns`: descriptors of the claims to this data folder, held until all has ended."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    said_when_ready: str
    data_dir: Path
    embedded: Mapping[str, bool]
    turns: Sequence[int]


def become_keeper(plan: Plan) -> NoReturn:
    """Go on as the small process, with the same number and the plan in a file without a name."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    pickle.dump(plan, file)
    file.seek(0)
    for descriptor in (file.fileno(), *plan.turns):
        os.set_inheritable(descriptor, True)
    # Who asks to stop between the two is heard by the second.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", __name__, str(file.fileno())], dict(plan.environment))  # noqa: S606


def keep(plan: Plan) -> int:
    """Keep it running until it is told to stop; returns the exit status."""

    def say_so() -> None:
        sys.stdout.write(plan.said_when_ready)
        sys.stdout.flush()

    def look_after() -> None:
        """Start an embedded server again that has died under us."""
        try:
            ensure(plan.data_dir, **plan.embedded)
        except EmbeddedServersError as error:
            sys.stderr.write(f"{error}\n")
        else:
            room.keep_ballast()

    join(plan.data_dir, **plan.embedded)
    for turn in plan.turns:
        os.set_inheritable(turn, False)
    try:
        status = Supervisor(plan.children, sys.stdout, say_so, look_after, plan.environment).run()
    finally:
        # Nothing may cut this short: a server that is not asked to stop would stay.
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        leave(plan.data_dir)
        for turn in plan.turns:
            os.close(turn)
    sys.stdout.write("Stopped.\n")
    return status


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "rb") as file:
        plan = pickle.load(file)  # noqa: S301
    sys.exit(keep(plan))
