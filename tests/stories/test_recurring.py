"""What recurs goes out at each of its times, once: beats in any number, missed times, pauses, changed clocks."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connections

from campaigns import planning
from campaigns.actions import launch
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Campaign, Message, Run
from campaigns.sending.claim import claim_next
from tests.calls import CALL
from tests.makers import make_campaign, make_contact, make_group
from tests.recurring import at, recurring, send_all, tick, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_of_its_times_goes_out_once():
    campaign = recurring()
    tick(at(second=-1))
    assert told(campaign) == [("05-01", "scheduled")]
    tick(at())
    assert send_all() == 2
    tick(at(second=3))
    assert told(campaign) == [("05-01", "finished"), ("05-02", "scheduled")]
    tick(at(days=1))
    assert send_all() == 2
    tick(at(days=1, second=3))
    assert told(campaign) == [("05-01", "finished"), ("05-02", "finished"), ("05-03", "scheduled")]
    assert Campaign.objects.get().status == "active"


def test_a_number_of_times_counts_from_the_first_and_ends_the_campaign():
    campaign = recurring("FREQ=DAILY;COUNT=2", launched=at(hour=10))
    for day in (1, 2):
        tick(at(days=day))
        assert send_all() == 2
    tick(at(days=2, second=3))
    tick(at(days=3))
    assert told(campaign) == [("05-02", "finished"), ("05-03", "finished")]
    assert Campaign.objects.get().status == "finished"


def test_until_a_day_includes_it():
    campaign = recurring(schedule={"until": "2087-05-02"})
    for day in range(4):
        tick(at(days=day))
    send_all()
    tick(at(days=4))
    assert [one for one, _ in told(campaign)] == ["05-01", "05-02"]
    assert Campaign.objects.get().status == "finished"


def test_two_beats_at_the_due_second_make_one_run_and_one_text_a_person():
    campaign = recurring(people=5)
    start = threading.Barrier(6)

    def beat():
        start.wait()
        run_tick()
        for run in Run.objects.filter(status="planning").values_list("pk", flat=True):
            if planning.plan_run(run):
                start_runs.start_run(Run.objects.get(pk=run))
        connections.close_all()

    def worker():
        start.wait()
        for _ in range(40):
            send_all()
        connections.close_all()

    with time_machine.travel(at(), tick=False):
        threads = [threading.Thread(target=one) for one in (beat, beat, worker, worker, worker, worker)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    tick(at(second=3))
    send_all()
    assert campaign.runs.filter(occurrence="2087-05-01").count() == 1
    assert Message.objects.filter(status="accepted").count() == 5


def test_who_is_in_the_group_at_its_time_gets_it():
    campaign = recurring()
    make_contact(campaign.chosen_groups.get().group, balance="1.00")
    tick(at())
    assert send_all() == 3


def test_a_frozen_audience_is_planned_at_once_and_waits_for_its_time():
    group = make_group(contacts=2)
    campaign = make_campaign(group, audience="frozen", send_at=at())
    with time_machine.travel(at(hour=8), tick=False):
        launch.launch(campaign.pk)
    tick(at(hour=8))
    make_contact(group, balance="1.00")
    Campaign.objects.filter(pk=campaign.pk).update(text="Another text")
    assert (campaign.runs.get().status, campaign.runs.get().audience) == ("planned", 2)
    assert claim_next(CALL) is None
    tick(at())
    assert send_all() == 2
    texts = Message.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["Dear Person 0, KES 5,000.00", "Dear Person 1, KES 5,000.00"]


def test_planning_and_launching_leave_the_next_day_alone():
    campaign = recurring()
    with time_machine.travel(at() + timedelta(seconds=1), tick=False):
        found = run_tick()
        assert planning.plan_run(found.to_plan[0])
    with pytest.raises(launch.NotADraft):
        launch.launch(campaign.pk)
