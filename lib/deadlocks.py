"""Acts over many batches: where two wait for each other's locks PostgreSQL ends one of them, which begins anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

log = logging.getLogger(__name__)

MOST_TRIES = 5

P = ParamSpec("P")
T = TypeVar("T")


def begun_anew(act: Callable[P, T]) -> Callable[P, T]:
    """`act` in a transaction, or in a savepoint of the one under way; a few times where it is ended for a deadlock."""

    @wraps(act)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(MOST_TRIES - 1):
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
                log.warning("%s begins anew after a deadlock.", act.__name__)
        with transaction.atomic():
            return act(*args, **kwargs)

    return in_transaction
