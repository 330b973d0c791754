"""The portal's processes as `up` runs them: what is started one by one in production, in less memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from django.conf import settings

from qsms_portal.starting import readiness
from qsms_portal.starting.supervisor import Child

# Twice as many as there are calls at once: the others claim and write down meanwhile.
SENDING_THREADS = 2 * settings.QSMS_POSTS_AT_ONCE
# A long import, a long planning and callbacks beside each other must leave somebody for the tick and the reports.
WORK_PROCESSES = 4
# What the sending worker still waits for after a call's own deadline: its answer's way into the database.
AFTER_THE_CALL = 15.0

# Prepaid, and enough to try out a large campaign.
PRACTICE_ACCOUNT = '{"credit": 1000000}'

STOP_WEB, STOP_BEAT, STOP_WORKERS, STOP_SIMULATOR = range(4)


def web(environment: Mapping[str, str], port: int) -> Child:
    command = [
        *("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *(
            "--workers",
            "1",
            "--blocking-threads",
            str(settings.WEB_THREADS),
            "--no-access-log",
            "--log-level",
            # It warns of more than five threads on two processors, each time.
            "error",
        ),
        "qsms_portal.wsgi:application",
    ]
    return Child(
        "web", _python("-m", *command), environment, ready=partial(readiness.is_well, port), stop_stage=STOP_WEB
    )


def beat(environment: Mapping[str, str], data_dir: Path) -> Child:
    command = _celery("beat", "--schedule", str(data_dir / "beat-schedule"))
    return Child("beat", command, environment, stop_stage=STOP_BEAT)


def workers(environment: Mapping[str, str]) -> list[Child]:
    """The worker that sends, and the one for everything else."""
    call = settings.QSMS_CONNECT_TIMEOUT + settings.QSMS_READ_TIMEOUT
    return [
        _worker(environment, "sending", f"--threads={SENDING_THREADS}", call),
        _worker(environment, "work", f"--processes={WORK_PROCESSES}", 30.0),
    ]


def simulator(environment: Mapping[str, str], port: int, report_url: str) -> Child:
    command = ["-m", "campaigns.gateway.simulator", "--port", str(port), "--chaos", PRACTICE_ACCOUNT]
    secret = {**environment, "SIMULATOR_DLR_URL": report_url}
    ready = partial(readiness.is_listening, port)
    return Child("gateway", _python(*command), secret, ready=ready, stop_stage=STOP_SIMULATOR)


def _worker(environment: Mapping[str, str], name: str, most: str, timeout: float) -> Child:
    return Child(
        name,
        _celery(name, "--node", f"{name}@portal", most),
        environment,
        # SIGTERM to the main process alone: signalled as a group, posts on their way die and their tasks with them.
        stop_timeout=timeout + AFTER_THE_CALL,
        tells_ready=True,
        stop_stage=STOP_WORKERS,
    )


def _celery(*arguments: str) -> list[str]:
    return _python("-m", "qsms_portal.starting.celery_process", *arguments)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
