"""Whether figures are wanted is asked every few seconds and by each report: not by a look at all batches."""

import pytest
from django.db import connection

from campaigns.ledger.counted import ARE_WANTED, are_wanted
from campaigns.models import Batch

pytestmark = pytest.mark.django_db


def test_that_nothing_is_to_be_counted_is_found_in_the_index_of_what_is():
    Batch.objects.bulk_create(Batch(size=1, changes=1, counted=1) for _ in range(3_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_batch")
        cursor.execute(f"EXPLAIN {ARE_WANTED}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "batch_uncounted" in plan, plan
    assert not are_wanted()
    Batch.objects.create(size=1)
    assert are_wanted()
