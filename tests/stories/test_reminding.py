"""Reminders of a date: each person once for each date that it stands for, whatever happens to the date."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Message, ReminderKey, Run
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result, settle, settle_in_doubt
from contacts.models import Contact, OptOut
from tests.calls import CALL
from tests.contacts.uploads import imported, undone
from tests.makers import make_contact, make_group
from tests.recurring import at, change, person, remind, send_all, tick, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group():
    return make_group("loans")


def day(number, hour=9):
    tick(at(days=number, hour=hour))
    return send_all()


def texts(contact):
    return [one.text[-10:] for one in Message.objects.filter(phone=contact.phone, status="accepted").order_by("pk")]


def test_those_whose_date_is_due_in_three_days_get_it_and_nobody_else(group):
    due = person(group, "2087-05-04")
    person(group, "2087-05-05")
    person(group, "2087-04-30")
    person(group, "")
    remind(group)
    assert day(0) == 1
    assert Message.objects.get().phone == due.phone
    assert ReminderKey.objects.get().stands_for.isoformat() == "2087-05-04"


def test_four_stages_each_go_once(group):
    stages = [{"days_before": 7}, {"days_before": 1}, {"days_before": 0}, {"days_after": 3}]
    campaign = remind(group, stages)
    person(group, "2087-05-08")
    assert [day(number) for number in range(12)] == [1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0]
    assert campaign.runs.filter(occurrence="2087-05-01").count() == 4


def test_who_came_after_the_moment_is_caught_up_once(group):
    remind(group)
    assert day(0) == 0
    late = person(group, "2087-05-04")
    assert day(1) == 1
    assert day(2) == 0
    assert texts(late) == ["4 May 2087"]


@pytest.mark.parametrize("catch_up, reminded", [(0, 0), (1, 0), (2, 1)])
def test_the_catch_up_days_say_for_how_long(group, catch_up, reminded):
    remind(group, catch_up_days=catch_up)
    assert day(0) == day(1) == 0
    person(group, "2087-05-04")
    assert day(2) == reminded


def test_a_later_stage_speaks_for_the_earlier_one(group):
    remind(group, [{"days_before": 1}, {"days_before": 0}])
    day(0)
    person(group, "2087-05-02")
    assert day(1) == 1
    assert Message.objects.get().run.stage == "on_day"


def test_a_date_that_moves_on_gets_a_reminder_of_its_own_and_the_old_one_no_second(group):
    jane = person(group, "2087-05-04")
    remind(group)
    assert day(0) == 1
    change(jane, due_date="2087-05-06")
    assert [day(1), day(2), day(3)] == [0, 1, 0]
    change(jane, due_date="2087-05-04")
    assert day(3, hour=10) == day(4) == 0
    assert texts(jane) == ["4 May 2087", "6 May 2087"]


def test_a_date_that_moves_back_behind_its_moment_is_caught_up_or_left(group):
    jane = person(group, "2087-05-20")
    remind(group)
    day(0)
    change(jane, due_date="2087-05-04")
    assert day(1) == 1
    change(jane, due_date="2087-05-03")
    assert day(2) == 0


def test_a_date_that_is_cleared_or_uploaded_again_reminds_of_nothing_new(group):
    jane = person(group, "2087-05-04")
    remind(group)
    assert day(0) == 1
    change(jane, due_date="")
    assert day(1) == 0
    change(jane, due_date="2087-05-04")
    Contact.objects.filter(pk=jane.pk).delete()
    person(group, "2087-05-04", phone=jane.phone)
    assert day(1, hour=10) == day(2) == 0


def test_a_list_that_is_uploaded_again_reminds_only_of_dates_that_are_new(group):
    lines = "Phone,Name,Balance,Due date\n0712345678,Jane,5000,{}\n0712345679,John,100,2087-05-04\n"
    imported(group, lines.format("2087-05-04"))
    jane = Contact.objects.get(phone="254712345678")
    remind(group)
    assert day(0) == 2
    imported(group, lines.format("2087-05-04"))
    assert day(1) == 0
    moved = imported(group, lines.format("2087-05-06"))
    assert moved.counts["updated"] == 1
    assert day(2) == 1
    undone(moved)
    assert day(3) == 0
    assert texts(jane) == ["4 May 2087", "6 May 2087"]


def test_a_birthday_comes_every_year_and_that_of_29_february_on_the_28th(group):
    jane, leap = person(group, "1990-03-01"), person(group, "1992-02-29")
    zone = ZoneInfo("Africa/Nairobi")
    remind(group, [{"days_before": 0}], yearly=True, launched=datetime(2087, 2, 27, 8, tzinfo=zone))
    for year in (2087, 2088):
        for month, number in ((2, 28), (2, 29), (3, 1), (3, 2)):
            if month == 2 and number == 29 and year == 2087:
                continue
            tick(datetime(year, month, number, 9, tzinfo=zone))
            send_all()
    keys = {(one.phone, one.stands_for.isoformat()) for one in ReminderKey.objects.all()}
    assert keys == {
        (leap.phone, "2087-02-28"), (jane.phone, "2087-03-01"), (leap.phone, "2088-02-29"), (jane.phone, "2088-03-01")
    }  # fmt: skip
    assert Message.objects.count() == 4


def test_who_has_paid_is_left_out_at_the_moment_of_sending(group):
    jane, john = person(group, "2087-05-04", balance="500.00"), person(group, "2087-05-04", balance="700.00")
    remind(group, filter=[{"field": "balance", "op": ">", "value": "0"}])
    tick(at())
    change(jane, balance="0.00")
    assert send_all() == 1
    assert Message.objects.get(phone=jane.phone).reason == "filter"
    assert [key.phone for key in ReminderKey.objects.all()] == [john.phone]


def test_whose_date_moves_after_the_text_was_written_gets_no_text_with_the_old_date(group):
    jane = person(group, "2087-05-04")
    remind(group)
    tick(at())
    change(jane, due_date="2087-05-05")
    assert send_all() == 0
    assert Message.objects.get().reason == "date_moved"
    assert day(1) == 1
    assert texts(jane) == ["5 May 2087"]


def test_whose_number_stands_in_two_groups_is_reminded_once(group):
    other = make_group("other loans")
    jane = person(group, "2087-05-04")
    person(other, "2087-05-04", phone=jane.phone)
    campaign = remind(group)
    campaign.chosen_groups.create(group=other, position=1)
    assert day(0) == 1
    assert day(1) == 0


@pytest.mark.parametrize("outcome", ["rejected", "skipped", "cancelled", "too_late"])
def test_the_key_goes_with_a_text_that_did_not(group, outcome):
    jane = person(group, "2087-05-04")
    campaign = remind(group)
    tick(at())
    if outcome == "rejected":
        claim = claim_next(CALL)
        settle(claim, [Result(claim.texts[0].message, Message.Status.REJECTED, "dnd")])
    elif outcome == "skipped":
        OptOut.objects.create(phone=jane.phone)
        assert claim_next(CALL) is None
        OptOut.objects.all().delete()
    elif outcome == "cancelled":
        Run.objects.filter(campaign=campaign, status="sending").update(status="cancelled")
        tick(at(second=3))
    else:
        Run.objects.filter(campaign=campaign, status="sending").update(not_after=timezone.now())
        tick(at(second=3))
    assert not ReminderKey.objects.exists()
    assert day(1) == 1


@pytest.mark.parametrize("then", ["accepted", "uncertain", "undelivered"])
def test_the_key_stays_with_a_text_that_went_or_may_have(group, then):
    person(group, "2087-05-04")
    remind(group)
    tick(at())
    claim = claim_next(CALL)
    assert mark_posted(claim)
    if then == "uncertain":
        settle_in_doubt(claim, "no_answer", "")
    else:
        settle(claim, [Result(claim.texts[0].message, Message.Status.ACCEPTED)])
        if then == "undelivered":
            Message.objects.advance(Message.Status.UNDELIVERED, reason="absent")
    assert ReminderKey.objects.count() == 1
    assert day(1) == 0


def test_the_key_of_a_second_try_stays_though_it_is_refused_for_the_first_may_have_arrived(group):
    person(group, "2087-05-04")
    remind(group)
    tick(at())
    Message.objects.update(attempt=2)
    claim = claim_next(CALL)
    settle(claim, [Result(claim.texts[0].message, Message.Status.REJECTED, "dnd")])
    assert ReminderKey.objects.count() == 1


def test_who_lacks_a_value_is_listed_and_may_be_mended_the_next_day(group):
    nameless = make_contact(group, name="", due_date="2087-05-04")
    remind(group)
    assert day(0) == 0
    assert Message.objects.get().reason == "missing:name"
    assert not ReminderKey.objects.exists()
    Contact.objects.filter(pk=nameless.pk).update(name="Jane")
    assert day(1) == 1


def test_beat_down_for_two_days_skips_what_is_too_late_and_catches_up(group):
    campaign = remind(group)
    people = [person(group, f"2087-05-{number:02}") for number in (4, 5, 6)]
    assert day(2, hour=10) == 2
    assert [status for _, status in told(campaign)] == ["skipped", "skipped", "sending", "scheduled"]
    assert [len(texts(one)) for one in people] == [0, 1, 1]


def test_every_missed_day_of_a_reminder_goes_where_the_limit_lets_it(group):
    campaign = remind(group, late_limit=timedelta(days=7), catch_up_days=0)
    for number in (4, 5, 6):
        person(group, f"2087-05-{number:02}")
    assert day(2, hour=10) == 3
    assert [status for _, status in told(campaign)][:3] == ["sending"] * 3


def test_a_reminder_is_a_campaign_that_goes_on(group):
    remind(group)
    day(0)
    tick(at(second=3))
    assert Campaign.objects.get().status == "active"


def test_what_is_being_sent_goes_as_it_was_prepared_though_its_stage_is_taken_out(group):
    person(group, "2087-05-04")
    campaign = remind(group)
    tick(at())
    campaign.schedule["stages"] = [{"days_after": 1}]
    Campaign.objects.filter(pk=campaign.pk).update(schedule=campaign.schedule)
    assert send_all() == 1
