"""Approval covers people and values as of then: what was written since by somebody who may not approve is looked at."""

import itertools

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey
from accounts.names import name_of
from accounts.roles import Role
from campaigns import planning
from campaigns.actions import approve, launch, set_rules, steer
from campaigns.maintenance import tick
from campaigns.models import Campaign, CampaignSegment, Run
from campaigns.models.transitions import NotPossible
from contacts.models import ContactField, Segment
from contacts.people.merge import IncomingPerson, lock_group, merge_people, note_change
from tests.approving import person
from tests.calls import Beside, until_somebody_waits_for_a_lock
from tests.makers import make_campaign, make_contact, make_group, make_sender
from tests.segments import segment_of

pytestmark = pytest.mark.django_db(transaction=True)

WEEKLY = {"rrule": "FREQ=WEEKLY", "time": "09:00"}
_numbers = itertools.count(712_000_000)


@pytest.fixture
def jane(db):
    return person("jane", Role.COMPOSER)[0]


@pytest.fixture
def mary(db):
    return person("mary", Role.MANAGER)[0]


@pytest.fixture
def group(db):
    return make_group("Loans", contacts=10, balance="5.00", status="late")


def approved(jane, mary, *groups, segments=(), rule="always", **fields):
    """A campaign by Jane that Mary has approved; nothing of it is planned yet."""
    set_rules.set_rule("approval", rule)
    campaign = make_campaign(*groups, sender=make_sender("QSMS"), created_by=jane, **fields)
    for position, one in enumerate(segments):
        CampaignSegment.objects.create(campaign=campaign, segment=one, position=position)
    launch.launch(campaign.pk, user=jane)
    return approve.approve(campaign.pk, campaign.version, user=mary)


def planned():
    """The run as it is once it has been planned and looked at."""
    for run in tick.run_tick().to_plan:
        planning.plan_run(run)
    tick.run_tick()
    return Run.objects.latest("pk")


def write(group, people, by, balance="6.00"):
    """Change some of the group's people, or add some where it has no more."""
    phones = list(group.contacts.order_by("pk").values_list("phone", flat=True)[:people])
    phones += [f"254{next(_numbers)}" for _ in range(people - len(phones))]
    merge_people(group, [IncomingPerson(phone, None, {"balance": balance}) for phone in phones], by=name_of(*by))


def test_more_people_than_the_share_written_since_hold_it(jane, mary, group):
    campaign = approved(jane, mary, group)
    write(group, 3, (jane,))
    run = planned()
    assert (run.status, run.needs_approval) == ("held", True)
    assert run.reason == "3 of 10 people were added or changed since it was approved, by jane."
    with pytest.raises(NotPossible, match="Only somebody who may approve"):
        steer.resume(campaign, user=jane)
    steer.resume(campaign, user=mary)
    assert planned().status == "sending"


def test_of_one_person_it_is_told_as_of_one(jane, mary, group):
    set_rules.set_rule("growth_share", "0%")
    approved(jane, mary, group)
    write(group, 1, (jane,))
    assert planned().reason == "1 of 10 person was added or changed since it was approved, by jane."


@pytest.mark.parametrize("people", [0, 2])
def test_within_the_share_it_goes(jane, mary, group, people):
    approved(jane, mary, group)
    write(group, people, (jane,))
    assert planned().status == "sending"


def test_a_longer_text_than_any_that_was_looked_at_holds_it(jane, mary, group):
    field(group, "status", "text")
    approved(jane, mary, group, text="Dear <name>, <status>")
    contact = group.contacts.first()
    merge_people(group, [IncomingPerson(contact.phone, None, {"status": "late " * 40})], by=name_of(jane))
    run = planned()
    assert run.status == "held"
    assert run.reason == (
        "A text for somebody who was added or changed since, by jane, has 2 parts; of those that were looked at the "
        "longest had 1."
    )


def test_what_whoever_may_approve_writes_is_approved(jane, mary, group):
    peter = person("peter", Role.MANAGER)[0]
    set_rules.set_rule("growth_share", "0%")
    approved(jane, mary, group)
    write(group, 9, (mary,))
    write(group, 6, (None, ApiKey.make("crm", Role.MANAGER, owner=peter)[0]), "7.00")
    write(group, 3, (None,), "8.00")
    assert planned().status == "sending"


