"""What is scheduled and has not begun is changed whole or not at all, and what had been prepared never goes."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import Sum
from django.utils import timezone

from accounts.roles import Role
from campaigns.actions import draft, steer
from campaigns.actions.approve import approve
from campaigns.actions.change import change_from_now_on
from campaigns.actions.launch import launch
from campaigns.actions.set_back import back_to_draft, change_scheduled, may_be_set_back
from campaigns.approval.authors import NotAllowed
from campaigns.checking.blockers import Blocked
from campaigns.maintenance import close_runs, day_figures, start_runs
from campaigns.models import Campaign, DayFigures, Message, ReminderKey, Rules, Run, Sender
from campaigns.models.run import latest_run
from campaigns.models.transitions import NotPossible
from campaigns.planning import plan_run
from campaigns.timing.calendar import month_of
from tests.approving import person
from tests.makers import make_campaign, make_group, make_sender
from tests.recurring import at, recurring, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)

SOON = timedelta(hours=2)


def scheduled(user=None, people=3, **fields):
    campaign = make_campaign(make_group(contacts=people), send_at=timezone.now() + SOON, created_by=user, **fields)
    launch(campaign.pk, user=user)
    campaign.refresh_from_db()
    return campaign


def frozen():
    """Planned at once, and waiting for its time."""
    campaign = scheduled(audience="frozen")
    assert plan_run(campaign.runs.get().pk)
    return campaign


def test_back_to_a_draft_keeps_its_time_and_takes_its_run_away():
    campaign = scheduled()
    before = campaign.send_at
    draft_ = back_to_draft(campaign.pk)
    assert (draft_.is_draft, draft_.send_at, draft_.launched_at) == (True, before, None)
    assert not draft_.runs.exists()


def test_a_frozen_one_that_was_prepared_is_prepared_again_with_the_new_text():
    campaign = frozen()
    old = campaign.runs.get()
    change_scheduled(campaign, text="Hello <name>")
    old.refresh_from_db()
    assert (old.status, old.replaced) == (Run.Status.CANCELLED, True)
    new = latest_run(campaign)
    assert new != old
    assert plan_run(new.pk)
    close_runs.close_cancelled_runs()
    assert set(old.messages.values_list("status", flat=True)) == {"cancelled"}
    waiting = Message.objects.filter(run=new, status="queued").values_list("text", flat=True)
    assert sorted(waiting) == ["Hello Person 0", "Hello Person 1", "Hello Person 2"]


def test_the_run_that_counts_is_the_one_that_is_to_go():
    """Not the one in whose place it stands, though that was prepared and this one was not."""
    campaign = frozen()
    change_scheduled(campaign, audience="live")
    assert latest_run(campaign) == campaign.runs.get(replaced=False)
    assert latest_run(campaign).status == Run.Status.SCHEDULED


def test_reports_count_who_was_left_out_once():
    campaign = frozen()
    campaign.chosen_groups.get().group.contacts.update(values={})
    change_scheduled(campaign)
    assert plan_run(latest_run(campaign).pk)
    day_figures.bring_up_to_date()
    assert DayFigures.objects.filter(campaign=campaign.pk).aggregate(Sum("left_out"), Sum("waiting")) == {
        "left_out__sum": 3, "waiting__sum": 0
    }  # fmt: skip
    change_scheduled(campaign)
    assert plan_run(latest_run(campaign).pk)
    close_runs.close_cancelled_runs()
    day_figures.bring_up_to_date()
    sums = DayFigures.objects.filter(campaign=campaign.pk).aggregate(Sum("left_out"), Sum("cancelled"))
    assert sums == {"left_out__sum": 3, "cancelled__sum": 0}


def test_what_was_prepared_before_is_on_no_day_of_the_calendar():
    campaign = frozen()
    before = timezone.localdate(campaign.send_at)
    change_scheduled(campaign, send_at=campaign.send_at + timedelta(days=1))
    days = {day.date: day.entries for week in month_of(before, before).weeks for day in week}
    assert days[before] == []


def test_a_new_time_and_sender_and_people_are_those_of_the_run():
    campaign, other = scheduled(), make_sender("OTHER")
    group, later = make_group(contacts=5), timezone.now() + 2 * SOON
    change_scheduled(campaign, send_at=later, sender=other, groups=[group])
    run = campaign.runs.get()
    assert (run.scheduled_for, run.status) == (later, Run.Status.SCHEDULED)
    Run.objects.update(scheduled_for=timezone.now())
    tick(timezone.now())
    assert set(Message.objects.values_list("group_name", "batch__sender__name")) == {(group.name, "OTHER")}
    assert Message.objects.count() == 5


def test_what_has_begun_is_not_changed():
    campaign = scheduled()
    Run.objects.update(scheduled_for=timezone.now())
    tick(timezone.now())
    assert not may_be_set_back(campaign)
    with pytest.raises(NotPossible, match="has begun"):
        change_scheduled(campaign, text="Other")
    with pytest.raises(NotPossible, match="has begun"):
        back_to_draft(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.text) == (Campaign.Status.ACTIVE, "Dear <name>, KES <balance>")


def test_one_that_was_halted_and_may_have_sent_something_is_not_changed():
    """After a halt of the account a run goes on to sending without having been started."""
    campaign = frozen()
    Run.objects.update(status=Run.Status.HALTED, resumes_to=Run.Status.SENDING)
    with pytest.raises(NotPossible):
        back_to_draft(campaign.pk)


def test_one_that_is_paused_before_its_time_may_be_changed():
    campaign = frozen()
    steer.pause(campaign)
    change_scheduled(campaign, text="Hello")
    assert latest_run(campaign).status in (Run.Status.SCHEDULED, Run.Status.PLANNING)


@pytest.mark.parametrize("wrong", [{"text": "Dear <nobody>"}, {"groups": []}, {"schedule": {"rrule": "FREQ=DAILY"}}])
def test_a_change_that_cannot_go_changes_nothing(wrong):
    campaign = frozen()
    with pytest.raises(Blocked):
        change_scheduled(campaign, **wrong)
    campaign.refresh_from_db()
    assert campaign.is_active
    assert campaign.runs.get().status == Run.Status.PLANNED


def test_an_older_version_changes_nothing():
    campaign = scheduled()
    with pytest.raises(draft.Changed):
        change_scheduled(campaign, version=campaign.version + 1, text="Hello")
    assert campaign.runs.exists()


def test_what_recurs_is_not_made_a_draft():
    with pytest.raises(NotPossible, match="again and again"):
        back_to_draft(recurring().pk)


def approved_one():
    author, _ = person("mary", Role.COMPOSER)
    other, _ = person("john", Role.MANAGER)
    Rules.objects.update(approval="always")
    campaign = scheduled(user=author)
    approve(campaign.pk, campaign.version, user=other)
    campaign.refresh_from_db()
    return campaign, author, other


def test_a_change_voids_the_approval_and_asks_for_it_again():
    campaign, author, other = approved_one()
    changed = change_scheduled(campaign, text="Hello <name>", user=author)
    assert (changed.status, changed.approved_version) == (Campaign.Status.AWAITING_APPROVAL, None)
    assert changed.awaits_approval
    assert not changed.runs.exists()
    approve(changed.pk, changed.version, user=other)
    assert campaign.runs.get().status == Run.Status.SCHEDULED


def test_who_changes_what_was_approved_does_not_approve_the_change():
    campaign, _, other = approved_one()
    changed = change_scheduled(campaign, text="Hello <name>", user=other)
    assert changed.awaits_approval
    assert f"user:{other.pk}" in changed.authors


def test_an_approval_of_before_does_not_count_for_a_draft_that_needs_none():
    campaign, _, other = approved_one()
    Rules.objects.update(approval="off")
    draft_ = back_to_draft(campaign.pk, user=other)
    assert (draft_.approved_people, draft_.approved_by, draft_.approved_at) == (None, None, None)


def test_without_approval_a_composer_keeps_nothing_from_going():
    composer, _ = person("mary", Role.COMPOSER)
    campaign = scheduled()
    with pytest.raises(NotAllowed):
        back_to_draft(campaign.pk, user=composer)
    assert campaign.runs.get().status == Run.Status.SCHEDULED


def test_with_approval_on_nobody_but_its_author_and_managers_keep_it_from_going():
    campaign, _, _ = approved_one()
    stranger, _ = person("anne", Role.COMPOSER)
    with pytest.raises(NotAllowed):
        change_scheduled(campaign, text="Hello", user=stranger)


def test_a_change_goes_over_no_limit_of_the_month():
    user, _ = person("mary", Role.MANAGER)
    user.monthly_limit = 3
    user.save()
    campaign = scheduled(user=user)
    with pytest.raises(Blocked, match="left in"):
        change_scheduled(campaign, user=user, groups=[make_group(contacts=50)])
    assert campaign.runs.get().status == Run.Status.SCHEDULED


def test_of_what_recurs_what_is_prepared_and_has_not_begun_goes_with_the_new_text():
    campaign = recurring()
    Sender.objects.update(halted_at=None)
    run = campaign.runs.get()
    Run.objects.filter(pk=run.pk).update(status=Run.Status.HELD, reason="Look first.")
    change_from_now_on(campaign, text="New <name>")
    run.refresh_from_db()
    assert (run.status, run.replaced) == (Run.Status.CANCELLED, True)
    again = campaign.runs.get(replaced=False)
    assert (again.status, again.occurrence, again.scheduled_for) == ("scheduled", run.occurrence, run.scheduled_for)
    tick(at())
    assert set(Message.objects.filter(run=again).values_list("text", flat=True)) == {"New Person 0", "New Person 1"}


def test_who_was_to_be_reminded_by_what_was_prepared_is_reminded_by_the_new_text_once():
    group = make_group(contacts=3, due_date="2087-05-04")
    campaign = remind(group, missing_values="block", text="Old <name>, <due_date>")
    Campaign.objects.update(spend_limit="0.01")
    tick(at())
    held = campaign.runs.get(status=Run.Status.HELD)
    assert ReminderKey.objects.filter(run=held).count() == 3
    campaign.refresh_from_db()
    change_from_now_on(campaign, text="New <name>, <due_date>", spend_limit=None)
    # Its keys go with the texts that were prepared; until then nobody would be found to be reminded.
    with time_machine.travel(at(minute=1), tick=False):
        assert start_runs.begin_due_runs() == []
    tick(at(minute=2))
    tick(at(minute=3))
    assert send_all() == 3
    sent = Message.objects.filter(status="accepted").values_list("text", "run__replaced")
    assert {(text[:3], replaced) for text, replaced in sent} == {("New", False)}
    assert set(held.messages.values_list("status", flat=True)) == {"cancelled"}
