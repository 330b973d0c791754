"""The campaign page's chart over time and the list of who did what."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns.actions import steer
from campaigns.models import Batch, Campaign, Run
from campaigns.reporting import timeline
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db

NAIROBI = ZoneInfo("Africa/Nairobi")
MORNING = datetime(2026, 3, 2, 8, 58, tzinfo=NAIROBI)


@pytest.fixture
def run():
    return make_run(make_campaign(make_group(), status=Campaign.Status.ACTIVE), status=Run.Status.SENDING)


def posted(run, at, **tally):
    fields = {"sender": run.campaign.sender, "kind": "transactional", "status": "settled"}
    return Batch.objects.create(run=run, posted_at=at, size=sum(tally.values()), tally=tally, **fields)


def test_the_page_has_the_chart_with_its_figures(run, sign_in):
    posted(run, MORNING, delivered=1_100)
    address = f"/campaigns/{run.campaign_id}"
    client = sign_in(Role.VIEWER)
    assert "Over time" not in client.get(address).content.decode()
    posted(run, MORNING + timedelta(minutes=1), delivered=3)
    told = client.get(address).content.decode()
    assert "Each bar is a minute" in told
    assert re.search(r'Mon 2 Mar, 08:58\s*</td>\s*<td class="text-end">1,100</td>', told)


def test_a_run_of_which_nothing_was_posted_has_no_chart(run, sign_in):
    assert timeline.timeline_of(run).steps == []
    assert sign_in(Role.VIEWER).get(f"/campaigns/{run.campaign_id}").status_code == 200


def test_the_page_says_who_paused_and_resumed_it(run, sign_in):
    other = make_run(make_campaign(make_group(), status=Campaign.Status.ACTIVE), status=Run.Status.SENDING)
    client = sign_in(Role.MANAGER)
    client.post(f"/campaigns/{run.campaign_id}/pause")
    steer.resume(run.campaign, api_key=ApiKey.make("Night <job>", Role.MANAGER)[0])
    told = client.get(f"/campaigns/{run.campaign_id}").content.decode()
    assert told.index("a manager, <time") < told.index("the key “Night &lt;job&gt;”, <time")
    assert "Paused" not in client.get(f"/campaigns/{other.campaign_id}").content.decode()
