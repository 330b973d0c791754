"""The page on which a campaign is checked asks the database once for what it shows in several places."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from campaigns.models import CampaignSegment
from contacts.models import Segment
from tests.makers import make_campaign, make_group

pytestmark = pytest.mark.django_db

# 222 when each part of the page asked for the groups, their fields and the segments anew. One is the menu's number.
MOST_QUERIES = 49


def test_the_check_of_three_groups_and_two_segments_reads_the_audience_once(sign_in):
    campaign = make_campaign(*[make_group(contacts=5) for _ in range(3)])
    for position in range(2):
        owing = [{"field": "balance", "op": ">", "value": "1"}]
        segment = Segment.objects.create(name=f"owing {position}", filter=owing)
        segment.groups.set([make_group(contacts=5)])
        CampaignSegment.objects.create(campaign=campaign, segment=segment, position=position)
    client, address = sign_in(Role.MANAGER), reverse("campaign-check", args=[campaign.pk])
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address)
    assert page.context["estimate"].people == 25
    assert sum('FROM "campaigns_campaigngroup"' in one["sql"] for one in asked) == 1
    assert len(asked) <= MOST_QUERIES
