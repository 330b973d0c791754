"""Approval on its pages: who may, exactly what goes, what a change voids, and who is told."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.actions import launch
from campaigns.actions.change import change_from_now_on
from campaigns.approval.mail import not_told
from campaigns.models import Campaign, Rules, Run
from tests.approving import asked, decide, person
from tests.makers import make_campaign, make_contact, make_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always(rows_that_there_is_one_of, db):
    Rules.objects.update(approval="always")


@pytest.fixture
def jane(db):
    return person("jane", Role.COMPOSER, "jane@example.org")


@pytest.fixture
def mary(db):
    return person("mary", Role.MANAGER, "mary@example.org")


def test_a_composer_asks_and_a_manager_sees_exactly_what_will_go(jane, mary):
    campaign = make_campaign(make_group("loans", contacts=3), sender=make_sender("QSMS"), created_by=jane[0])
    told = jane[1].get(f"/campaigns/{campaign.pk}/check").content.decode()
    assert "Ask for approval" in told
    jane[1].post(f"/campaigns/{campaign.pk}/launch", {"version": campaign.version})
    assert Campaign.objects.get().status == "awaiting_approval"
    assert (
        f'<a href="/campaigns/{campaign.pk}/approval">Reminders</a> waits for approval'
        in mary[1].get("/").content.decode()
    )
    told = mary[1].get(f"/campaigns/{campaign.pk}/approval").content.decode()
    for words in ("<strong>3</strong> people", "KES 1.80", "loans", "QSMS", "Dear Person 0, KES 5,000.00", "jane"):
        assert words in told


def test_how_many_of_those_who_are_meant_get_it_is_said(jane, mary):
    campaign = asked(jane[0])
    make_contact(campaign.chosen_groups.get().group, name="Nobody")
    told = read(mary[1].get(f"/campaigns/{campaign.pk}/approval"))
    assert "<strong>3</strong> of <strong>4</strong> people, about <strong>KES 1.80</strong>." in told
    assert "1: has no balance" in told


def test_approved_it_goes_and_its_page_says_by_whom(jane, mary):
    campaign = asked(jane[0])
    told = decide(mary[1], campaign, "approve", comment="Fine").content.decode()
    assert Campaign.objects.get().status == "active"
    assert Run.objects.get().status == "scheduled"
    assert "Approved by mary" in told
    assert "“Fine”" in told
    assert list(AuditEntry.objects.order_by("pk").values_list("act", "user__username")) == [
        ("approval asked for", "jane"), ("campaign approved", "mary")
    ]  # fmt: skip


def test_returned_it_is_a_draft_with_the_comment_on_the_first_page(jane, mary):
    campaign = asked(jane[0])
    decide(mary[1], campaign, "return", comment="Wrong date")
    assert Campaign.objects.get().status == "draft"
    assert "Wrong date" in jane[1].get("/").content.decode()
    assert "Wrong date" in jane[1].get(f"/campaigns/{campaign.pk}/check").content.decode()


def test_whoever_made_it_cannot_approve_it_whatever_the_role(mary):
    campaign = asked(mary[0])
    told = decide(mary[1], campaign, "approve").content.decode()
    assert Campaign.objects.get().status == "awaiting_approval"
    assert "somebody else has to approve it" in told


def test_who_changed_it_has_made_it(jane, mary):
    campaign = make_campaign(make_group(contacts=3), created_by=jane[0])
    mary[1].post(
        f"/campaigns/{campaign.pk}/what",
        {
            "version": 1,
            "text": "Other",
            "sender": campaign.sender_id,
            "kind": "transactional",
            "missing_values": "skip",
        },
    )
    launch.launch(campaign.pk, user=jane[0])
    campaign.refresh_from_db()
    decide(mary[1], campaign, "approve")
    assert Campaign.objects.get().status == "awaiting_approval"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMPOSER])
def test_only_a_manager_decides(jane, role):
    campaign = asked(jane[0])
    client = person("peter", role)[1]
    decide(client, campaign, "approve")
    decide(client, campaign, "return")
    assert Campaign.objects.get().status == "awaiting_approval"
    assert b'value="approve"' not in client.get(f"/campaigns/{campaign.pk}/approval").content


def test_a_request_is_taken_back_by_its_author_or_a_composer_and_by_no_viewer(jane):
    campaign = asked(jane[0])
    told = decide(person("victor", Role.VIEWER)[1], campaign, "take-back").content.decode()
    assert "Whoever made it takes it back" in told
    assert Campaign.objects.get().status == "awaiting_approval"
    # Who made it may, whatever they may otherwise do by now.
    jane[0].groups.clear()
    jane[0].groups.add(Group.objects.get_or_create(name="viewer")[0])
    jane[1].force_login(jane[0], backend="django.contrib.auth.backends.ModelBackend")
    decide(jane[1], campaign, "take-back")
    assert Campaign.objects.get().status == "draft"


@pytest.mark.parametrize("decision", ["approve", "return"])
@pytest.mark.parametrize("version", ["", "x", "1000000"])
def test_a_decision_without_the_version_that_was_looked_at_changes_nothing(jane, mary, decision, version):
    campaign = asked(jane[0])
    told = decide(mary[1], campaign, decision, version=version).content.decode()
    assert "It was changed since you looked" in told
    assert Campaign.objects.get().status == "awaiting_approval"


def test_what_was_changed_since_it_was_looked_at_is_looked_at_again(jane, mary):
    campaign = asked(jane[0])
    decide(jane[1], campaign, "take-back")
    assert Campaign.objects.get().status == "draft"
    Campaign.objects.update(text="Other", version=2)
    launch.launch(campaign.pk, user=jane[0])
    told = decide(mary[1], campaign, "approve").content.decode()
    assert "It was changed since you looked" in told
    assert Campaign.objects.get().status == "awaiting_approval"


def test_a_second_click_leads_to_the_campaign_as_it_is(jane, mary):
    campaign = asked(jane[0])
    decide(mary[1], campaign, "approve")
    assert decide(mary[1], campaign, "approve").redirect_chain[-1][0] == f"/campaigns/{campaign.pk}"
    assert Run.objects.count() == 1


DAILY = {"rrule": "FREQ=DAILY", "time": "09:00"}


@pytest.mark.parametrize(
    "change, what",
    [
        ({"text": "Another text for <name>"}, "The text"),
        ({"schedule": {"rrule": "FREQ=DAILY", "time": "10:00"}}, "When"),
        ({"filter": [{"field": "balance", "op": ">", "value": "0"}]}, "Only those of whom this is true"),
        ({"sender": "other"}, "Sender ID"),
        ({"groups": "other"}, "Sent to"),
    ],
)
def test_any_change_voids_it_and_the_difference_is_shown(jane, mary, change, what):
    campaign = asked(jane[0], schedule=DAILY)
    decide(mary[1], campaign, "approve")
    if "sender" in change:
        change = {"sender": make_sender("OTHER")}
    if "groups" in change:
        change = {"groups": [make_group("others", contacts=1)]}
    change_from_now_on(campaign, user=jane[0], **change)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.awaits_approval) == ("paused", True)
    assert (
        "goes on when somebody has approved"
        in mary[1].post(f"/campaigns/{campaign.pk}/resume", follow=True).content.decode()
    )
    told = mary[1].get(f"/campaigns/{campaign.pk}/approval").content.decode()
    assert "What is other than when it was approved last" in told
    assert what in told
    decide(mary[1], campaign, "approve")
    campaign.refresh_from_db()
    assert (campaign.status, campaign.awaits_approval) == ("active", False)


def test_without_mail_the_page_says_where_managers_see_it(jane):
    campaign = asked(jane[0])
    assert not_told() == []
    told = jane[1].get(f"/campaigns/{campaign.pk}/approval").content.decode()
    assert "No mail is set up: managers see it on their first page." in told


def test_a_reminder_is_approved_by_its_fullest_day(jane, mary):
    due = str(timezone.localdate() + timezone.timedelta(days=5))
    rule = {"field": "due_date", "time": "09:00", "stages": [{"days_before": 3}, {"days_before": 0}]}
    campaign = make_campaign(make_group(contacts=4, balance="1.00", due_date=due), schedule=rule, created_by=jane[0])
    launch.launch(campaign.pk, user=jane[0])
    campaign.refresh_from_db()
    assert "On its fullest day" in mary[1].get(f"/campaigns/{campaign.pk}/approval").content.decode()
    decide(mary[1], campaign, "approve")
    campaign.refresh_from_db()
    assert (campaign.approved_people, str(campaign.approved_cost)) == (4, "2.40")


def test_a_run_that_waits_shows_the_button_to_whoever_may_press_it(jane, mary):
    campaign = asked(jane[0])
    decide(mary[1], campaign, "approve")
    Run.objects.update(status="held", needs_approval=True, reason="3 of 3 people were changed.")
    peter = person("peter", Role.MANAGER)
    campaign.authors = [f"user:{peter[0].pk}"]
    campaign.save()
    let_go, words = "Let it go all the same", "A manager who has neither made nor changed it lets it go."
    for client, sees, not_there in ((mary[1], let_go, words), (peter[1], words, let_go)):
        page = read(client.get(f"/campaigns/{campaign.pk}"))
        assert sees in page
        assert not_there not in page
