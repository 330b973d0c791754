"""By how much a run is more than was approved, in words."""

from decimal import Decimal

import pytest

from campaigns.approval.growth import why_outgrown
from campaigns.models import Campaign, Rules, Run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "approved, planned, words",
    [
        ((None, None), (900, "540.00"), ""),
        ((100, "60.00"), (110, "66.00"), ""),
        ((100, "60.00"), (111, "66.00"), "It would go to 111 people, and 100 were approved."),
        ((1, "60.00"), (2, "1.20"), "It would go to 2 people, and 1 was approved."),
        ((1_000, "600.00"), (1_000, "1200.00"), "It would cost KES 1,200.00, and KES 600.00 were approved."),
    ],
)
def test_a_run_has_outgrown_its_approval_beyond_the_share_that_is_allowed(approved, planned, words):
    Rules.objects.update(growth_share=10)
    people, cost = approved
    campaign = Campaign(approved_people=people, approved_cost=cost and Decimal(cost))
    assert why_outgrown(Run(campaign=campaign, audience=planned[0], estimate=Decimal(planned[1]))) == words
