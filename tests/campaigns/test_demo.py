"""The samples of a first start."""

from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import timezone

from campaigns.audience import audience_of
from campaigns.checking.estimate import estimate_exactly
from campaigns.demo import make_demo
from campaigns.gateway.simulator.chaos import Chaos
from campaigns.ledger.tallies import totals
from campaigns.models import Campaign, Gate, Run, Sender
from contacts.models import ContactGroup
from tests.makers import make_sender

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_samples_are_there_once_and_in_practice_only():
    Gate.objects.get_or_create(pk=1)
    make_sender("PRACTICE", price=None, is_default=True)
    make_demo()
    assert not ContactGroup.objects.exists()
    with override_settings(PRACTICE=True):
        make_demo()
        make_demo()
    # The account that is played bills the same.
    assert Sender.objects.get().price == Decimal(str(Chaos().rate_per_sms))
    october, november, reminder, fees = Campaign.objects.order_by("pk")
    assert (reminder.status, reminder.runs.count()) == ("active", 4)
    assert october.status == Campaign.Status.FINISHED
    assert november.runs.get().status == Run.Status.PAUSED
    done, under_way = totals(october.runs.get()), totals(november.runs.get())
    assert done.counts["delivered"] > 400
    assert done.left_out == {"missing:balance": 20}
    assert (fees.status, fees.one_text_for) == ("draft", "number")
    of_families = estimate_exactly(audience_of(fees), timezone.localdate())
    assert (of_families.people, fees.chosen_groups.get().group.size) == (40, 63)
    assert not of_families.left_out
    assert under_way.counts["queued"] / under_way.audience == pytest.approx(0.56, abs=0.01)
