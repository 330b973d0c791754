"""A campaign is launched once."""

import pytest

from campaigns.actions import launch
from campaigns.models import Run
from tests.makers import make_campaign, make_group

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_campaign_is_launched_once():
    campaign = make_campaign(make_group(contacts=1))
    launch.launch(campaign.pk)
    with pytest.raises(launch.NotADraft):
        launch.launch(campaign.pk)
    assert Run.objects.count() == 1
