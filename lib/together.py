"""What threads of one process ask for at the same moment, done once for all of them by whoever comes first.

A commit waits for the disk, and a claim for a row that all pass: one for many costs what one costs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Asked(Generic[T, R]):
    __slots__ = ("error", "is_done", "item", "result")

    def __init__(self, item: T) -> None:
        self.item = item
        self.is_done = False
        self.result: R | None = None
        self.error: Exception | None = None


class Together(Generic[T, R]):
    """`do` takes all items that are asked for and returns a result for each, in their order.

    Nothing is done ahead: each result goes at once to a thread that waits for it. What `do` raises, all of them raise.
    """

    def __init__(self, do: Callable[[list[T]], Sequence[R]]) -> None:
        self._do = do
        self._adding = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Asked[T, R]] = []

    def ask(self, item: T) -> R:
        """The result for `item`, done with whatever else is asked for by then."""
        asked: _Asked[T, R] = _Asked(item)
        with self._adding:
            self._waiting.append(asked)
        with self._turn:
            if not asked.is_done:
                self._do_all()
        if asked.error is not None:
            raise asked.error
        return asked.result  # type: ignore[return-value]  # it is done, so it has one

    def _do_all(self) -> None:
        with self._adding:
            taken, self._waiting = self._waiting, []
        try:
            results = self._do([one.item for one in taken])
        except Exception as error:
            for one in taken:
                one.error = error
        else:
            for one, result in zip(taken, results, strict=True):
                one.result = result
        finally:
            for one in taken:
                one.is_done = True
