"""Counts calls of the gateway in this process's memory, and adds them to the table every few seconds.

What a process that is killed has not added yet is lost: these are figures to look at, not records.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import defaultdict

from django.db import connection

BUCKETS = (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
ADDED_EVERY = 5.0

ADD = """
INSERT INTO campaigns_callstatistic AS c (outcome, milliseconds, count, seconds)
SELECT * FROM unnest(%s::varchar[], %s::integer[], %s::bigint[], %s::float[]) AS r(outcome, bucket, count, seconds)
ORDER BY outcome, bucket
ON CONFLICT (outcome, milliseconds) DO UPDATE
SET count = c.count + excluded.count, seconds = c.seconds + excluded.seconds
"""


class CallStatistics:
    """Safe in many threads; whoever counts when the time has come adds what all have counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0.0])
        self._added_at = time.monotonic()

    def count(self, outcome: str, seconds: float) -> None:
        """One call that ended with `outcome` after so long. Raises what the database raises."""
        place = bisect_left(BUCKETS, seconds * 1000)
        bucket = BUCKETS[place] if place < len(BUCKETS) else 0
        with self._lock:
            counted = self._counted[outcome, bucket]
            counted[0] += 1
            counted[1] += seconds
            if time.monotonic() - self._added_at < ADDED_EVERY:
                return
        self.add()

    def add(self) -> None:
        """Add what was counted to the table."""
        with self._lock:
            taken, self._counted = self._counted, defaultdict(lambda: [0, 0.0])
            self._added_at = time.monotonic()
        if taken:
            rows = [(outcome, bucket, int(count), seconds) for (outcome, bucket), (count, seconds) in taken.items()]
            with connection.cursor() as cursor:
                cursor.execute(ADD, [list(column) for column in zip(*rows, strict=True)])


statistics = CallStatistics()
