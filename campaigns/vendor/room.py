"""How many threads of a web process scripts' calls may hold: reports and the emergency stop need some too.

At most three quarters are in a call, of whom at most a quarter wait for what becomes of it. Who finds no room soon is
told to come again: nothing was written then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

# Who waits here holds one of the others.
PATIENCE_SECONDS = 0.05

_calls = threading.BoundedSemaphore(max(1, settings.WEB_THREADS * 3 // 4))
_waiting = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 4))


@contextmanager
def room_for_a_call() -> Iterator[bool]:
    """Whether there is a thread for it."""
    with _held(_calls, PATIENCE_SECONDS) as is_held:
        yield is_held


@contextmanager
def room_to_wait() -> Iterator[bool]:
    """Whether this call may wait, too."""
    with _held(_waiting, 0) as is_held:
        yield is_held


@contextmanager
def _held(room: threading.BoundedSemaphore, seconds: float) -> Iterator[bool]:
    is_held = room.acquire(timeout=seconds) if seconds else room.acquire(blocking=False)
    try:
        yield is_held
    finally:
        if is_held:
            room.release()
