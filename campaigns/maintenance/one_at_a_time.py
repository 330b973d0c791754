"""Of two ticks at once one works, and at most so much in one go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

TICK_LOCK = 7_301_002
SLICE = 200


@contextmanager
def only_tick() -> Iterator[bool]:
    """A transaction, and whether this tick is the one that may work in it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TICK_LOCK])
        yield cursor.fetchone()[0]
