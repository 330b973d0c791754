"""The portal's own processes, as `up` starts them, on the run's database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Web:
    """A web server that runs: where it is, and the number of its process."""

    url: str
    pid: int


@contextmanager
def web(wsgi: str = "qsms_portal.wsgi", project: str = "benchmarks.settings") -> Iterator[Web]:
    """A project's web server as `up` runs ours, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(settings.WEB_THREADS)),
        *("--no-access-log", "--log-level", "warning"),
        f"{wsgi}:application",
    ]
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": project})
    try:
        _until_it_answers(port)
        yield Web(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_it_answers(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def workers(gateway: str, posts_at_once: int = 8) -> Iterator[list[int]]:
    """The two workers and beat, as `up` starts them; gives the numbers of their processes."""
    environment = {**os.environ, "QSMS_BASE_URL": gateway, "QSMS_API_KEY": "qsms_live_bench"}
    environment["QSMS_POSTS_AT_ONCE"] = str(posts_at_once)
    celery = [sys.executable, "-m", "celery", "-q", "-A", "qsms_portal"]
    threads = ("-P", "threads", "-c", str(2 * posts_at_once))
    folder = settings.DATA_DIR / f"beat-{socket.gethostname()}"
    commands = [
        [*celery, "worker", *threads, "-Q", "sending", "-n", "s@bench", "--without-gossip"],
        [*celery, "worker", "-X", "sending", "-c", "4", "-n", "w@bench", "--without-gossip"],
        [*celery, "beat", "-s", str(folder), "--pidfile="],
    ]
    processes = [subprocess.Popen(command, env=environment) for command in commands]
    try:
        time.sleep(5)  # until they are up: what is measured is a portal that runs
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=120)
