"""How many processes the worker for everything but sending has: one while nothing lasts, more when something waits."""

from __future__ import annotations

import time
from typing import Any

from celery.worker import autoscale, state

LOOK_EVERY = 0.5


class Autoscaler(autoscale.Autoscaler):
    """Celery's own counts tasks as they come: of two that come at once it makes two processes, ends one, makes it anew.

    This one adds a process when a task has waited for one, and ends one only when for a minute nobody waited, at a
    moment at which nothing runs: a task that has just been handed to it would end with it. Seconds everywhere.
    """

    waited_for = 0.4
    idle_for = 60.0
    pool: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "keepalive": LOOK_EVERY})
        self._waiting_since: float | None = None
        self._changed_at = time.monotonic()

    def _maybe_scale(self, _task: Any = None) -> bool:
        now = time.monotonic()
        if len(state.reserved_requests) <= len(state.active_requests):
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now
        elif now - self._waiting_since >= self.waited_for and self.processes < self.max_concurrency:
            self.pool.grow(1)
            return self._has_changed(now)
        is_idle = not state.reserved_requests and now - self._changed_at >= self.idle_for
        if is_idle and self.processes > self.min_concurrency:
            # One that ended after it was looked for is still in the list, and would be ended again instead of another.
            self.pool.maintain_pool()
            self.pool.shrink(1)
            return self._has_changed(now)
        return False

    def _has_changed(self, now: float) -> bool:
        self._waiting_since, self._changed_at = None, now
        return True
