"""A run over time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

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


def test_each_minute_has_its_bar_and_an_empty_one_too(run):
    posted(run, MORNING, delivered=60, undelivered=20, accepted=20)
    posted(run, MORNING + timedelta(seconds=30), delivered=50)
    posted(run, MORNING + timedelta(minutes=2), expired=30, rejected=7, uncertain=9)
    told = timeline.timeline_of(run)
    assert told.words == "a minute"
    assert [(one.sent, one.delivered, one.undelivered) for one in told.steps] == [(150, 110, 20), (0, 0, 0), (30, 0, 0)]
    assert [one.height for one in told.steps[2].pieces] == [20.0]


@pytest.mark.parametrize(
    "lasted, words, first",
    [
        (timedelta(minutes=47), "a minute", "02 08:58"),
        (timedelta(minutes=48), "5 minutes", "02 08:55"),
        (timedelta(hours=20), "an hour", "02 08:00"),
        (timedelta(days=9), "6 hours", "02 06:00"),
        (timedelta(days=30), "a day", "02 00:00"),
        (timedelta(days=700), "7 days", "02 00:00"),
    ],
)
def test_a_bar_is_as_long_as_it_must_be_and_begins_by_the_clock_on_the_wall(run, lasted, words, first):
    posted(run, MORNING, delivered=1)
    posted(run, MORNING + lasted, delivered=2)
    told = timeline.timeline_of(run)
    assert told.words == words
    assert f"{told.steps[0].at:%d %H:%M}" == first
    assert (told.steps[0].sent, told.steps[-1].sent) == (1, 2)
