"""What is worth a thought before a campaign goes."""

from collections import Counter
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.audience import audience_of
from campaigns.checking import cautions
from campaigns.checking.figures import Estimate
from campaigns.models import Gate
from tests.makers import make_campaign, make_group

pytestmark = pytest.mark.django_db


def test_the_cost_for_all_is_compared_with_the_balance(db):
    Gate.objects.update(balance=100, balance_at=timezone.now())
    campaign = make_campaign(make_group(contacts=1))
    of_all = Estimate(people=10_000, looked_at=1_000, by_parts=Counter({1: 1_000}), price=Decimal("0.60"), exact=False)
    assert "about KES 600.00" in cautions.cautions_of(audience_of(campaign), of_all, timezone.now())[0]
