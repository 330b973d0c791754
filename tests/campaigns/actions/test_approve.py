"""Approval is by somebody who has not made the campaign."""

import pytest

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns.actions import approve, launch
from campaigns.models import Rules
from tests.approving import person
from tests.makers import make_campaign, make_group, make_sender

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always(rows_that_there_is_one_of, db):
    Rules.objects.update(approval="always")


@pytest.fixture
def mary(db):
    return person("mary", Role.MANAGER, "mary@example.org")


@pytest.mark.parametrize("whose", ["owner", "created_by"])
def test_whose_key_made_it_cannot_approve_it_nor_can_another_key_of_theirs(mary, whose):
    first, second = (ApiKey.make(name, **{whose: mary[0]})[0] for name in ("one", "two"))
    campaign = make_campaign(make_group(contacts=1), sender=make_sender("QSMS"))
    launch.launch(campaign.pk, api_key=first)
    campaign.refresh_from_db()
    assert campaign.authors == [f"key:{first.pk}"]
    for whoever in ({"user": mary[0]}, {"api_key": first}, {"api_key": second}):
        with pytest.raises(approve.Own):
            approve.approve(campaign.pk, campaign.version, **whoever)
