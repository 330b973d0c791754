"""What a worker that is gone had in its hands."""

import pytest

from campaigns.ledger.tallies import totals
from campaigns.maintenance import end_leases
from campaigns.models import Batch
from campaigns.sending.claim import claim_next, mark_posted
from tests.calls import CALL

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lease_that_ran_out_unposted_is_ready_again_and_posted_is_uncertain(run):
    unposted, posted = claim_next(CALL), claim_next(CALL)
    assert mark_posted(posted)
    Batch.objects.filter(status="sending").update(lease_until="2020-01-01T00:00Z")
    end_leases.end_leases()
    assert Batch.objects.get(pk=unposted.batch).status == "ready"
    assert Batch.objects.get(pk=posted.batch).status == "uncertain"
    assert totals(run).counts["uncertain"] == 100
    assert totals(run).counts["queued"] == 150
