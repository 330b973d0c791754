"""A campaign's zone where none is chosen: the portal's."""

import pytest

from campaigns.models import Campaign
from campaigns.models.campaign import own_zone

pytestmark = pytest.mark.django_db


def test_a_campaign_has_the_portals_zone_where_none_is_chosen(settings):
    settings.TIME_ZONE = "Africa/Kampala"
    assert own_zone() == Campaign().zone == "Africa/Kampala"
