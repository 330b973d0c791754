"""Claims for the threads of one process: who comes first takes as many as are waited for, in one transaction.

All claims of all workers pass one row; threads that queue for it one by one would each hold it for a commit.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta

from campaigns.claiming import Claim, claim_up_to


class ClaimDesk:
    """Nothing is claimed for later: each claim goes at once to a thread that waits for it."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._turn = threading.Lock()
        self._waiting = 0
        self._taken: deque[Claim] = deque()

    def next(self, deadline: timedelta) -> Claim | None:
        """As `claiming.claim_next`."""
        with self._counting:
            self._waiting += 1
        try:
            with self._turn:
                if not self._taken:
                    self._taken.extend(claim_up_to(self._waiting, deadline))
                return self._taken.popleft() if self._taken else None
        finally:
            with self._counting:
                self._waiting -= 1