def test_a_manager_who_made_it_and_a_key_of_nobody_may_not(jane, mary, group):
    approved(mary, person("peter", Role.MANAGER)[0], group)
    write(group, 2, (mary,))
    key = ApiKey.make("crm", Role.MANAGER)[0]
    merge_people(group, [IncomingPerson("254733000001", "New", {"balance": "1.00"})], by=name_of(None, key))
    assert planned().reason == "3 of 11 people were added or changed since it was approved, by the key “crm”, mary."


def late(group):
    return segment_of(group, filter=[{"field": "status", "op": "=", "value": "late"}], name="Late")


def field(group, key, type_, options=()):
    return ContactField.objects.create(
        group=group, key=key, label=key.capitalize(), type=type_, options=list(options), position=9
    )


@pytest.mark.parametrize("left_out", [False, True])
def test_a_segment_that_means_something_else_holds_it(jane, mary, group, left_out):
    field(group, "status", "text")
    segment = late(group)
    if left_out:
        set_rules.set_rule("approval", "always")
        campaign = make_campaign(make_group(contacts=2), sender=make_sender("QSMS"), created_by=jane)
        campaign.exclude_segments.add(segment)
        launch.launch(campaign.pk, user=jane)
        approve.approve(campaign.pk, campaign.version, user=mary)
    else:
        approved(jane, mary, segments=[segment])
    segment.name, segment.filter = "All", []
    segment.save()
    run = planned()
    assert run.status == "held"
    assert run.reason == "The segment “All” was changed since it was approved."


def test_a_segment_that_was_named_anew_holds_nothing(jane, mary, group):
    field(group, "status", "text")
    segment = late(group)
    approved(jane, mary, segments=[segment])
    Segment.objects.update(name="Very late")
    assert planned().status == "sending"


def test_a_segment_that_was_changed_while_it_was_planned_and_changed_back_holds_it(jane, mary, group):
    field(group, "status", "text")
    segment = late(group)
    approved(jane, mary, segments=[segment])
    Segment.objects.update(filter=[])
    (run,) = tick.run_tick().to_plan
    planning.plan_run(run)
    Segment.objects.update(filter=segment.filter)
    tick.run_tick()
    assert Run.objects.get().status == "held"


@pytest.mark.parametrize(
    ("fields", "held"),
    [({"type": "text"}, True), ({"type": "choice", "options": ["late"]}, True), ({"label": "State"}, False)],
)
def test_a_field_in_use_with_another_type_or_other_options_holds_it(jane, mary, group, fields, held):
    field(group, "status", "choice", ["late", "paid"])
    field(group, "town", "text")
    approved(jane, mary, group, text="Dear <name>: <status>")
    ContactField.objects.filter(key="status").update(**fields)
    ContactField.objects.filter(key="town").update(type="date")
    run = planned()
    assert (run.status == "held") is held
    if held:
        assert run.reason == "The field “Status” was changed since it was approved."


@pytest.mark.parametrize("written", ["due_date", "Due date"])
def test_a_field_is_in_use_however_the_text_writes_it(jane, mary, group, written):
    approved(jane, mary, group, text=f"Dear <name>: <{written}|soon>")
    ContactField.objects.filter(key="due_date").update(type="text")
    assert planned().reason == "The field “due_date” was changed since it was approved."


def test_whoever_writes_is_waited_for_and_then_seen(jane, mary, group):
    set_rules.set_rule("growth_share", "0%")
    set_rules.set_rule("approval", "always")
    campaign = make_campaign(group, sender=make_sender("QSMS"), created_by=jane)
    launch.launch(campaign.pk, user=jane)
    with transaction.atomic():
        lock_group(group)
        make_contact(group, written_by=name_of(jane), balance="1.00")
        note_change(group)
        approving = Beside(lambda: approve.approve(campaign.pk, campaign.version, user=mary))
        until_somebody_waits_for_a_lock()
    approving.join()
    assert Campaign.objects.get().approved_people == 11
    assert planned().status == "sending"


def occurs(campaign, day):
    """Its next time is now, and is of that day."""
    Run.objects.filter(campaign=campaign, status="scheduled").delete()
    Run.objects.create(campaign=campaign, occurrence=day, scheduled_for=timezone.now())


def test_letting_it_go_covers_what_was_found_for_the_next_time_too(jane, mary, group):
    campaign = approved(jane, mary, group, schedule=WEEKLY)
    occurs(campaign, "2026-12-01")
    write(group, 5, (jane,))
    assert planned().status == "held"
    steer.resume(campaign, user=mary)
    assert planned().status == "sending"
    occurs(campaign, "2026-12-02")
    assert planned().status == "sending"
    write(group, 5, (jane,), "9.00")
    occurs(campaign, "2026-12-03")
    assert planned().status == "held"
