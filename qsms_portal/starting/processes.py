"""The portal's processes as `up` runs them: the same programs that are started one by one in production."""

from __future__ import annotations

import http.client
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from qsms_portal.supervisor import Child

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
            "warning",
        ),
        "qsms_portal.wsgi:application",
    ]
    address = f"http://127.0.0.1:{port}"
    return Child(
        "web",
        _python("-m", *command),
        environment,
        ready=lambda: _is_well(f"{address}/healthz") and _is_well(f"{address}/readyz"),
        stop_stage=STOP_WEB,
    )


def beat(environment: Mapping[str, str], data_dir: Path) -> Child:
    command = ("beat", "-s", str(data_dir / "beat-schedule"), "--pidfile=")
    return Child("beat", _celery(*command), environment, stop_stage=STOP_BEAT)


def workers(environment: Mapping[str, str], app: Celery) -> list[Child]:
    """The worker that sends, and the one for everything else."""
    call = settings.QSMS_CONNECT_TIMEOUT + settings.QSMS_READ_TIMEOUT
    return [
        _worker(app, environment, "sending", ["-P", "threads", "-c", str(SENDING_THREADS), "-Q", "sending"], call),
        _worker(app, environment, "work", ["-X", "sending", "-c", str(WORK_PROCESSES)], 30.0),
    ]


def simulator(environment: Mapping[str, str], manage: Path, port: int, report_url: str) -> Child:
    command = [str(manage), "simulate_gateway", "--port", str(port), "--chaos", PRACTICE_ACCOUNT]
    secret = {**environment, "SIMULATOR_DLR_URL": report_url}
    return Child("gateway", _python(*command), secret, ready=lambda: _is_listening(port), stop_stage=STOP_SIMULATOR)


def _worker(app: Celery, environment: Mapping[str, str], name: str, options: list[str], timeout: float) -> Child:
    node = f"{name}@portal"
    return Child(
        name,
        _celery("worker", *options, "-n", node, "--without-gossip", "--without-mingle"),
        environment,
        # SIGTERM to the main process alone: signalled as a group, posts on their way die and their tasks with them.
        stop_timeout=timeout + AFTER_THE_CALL,
        ready=lambda: _answers(app, node),
        stop_stage=STOP_WORKERS,
    )


def _celery(*arguments: str) -> list[str]:
    return _python("-m", "celery", "-q", "-A", "qsms_portal", *arguments)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _is_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _answers(app: Celery, node: str) -> bool:
    try:
        return bool(app.control.ping(destination=[node], timeout=1))
    except (OperationalError, RedisError, OSError):
        return False
