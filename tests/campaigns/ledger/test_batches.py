"""A batch is settled when nothing of it is uncertain any more."""

import pytest

from campaigns.ledger.batches import close_known
from campaigns.models import Batch, Message
from tests.calls import make_broken_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_batches_of_which_all_is_known_are_settled_and_all_are_counted_anew():
    make_broken_run()
    known, doubtful = Batch.objects.order_by("pk")
    known.messages.update(status=Message.Status.DELIVERED)
    doubtful.messages.filter(pk=doubtful.messages.first().pk).update(status=Message.Status.DELIVERED)
    close_known([known.pk, doubtful.pk])
    known.refresh_from_db()
    doubtful.refresh_from_db()
    assert (known.status, known.tally) == ("settled", {"delivered": 100})
    assert known.settled_at
    assert (doubtful.status, doubtful.tally) == ("uncertain", {"delivered": 1, "uncertain": 99})
