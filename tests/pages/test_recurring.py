"""The pages of what recurs: its page, its runs, changing it, the calendar, and why somebody got it or not."""

import pytest
import time_machine
from django.db import connection

from accounts.roles import Role
from campaigns.audience import audience_of
from campaigns.models import Campaign, Message, Run
from contacts.models import Segment
from tests.makers import make_group
from tests.recurring import at, change, person, recurring, remind, send_all, tick, told

pytestmark = pytest.mark.django_db(transaction=True)


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.fixture
def manager(sign_in, settings):
    # The clock goes on by years in a test, and the session with it.
    settings.SESSION_COOKIE_AGE = 100 * 366 * 24 * 3600
    return sign_in(Role.MANAGER)


def test_a_run_past_the_thousandth_is_the_one_that_links_and_forms_mean(manager):
    """Its number is set apart for people's eyes alone: `run=1,234` was none, and meant the latest run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('campaigns_run_id_seq', 1233)")
    campaign = recurring()
    tick(at())
    send_all()
    tick(at(days=1))
    send_all()
    assert campaign.runs.get(occurrence="2087-05-01").pk == 1234
    assert "?run=1234" in page(manager, f"/campaigns/{campaign.pk}/runs")
    assert "&amp;run=1234" in page(manager, f"/campaigns/{campaign.pk}?run=1234")


def test_its_page_says_the_rule_the_next_times_and_its_runs(manager):
    campaign = recurring()
    tick(at())
    send_all()
    with time_machine.travel(at(hour=10), tick=False):
        shown = page(manager, f"/campaigns/{campaign.pk}")
    for words in ("Every day at 09:00", "Fri 2 May 2087, 09:00", "Thu 1 May 2087, 09:00", "Sent to 2 of 2."):
        assert words in shown
    run = campaign.runs.get(occurrence="2087-05-01")
    assert "Sent to 2 of 2." in page(manager, f"/campaigns/{campaign.pk}?run={run.pk}")
    assert "Thu 1 May 2087" in page(manager, f"/campaigns/{campaign.pk}/runs")


def test_a_text_that_is_changed_holds_from_the_next_run_on(manager):
    campaign = recurring()
    tick(at())
    with time_machine.travel(at(hour=10), tick=False):
        answer = manager.post(
            f"/campaigns/{campaign.pk}/what",
            {"version": 1, "text": "New: <name>", "sender": campaign.sender_id, "kind": "transactional",
             "missing_values": "skip"},
            follow=True,
        )  # fmt: skip
    shown = answer.content.decode()
    assert "The next run, on Fri 2 May 2087 at 09:00, will go as you changed it." in shown
    assert "What is being sent now was prepared before" in shown
    send_all()
    tick(at(days=1))
    send_all()
    texts = list(Message.objects.order_by("pk").values_list("text", flat=True))
    assert texts == ["Dear Person 0, KES 5,000.00", "Dear Person 1, KES 5,000.00", "New: Person 0", "New: Person 1"]


def test_whom_it_goes_to_is_changed_with_segments_and_those_left_out(manager):
    campaign = recurring()
    tick(at())
    more, others = make_group("more", contacts=3), make_group("others", contacts=1)
    owing, gone = Segment.objects.create(name="owing"), Segment.objects.create(name="gone")
    owing.groups.set([more])
    gone.groups.set([others])
    with time_machine.travel(at(hour=10), tick=False):
        answer = manager.post(
            f"/campaigns/{campaign.pk}/who",
            {"version": 1, "groups": [one.group_id for one in campaign.chosen_groups.all()], "segments": [owing.pk],
             "exclude_groups": [others.pk], "exclude_segments": [gone.pk]},
            follow=True,
        )  # fmt: skip
    assert "The next run, on Fri 2 May 2087 at 09:00, will go as you changed it." in answer.content.decode()
    chosen = audience_of(Campaign.objects.get()).choice
    assert (chosen.segments, chosen.exclude_groups, chosen.exclude_segments) == ([owing], [others], [gone])
    send_all()
    tick(at(days=1))
    send_all()
    assert campaign.runs.get(occurrence="2087-05-02").audience == 2 + 3


def test_a_change_that_cannot_be_sent_is_refused_and_nothing_is_changed(manager):
    campaign = recurring()
    answer = manager.post(
        f"/campaigns/{campaign.pk}/when",
        {"version": 1, "when": "now", "uncertain": "hold", "zone": "Africa/Nairobi"}, follow=True,
    )  # fmt: skip
    assert "For a text that goes once make a new campaign" in answer.content.decode()
    assert Campaign.objects.get().schedule["rrule"] == "FREQ=DAILY"


def test_a_composer_does_not_change_what_is_running(sign_in):
    campaign = recurring()
    answer = sign_in(Role.COMPOSER).post(
        f"/campaigns/{campaign.pk}/what",
        {"version": 1, "text": "New", "sender": campaign.sender_id, "kind": "transactional", "missing_values": "skip"},
    )
    assert answer.status_code == 403
    assert Campaign.objects.get().text != "New"


def test_another_rule_makes_other_next_times(manager):
    campaign = recurring()
    with time_machine.travel(at(hour=8), tick=False):
        manager.post(
            f"/campaigns/{campaign.pk}/when",
            {"version": 1, "when": "again", "repeat": "weekly", "weekdays": ["MO"], "time": "10:00", "ends": "never",
             "uncertain": "hold", "zone": "Africa/Nairobi"},
        )  # fmt: skip
    assert told(campaign) == [("05-05", "scheduled")]
    assert Run.objects.get().scheduled_for == at(days=4, hour=10)


def test_only_this_one_gets_another_text_and_time(manager):
    campaign = recurring()
    run = campaign.runs.get()
    with time_machine.travel(at(hour=8), tick=False):
        manager.post(f"/campaigns/{campaign.pk}/runs/{run.pk}/change", {"text": "Today only", "at": "2087-05-01T11:30"})
    tick(at())
    assert send_all() == 0
    tick(at(hour=11, minute=30))
    tick(at(days=1))
    send_all()
    texts = list(Message.objects.order_by("pk").values_list("text", flat=True))
    assert texts[:2] == ["Today only"] * 2
    assert "Dear" in texts[2]


@pytest.mark.parametrize("moment", ["2087-04-30T09:00", "2087-06-01T09:00"])
def test_only_this_one_moves_within_a_week_and_not_into_the_past(manager, moment):
    campaign = recurring()
    run = campaign.runs.get()
    with time_machine.travel(at(hour=8), tick=False):
        manager.post(f"/campaigns/{campaign.pk}/runs/{run.pk}/change", {"text": run.campaign.text, "at": moment})
    assert campaign.runs.get().scheduled_for == at()


def test_only_this_one_is_left_out_with_whose_doing_it_was(manager):
    campaign = recurring()
    run = campaign.runs.get()
    manager.post(f"/campaigns/{campaign.pk}/runs/{run.pk}/change", {"leave-out": "1"})
    assert campaign.runs.get().reason == "Left out by a manager."


def test_the_calendar_shows_what_was_and_what_is_coming(manager):
    campaign = recurring("FREQ=WEEKLY;BYDAY=TH")
    tick(at())
    send_all()
    with time_machine.travel(at(hour=10), tick=False):
        shown = page(manager, "/calendar?month=2087-05")
        run = campaign.runs.get(occurrence="2087-05-01")
        assert f"/campaigns/{campaign.pk}?run={run.pk}" in shown
        assert "May 2087" in shown
        assert shown.count("Reminders</a>") == 5
        assert "2 people" in shown
        assert page(manager, "/calendar?week=2087-05-08").count("Reminders</a>") == 1
        assert page(manager, "/calendar?month=2087-07").count("Reminders</a>") == 5
        assert page(manager, "/calendar?month=nonsense&week=1-1-1")


def test_a_reminder_s_stages_are_one_line_of_a_day(manager):
    group = make_group("loans")
    person(group, "2087-05-04")
    remind(group, [{"days_before": 3}, {"days_before": 0}])
    tick(at())
    send_all()
    with time_machine.travel(at(hour=10), tick=False):
        assert page(manager, "/calendar?week=2087-05-01").count("Reminders</a>") == 4


def test_a_date_that_moved_tells_of_the_new_one(manager):
    group = make_group("loans")
    jane = person(group, "2087-05-04")
    campaign = remind(group)
    tick(at())
    send_all()
    change(jane, due_date="2087-05-09")
    with time_machine.travel(at(hour=10), tick=False):
        shown = page(manager, f"/campaigns/{campaign.pk}/why?phone={jane.phone}")
        assert "Tue 6 May 2087, 09:00" in shown
        assert "Still to come" in shown
        assert "“12”" in page(manager, f"/campaigns/{campaign.pk}/why?phone=12")
