"""Each of its times has a run: from its launch on, by the clock on its wall, and after a change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.timing import recurring_runs
from tests.recurring import DAY, at, recurring, send_all, tick, told

pytestmark = pytest.mark.django_db(transaction=True)
MISSED, LATE = "It was missed", "Its time had passed"


def test_the_next_time_has_a_run_before_it_comes():
    campaign = recurring()
    run = campaign.runs.get()
    assert (run.occurrence, run.status, run.stage) == ("2087-05-01", "scheduled", "")
    assert run.scheduled_for == campaign.next_at == at()
    assert run.not_after == at() + timedelta(hours=12)


def test_launched_after_its_time_it_begins_on_the_next_day():
    assert told(recurring(launched=at(hour=9))) == [("05-02", "scheduled")]


def test_beat_down_for_two_days_sends_the_latest_and_says_why_not_the_others():
    campaign = recurring()
    tick(at(days=2, hour=10))
    assert told(campaign) == [
        ("05-01", "skipped"), ("05-02", "skipped"), ("05-03", "sending"), ("05-04", "scheduled")
    ]  # fmt: skip
    assert {run.reason[:13] for run in campaign.runs.filter(status="skipped")} == {MISSED}
    assert send_all() == 2


def test_a_moved_hour_makes_no_second_run_of_the_day():
    campaign = recurring()
    tick(at())
    send_all()
    with time_machine.travel(at(hour=10), tick=False):
        campaign.refresh_from_db()
        campaign.schedule["time"] = "15:00"
        campaign.save()
        recurring_runs.start_anew(campaign, at(hour=10))
    tick(at(hour=15))
    assert told(campaign) == [("05-01", "finished"), ("05-02", "scheduled")]
    assert campaign.next_at == at(days=1, hour=15)


def test_a_rule_in_a_zone_whose_clocks_change_keeps_its_time_on_the_wall():
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2087, 3, 29, 8, tzinfo=berlin)
    campaign = recurring(zone="Europe/Berlin", launched=before)
    for day in range(3):
        tick(datetime(2087, 3, 29 + day, 9, 0, 1, tzinfo=berlin))
        send_all()
    times = campaign.runs.order_by("scheduled_for").values_list("scheduled_for", flat=True)
    assert [one.astimezone(berlin).hour for one in times] == [9, 9, 9, 9]
    assert [one.astimezone(UTC).hour for one in times] == [8, 7, 7, 7]


def test_the_31st_goes_on_the_last_day():
    campaign = recurring("FREQ=MONTHLY;BYMONTHDAY=31", launched=datetime(2087, 1, 31, 8, tzinfo=DAY.tzinfo))
    tick(datetime(2087, 1, 31, 9, tzinfo=DAY.tzinfo))
    tick(datetime(2087, 2, 28, 9, tzinfo=DAY.tzinfo))
    assert [one for one, _ in told(campaign)] == ["01-31", "02-28", "03-31"]


def test_marketing_that_recurs_waits_for_the_day_and_is_left_out_after_the_limit():
    campaign = recurring(kind="promotional", time="17:59")
    tick(at(hour=17, minute=59))
    assert campaign.runs.get(occurrence="2087-05-01").not_after == at(days=1, hour=5, minute=59)
