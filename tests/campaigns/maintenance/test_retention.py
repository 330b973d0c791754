"""What is old goes, run by run and month by month; what is needed stays."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry
from campaigns import planning
from campaigns.actions import retry
from campaigns.maintenance import close_runs, retention, start_runs
from campaigns.maintenance.close_runs import close_finished_runs
from campaigns.models import Batch, Callback, Campaign, GivenId, Message, ReminderKey, Rules, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from contacts.models import Upload, UploadedPeople
from tests.makers import make_campaign, make_group, make_run
from tests.recurring import at, person, remind, send_all, tick
from tests.segments import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def ended(days):
    run = make_run(make_campaign(make_group(contacts=120), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    while claim := claim_next(timedelta(seconds=70)):
        mark_posted(claim)
        settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts])
    close_runs.close_finished_runs()
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
    return run


@pytest.fixture
def group():
    return make_group("loans")


def day(number, hour=9):
    tick(at(days=number, hour=hour))
    return send_all()


def test_old_runs_go_with_all_that_is_theirs_and_campaigns_stay():
    old, young = ended(100), ended(10)
    needed = ended(100)
    retry.make_draft(needed, "failed", None)
    Rules.objects.update(message_months=3)
    retention.keep_house(60)
    assert set(Run.objects.values_list("pk", flat=True)) == {young.pk, needed.pk}
    assert Message.objects.count() == GivenId.objects.count() == 240
    assert not Batch.objects.filter(run=old).exists()
    assert Campaign.objects.filter(pk=old.campaign_id).exists()


def test_without_a_rule_nothing_is_deleted_and_with_no_time_left_it_goes_on_the_next_time():
    run = ended(1000)
    retention.keep_house(60)
    assert Message.objects.filter(run=run).count() == 120
    assert retention.delete_runs_before(timezone.now(), time.monotonic() - 1) == 0
    assert retention.delete_runs_before(timezone.now(), time.monotonic() + 60) == 1


def test_what_is_remembered_of_a_reminder_goes_with_its_run(group):
    remind(group)
    person(group, "2087-05-04")
    young = person(group, "2087-05-05")
    assert (day(0), day(1)) == (1, 1)
    with time_machine.travel(at(days=1, hour=10), tick=False):
        close_finished_runs()
    later = Run.objects.get(occurrence="2087-05-02")
    assert retention.delete_runs_before(later.scheduled_for, time.monotonic() + 60) == 0
    Run.objects.filter(occurrence="2087-05-01").update(finished_at=at())
    assert retention.delete_runs_before(later.scheduled_for, time.monotonic() + 60) == 1
    assert [key.phone for key in ReminderKey.objects.all()] == [young.phone]


def test_the_list_of_an_old_upload_goes_unless_a_campaign_needs_it(loans):
    old, needed, new = (uploaded(loans) for _ in range(3))
    Upload.objects.exclude(pk=new.pk).update(created_at=timezone.now() - timedelta(days=31))
    make_campaign(loans, upload=needed)
    make_campaign(loans, upload=old, status="finished")
    retention.keep_house(seconds=5)
    assert set(UploadedPeople.objects.values_list("upload", flat=True)) == {needed.pk, new.pk}


def test_who_did_what_is_kept_as_long_as_the_rule_says():
    for days in (10, 100):
        AuditEntry.objects.create(act=f"{days} days ago", at=timezone.now() - timedelta(days=days))
    retention.keep_house(60)
    assert AuditEntry.objects.count() == 2
    Rules.objects.update(audit_months=3)
    retention.keep_house(60)
    assert AuditEntry.objects.get().act == "10 days ago"


def test_callbacks_go_after_a_month_given_up_ones_later_and_what_waits_stays(monkeypatch):
    monkeypatch.setattr(retention, "CALLBACKS_AT_ONCE", 2)
    key, now = ApiKey.make("crm")[0], timezone.now()
    for status in Callback.Status.values:
        for days in (29, 31, 31, 31, 89, 91, 91):
            Callback.objects.create(api_key=key, event="delivered", status=status, at=now - timedelta(days=days))
    retention.keep_house(seconds=60)
    left = dict.fromkeys(Callback.Status.values, 0)
    for status in Callback.objects.values_list("status", flat=True):
        left[status] += 1
    assert left == {"pending": 7, "delivered": 1, "given_up": 5, "dropped": 1}
