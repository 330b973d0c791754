"""Batches are locked in the order of their ids, in whatever order they are asked for."""

import pytest
from django.db import connection, transaction

from campaigns.ledger.locks import lock_batches
from campaigns.models import Batch
from tests.calls import Beside, until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = "SELECT 1 FROM campaigns_batch WHERE id = %s FOR NO KEY UPDATE"


def lock_all(batches):
    """By a plan that meets rows as they lie."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        lock_batches(batches)


def test_batches_are_locked_from_the_lowest_on():
    low, high = (Batch.objects.create(size=1).pk for _ in range(2))
    Batch.objects.filter(pk=low).update(size=2)  # its row now lies behind the other
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, [low])
        beside = Beside(lambda: lock_all([high, low]))
        until_somebody_waits_for_a_lock()
        cursor.execute(f"{HOLD} NOWAIT", [high])
    beside.join()
