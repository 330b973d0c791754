"""Reports that arrive at one process at the same moment share an INSERT and its commit: one thread writes for all.

Nobody waits for company: what there is when the writer is free is written at once, and what comes meanwhile is in the
next commit. Whoever leaves rows is told when they are committed and need not keep a thread for it: to put threads to
sleep and wake them was most of what a report cost.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from campaigns.delivery.storing import store_rows

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500

# Called once, by the writer, when the rows are committed (None), or with why they are not.
Done = Callable[[Exception | None], object]
Left = tuple[Sequence[bytes], Done]


class ReportDesk:
    """Keeps the reports of many threads. Its writer begins with the first report, and has a connection of its own."""

    def __init__(self) -> None:
        self._left: SimpleQueue[Left] = SimpleQueue()
        self._has_writer = False
        self._guard = threading.Lock()

    def leave(self, rows: Sequence[bytes], done: Done) -> None:
        """Have rows that `row_of` has read stored."""
        self._left.put((rows, done))
        if not self._has_writer:
            self._begin()

    def store(self, rows: Sequence[bytes]) -> None:
        """As `storing.store_rows`: committed when this returns. Raises DatabaseError, InterfaceError."""
        if connection.in_atomic_block:
            store_rows(rows)
            return
        told: SimpleQueue[Exception | None] = SimpleQueue()
        self.leave(rows, told.put)
        if error := told.get():
            raise error

    def _begin(self) -> None:
        with self._guard:
            if not self._has_writer:
                self._has_writer = True
                threading.Thread(target=self._write_on, name="reports", daemon=True).start()

    def _write_on(self) -> None:
        while True:
            taken = [self._left.get()]
            taken += [self._left.get() for _ in range(min(self._left.qsize(), MOST_AT_ONCE))]
            connection.close_if_unusable_or_obsolete()
            _write(taken)


def _write(taken: list[Left]) -> None:
    outcome: Exception | None = None
    try:
        store_rows([row for rows, _ in taken for row in rows])
    except (OperationalError, InterfaceError) as error:
        outcome = error
    except DatabaseError as error:
        # One that cannot be kept does not take the others with it.
        if len(taken) > 1:
            for one in taken:
                _write([one])
            return
        outcome = error
    except Exception as error:  # the outermost edge of this thread, without which nobody would be answered again
        log.exception("Reports could not be stored.")
        outcome = error
    for _, done in taken:
        try:
            done(outcome)
        except Exception:
            log.exception("A report could not be answered.")
