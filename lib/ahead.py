"""An iterator that works in a thread of its own, a few items ahead of whoever takes them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator, Iterator
from queue import Empty, Full, Queue
from typing import TypeVar

from django.db import connections

T = TypeVar("T")

LOOK_UP = 0.2
# Seconds after which a thread that computes lets one go on that has waited for the database: with Python's own five
# milliseconds a COPY, which waits for each piece that it sends, takes half as long again.
SWITCH, USUALLY = 0.0001, sys.getswitchinterval()


class _End:
    """The last thing in the queue: nothing more comes, or this error ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(make: Callable[[], Iterator[T]], items: int) -> Generator[T, None, None]:
    """What the iterator that `make` makes gives, made in another thread up to `items` ahead.

    The thread has database connections of its own and closes them. It ends when the iterator does, when it raises
    (raised here again), or when nobody takes what it has made.
    """
    queue: Queue[T | _End] = Queue(items)
    left = threading.Event()

    def put(item: T | _End) -> bool:
        while not left.is_set():
            try:
                queue.put(item, timeout=LOOK_UP)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        error: BaseException | None = None
        iterator = make()
        try:
            for item in iterator:
                if not put(item):
                    break
        except BaseException as raised:
            error = raised
        finally:
            if close := getattr(iterator, "close", None):
                close()
            connections.close_all()
            put(_End(error))

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    sys.setswitchinterval(SWITCH)
    thread.start()
    try:
        while True:
            try:
                item = queue.get(timeout=LOOK_UP)
            except Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        left.set()
        thread.join()
        sys.setswitchinterval(USUALLY)
