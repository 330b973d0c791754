"""A run to segments, from its estimate to its texts."""

from datetime import date

import pytest

from campaigns import planning
from campaigns.audience import audience_of
from campaigns.checking.estimate import estimate_exactly
from campaigns.models import Message
from tests.makers import make_run
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_run_goes_to_the_segment_once_a_number_and_estimates_the_same(loans, shops):
    campaign = campaign_to(segment_of(loans, name="a"), segment_of(shops, filter=[], name="b"), status="active")
    told = estimate_exactly(audience_of(campaign), date(2026, 11, 26))
    run = make_run(campaign)
    assert planning.plan_run(run.pk)
    phones = [int(one.phone[-1]) for one in Message.objects.order_by("phone")]
    assert phones == [2, 3, 4, 5]
    assert (told.people, told.merged) == (4, 1)
