"""The one way to queue a task: after the commit, in two seconds at most, and never an error.

The database is the truth and the tick finds whatever a lost nudge leaves lying; so a queue that is away costs time, not
work. A bare `delay()` on a stopped Redis would hold a request for more than 40 seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import Any

from celery import Task, current_app
from django.db import transaction
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

TIMEOUTS = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry_on_timeout": False, "max_retries": 0}
REST_AFTER_FAILURE = 5.0

_local = threading.local()
_queue_away_until = 0.0


def nudge(task: Task[..., Any], *args: int) -> None:
    """Queue `task` with `args` when the transaction under way has committed, or now where there is none."""
    transaction.on_commit(partial(_send, task, args))


def _send(task: Task[..., Any], args: tuple[int, ...]) -> None:
    global _queue_away_until
    if time.monotonic() < _queue_away_until:
        return
    try:
        task.apply_async(args, connection=_connection(), retry=False)  # type: ignore[call-arg]  # the stubs lack it
    except (OperationalError, RedisError, OSError):
        _queue_away_until = time.monotonic() + REST_AFTER_FAILURE
        _local.connection = None
        log.warning("The queue does not answer; %s waits for the tick.", task.name)


def _connection() -> Connection:
    """A connection of this thread's own, with short timeouts; the workers' own have long ones."""
    connection: Connection | None = getattr(_local, "connection", None)
    if connection is None:
        connection = Connection(current_app.conf.broker_url, transport_options=TIMEOUTS, connect_timeout=2)
        _local.connection = connection
    return connection


def queued(queue: str) -> int:
    """How many tasks wait in `queue`; more than anybody needs where the queue does not answer."""
    try:
        return int(_connection().default_channel.client.llen(queue))  # type: ignore[attr-defined]  # the stubs lack it
    except (OperationalError, RedisError, OSError):
        _local.connection = None
        return 1_000_000
