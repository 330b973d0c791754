"""What recurs goes out at each of its times, once: beats in any number, missed times, pauses, changed clocks."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, connections

from campaigns import planning
from campaigns.actions import launch, steer
from campaigns.checking.blockers import Blocked
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Batch, Campaign, Message, Rules, Run
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result, settle
from campaigns.timing import recurring_runs
from tests.makers import make_campaign, make_contact, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

CALL = timedelta(seconds=70)
# A Thursday; later than any real clock, for the database's own cannot be moved.
# Far ahead: the database goes by its own clock, and what is due then must not be past for it.
DAY = datetime(2087, 5, 1, tzinfo=ZoneInfo("Africa/Nairobi"))
MISSED, LATE = "It was missed", "Its time had passed"


def at(days=0, hour=9, minute=0, second=0):
    return DAY + timedelta(days=days, hours=hour, minutes=minute, seconds=second)


def recurring(rrule="FREQ=DAILY", time="09:00", people=2, launched=None, **fields):
    schedule = {"rrule": rrule, "time": time, **fields.pop("schedule", {})}
    campaign = make_campaign(make_group(contacts=people), schedule=schedule, **fields)
    with time_machine.travel(launched or at(hour=8), tick=False):
        launch.launch(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def tick(moment):
    """One tick, and the planning that it asks for, at that moment."""
    with time_machine.travel(moment, tick=False):
        found = run_tick()
        for run in found.to_plan:
            if planning.plan_run(run):
                start_runs.start_run(Run.objects.select_related("campaign").get(pk=run))
        return found


def send_all():
    """Claim and settle whatever may go now; how many texts went."""
    sent = 0
    while claim := claim_next(CALL):
        assert mark_posted(claim)
        settle(claim, [Result(text.message, Message.Status.ACCEPTED) for text in claim.texts])
        sent += len(claim.texts)
    return sent


def told(campaign):
    """Its runs by time: day and status."""
    runs = campaign.runs.order_by("scheduled_for", "stage")
    return [(run.occurrence[-5:], run.status) for run in runs]


def test_the_next_time_has_a_run_before_it_comes():
    campaign = recurring()
    run = campaign.runs.get()
    assert (run.occurrence, run.status, run.stage) == ("2087-05-01", "scheduled", "")
    assert run.scheduled_for == campaign.next_at == at()
    assert run.not_after == at() + timedelta(hours=12)


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


def test_launched_after_its_time_it_begins_on_the_next_day():
    assert told(recurring(launched=at(hour=9))) == [("05-02", "scheduled")]


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


def test_beat_down_for_two_days_sends_the_latest_and_says_why_not_the_others():
    campaign = recurring()
    tick(at(days=2, hour=10))
    assert told(campaign) == [
        ("05-01", "skipped"), ("05-02", "skipped"), ("05-03", "sending"), ("05-04", "scheduled")
    ]  # fmt: skip
    assert {run.reason[:13] for run in campaign.runs.filter(status="skipped")} == {MISSED}
    assert send_all() == 2


def test_the_latest_that_was_missed_is_not_sent_in_the_night_either():
    campaign = recurring()
    tick(at(days=2, hour=21, minute=1))
    assert [one for _, one in told(campaign)] == ["skipped", "skipped", "skipped", "scheduled"]
    assert campaign.runs.get(occurrence="2087-05-03").reason.startswith(LATE)
    assert send_all() == 0


def test_a_limit_of_its_own_says_how_late_it_may_go():
    campaign = recurring(late_limit=timedelta(hours=1))
    tick(at(hour=10, minute=1))
    assert told(campaign)[0] == ("05-01", "skipped")


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


def test_a_pause_holds_what_is_due_and_lets_it_go_within_the_limit():
    campaign = recurring()
    steer.pause(campaign)
    tick(at())
    assert told(campaign) == [("05-01", "scheduled"), ("05-02", "scheduled")]
    steer.resume(campaign)
    tick(at(hour=11))
    assert send_all() == 2


def test_a_pause_beyond_the_limit_skips_with_that_for_a_reason():
    campaign = recurring()
    steer.pause(campaign)
    tick(at(hour=22))
    assert campaign.runs.get(occurrence="2087-05-01").reason == "The campaign was paused until its time had passed."
    steer.resume(campaign)
    tick(at(days=1))
    assert send_all() == 2


def test_a_pause_stops_a_run_that_is_being_prepared():
    campaign = recurring()
    with time_machine.travel(at(), tick=False):
        (run,) = run_tick().to_plan
        steer.pause(campaign)
        planning.plan_run(run)
        assert not start_runs.start_run(Run.objects.get(pk=run))
    tick(at(second=3))
    assert told(campaign)[0] == ("05-01", "planned")
    assert claim_next(CALL) is None
    steer.resume(campaign)
    tick(at(second=6))
    assert send_all() == 2


def test_texts_that_wait_beyond_the_limit_are_left_out():
    campaign = recurring()
    tick(at())
    run = campaign.runs.get(occurrence="2087-05-01")
    Run.objects.filter(pk=run.pk).update(not_after=datetime.now(UTC) - timedelta(seconds=1))
    assert claim_next(CALL) is None
    tick(at(second=3))
    assert set(Message.objects.values_list("status", "reason")) == {("skipped", "too_late")}
    assert told(campaign)[0] == ("05-01", "finished")


def test_a_run_that_waits_for_a_person_does_not_go_when_its_time_has_passed():
    campaign = recurring(missing_values=Campaign.Missing.BLOCK)
    make_contact(campaign.chosen_groups.get().group, name="John")
    tick(at())
    assert told(campaign)[0] == ("05-01", "held")
    tick(at(hour=22))
    run = campaign.runs.get(occurrence="2087-05-01")
    assert (run.status, run.reason[:12]) == ("skipped", "Its time pas")
    # Its texts wait for nobody any more.
    assert set(Batch.objects.filter(run=run).values_list("status", flat=True)) == {"cancelled", "settled"}


def test_cancelled_it_has_no_next_time():
    campaign = recurring()
    steer.cancel(campaign)
    tick(at())
    assert told(campaign) == [("05-01", "cancelled")]


def test_one_occurrence_is_left_out_and_the_next_goes():
    campaign = recurring()
    steer.skip(campaign.runs.get())
    tick(at())
    assert send_all() == 0
    tick(at(days=1))
    assert told(campaign) == [("05-01", "skipped"), ("05-02", "sending"), ("05-03", "scheduled")]


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


@pytest.mark.parametrize(
    "fields, section, words",
    [
        ({"kind": "promotional", "schedule": {"rrule": "FREQ=DAILY", "time": "19:00"}}, "when", "from 18:00 to 08:00"),
        ({"schedule": {"rrule": "FREQ=DAILY", "time": "09:00", "until": "2020-01-01"}}, "when", "no time to come"),
        ({"schedule": {"rrule": "FREQ=DAILY"}}, "when", "`time`"),
        ({"schedule": {"field": "balance", "time": "09:00"}}, "when", "no date field"),
        ({"audience": "frozen", "schedule": {"rrule": "FREQ=DAILY", "time": "09:00"}}, "when", "at its time"),
    ],
)
def test_what_cannot_recur_says_so_before_it_is_launched(fields, section, words):
    campaign = make_campaign(make_group(contacts=1), sender=make_sender(opt_out_text="STOP*456*9*5#"), **fields)
    with pytest.raises(Blocked) as refused:
        launch.launch(campaign.pk)
    assert [(one.section, words in one.words) for one in refused.value.blockers] == [(section, True)]


def test_quiet_hours_are_the_portal_s_also_where_the_rule_is_in_another_zone():
    rule = {"rrule": "FREQ=DAILY", "time": "12:00"}
    campaign = make_campaign(make_group(contacts=1), kind="promotional", schedule=rule, zone="America/New_York")
    with pytest.raises(Blocked, match=r"means (18|19|20):00"):
        launch.launch(campaign.pk)
    Rules.objects.update(quiet_from="00:00", quiet_until="00:00")
    launch.launch(campaign.pk)


def test_marketing_that_recurs_waits_for_the_day_and_is_left_out_after_the_limit():
    campaign = recurring(kind="promotional", time="17:59")
    tick(at(hour=17, minute=59))
    assert campaign.runs.get(occurrence="2087-05-01").not_after == at(days=1, hour=5, minute=59)


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


def test_while_somebody_holds_a_campaign_the_tick_does_not_wait_for_it():
    held, other = recurring(), recurring()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR UPDATE", [held.pk])

        def beat():
            tick(at())
            connections.close_all()

        thread = threading.Thread(target=beat)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()
        cursor.execute("ROLLBACK")
    assert told(held) == [("05-01", "scheduled")]
    assert told(other)[0][1] in ("planning", "sending")
    tick(at(second=3))
    assert told(held)[0][1] == "sending"


def test_what_has_missed_times_waits_until_it_is_known_which_of_them_may_go():
    recurring()
    with time_machine.travel(at(days=2), tick=False):
        # As in a tick whose hands were full before it came to this campaign.
        assert start_runs.begin_due_runs() == []


def test_where_more_is_due_than_a_tick_does_the_next_one_follows_at_once(monkeypatch):
    monkeypatch.setattr(start_runs, "A_TICKS_WORTH", 2)
    campaigns = [recurring(people=1) for _ in range(3)]
    with time_machine.travel(at(), tick=False):
        assert run_tick().more
        assert not run_tick().more
    assert [one.runs.count() for one in campaigns] == [2, 2, 2]
