"""Reports that arrive at one process at the same moment share an INSERT and its commit: who comes first writes for all.

Nobody waits for company: who finds nobody writing writes at once, and who comes meanwhile is in the next one. With 32
threads more came through than with an INSERT each. `together` would do it too, but its threads queue for one lock,
which with so many took longer than the commit.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise

from django.db import DatabaseError, InterfaceError, OperationalError

from campaigns.delivery.storing import store_rows


class _Waiting:
    """One request's rows, and how it went with them. Its thread goes on when `turn` is released."""

    __slots__ = ("after", "error", "rows", "turn", "written")

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = rows
        self.written = False
        self.error: Exception | None = None
        self.after: _Waiting | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class ReportDesk:
    """Keeps the reports of many threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_writing = False

    def store(self, rows: Sequence[str]) -> None:
        """As `storing.store_rows`: committed when this returns. Raises DatabaseError, InterfaceError."""
        mine = _Waiting(rows)
        with self._guard:
            self._waiting.append(mine)
            writes, self._is_writing = not self._is_writing, True
        if not writes:
            mine.turn.acquire()
            if mine.after is not None:
                mine.after.turn.release()
        if not mine.written and mine.error is None:
            self._write_for_all(mine)
        if mine.error is not None:
            raise mine.error

    def _write_for_all(self, mine: _Waiting) -> None:
        with self._guard:
            taken, self._waiting = self._waiting, []
        try:
            _write(taken)
        finally:
            with self._guard:
                following = self._waiting[0] if self._waiting else None
                self._is_writing = following is not None
            for one in taken:
                if not one.written and one.error is None:
                    one.error = OperationalError("The thread that wrote for all did not come to an end.")
            # One lets the next go on: woken all at once they would only queue again, for the interpreter.
            others = [one for one in taken if one is not mine]
            for one, after in pairwise(others):
                one.after = after
            if others:
                others[0].turn.release()
            if following is not None:
                following.turn.release()


def _write(taken: list[_Waiting]) -> None:
    try:
        store_rows([row for one in taken for row in one.rows])
    except (OperationalError, InterfaceError) as error:
        for one in taken:
            one.error = error
    except DatabaseError as error:
        # One that cannot be kept does not take the others with it.
        if len(taken) == 1:
            taken[0].error = error
        for one in taken if len(taken) > 1 else ():
            _write([one])
    else:
        for one in taken:
            one.written = True
