"""What a run may be at planning without somebody looking: what was approved, or what needs no approval."""

from decimal import Decimal

import pytest

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns import planning
from campaigns.actions import launch, set_rules, steer
from campaigns.approval.growth import why_to_be_approved
from campaigns.maintenance import start_runs, tick
from campaigns.models import Campaign, Run
from campaigns.models.transitions import NotPossible
from tests.approving import person
from tests.makers import make_campaign, make_contact, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("approved", "planned", "words"),
    [
        ((1_000, "600"), (1_200, "720"), ""),
        ((1_000, "600"), (1_201, "720"), "It would go to 1,201 people, and 1,000 were approved."),
        ((1, "600"), (2, "600"), "It would go to 2 people, and 1 was approved."),
        ((1_000, "600"), (1_200, "720.01"), "It would cost KES 720.01, and KES 600.00 were approved."),
    ],
)
def test_an_approved_run_may_grow_by_the_share_of_the_rules(approved, planned, words):
    campaign = Campaign(approved_people=approved[0], approved_cost=Decimal(approved[1]))
    assert why_to_be_approved(Run(campaign=campaign, audience=planned[0], estimate=Decimal(planned[1]))) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("off", ""), ("3 people", ""), ("KES 2", ""), ("always", "Nobody has approved it."),
        ("2 people", "It would go to 3 people; above 2 somebody else approves."),
        ("KES 1.79", "It would cost KES 1.80; above KES 1.79 somebody else approves."),
        ("100 people or KES 1", "It would cost KES 1.80; above KES 1.00 somebody else approves."),
    ],
)  # fmt: skip
def test_a_run_that_nobody_approved_may_be_what_needs_no_approval(rule, words):
    set_rules.set_rule("approval", rule)
    assert why_to_be_approved(Run(campaign=Campaign(), audience=3, estimate=Decimal("1.80"))) == words


@pytest.fixture
def jane(db):
    return person("jane", Role.MANAGER)[0]


@pytest.fixture
def mary(db):
    return person("mary", Role.MANAGER)[0]


def grown(user, rule="above 2 people"):
    """A campaign of two people by that manager, launched below the rule's number; then a third one came."""
    set_rules.set_rule("approval", rule)
    group = make_group(contacts=2)
    campaign = make_campaign(group, sender=make_sender("QSMS"), created_by=user)
    launch.launch(campaign.pk, user=user)
    make_contact(group, balance="1.00", due_date="2026-12-01")
    for run in tick.run_tick().to_plan:
        planning.plan_run(run)
    tick.run_tick()
    return Campaign.objects.get(pk=campaign.pk)


def test_above_n_holds_at_planning_and_resume_is_not_for_whoever_made_it(jane, mary):
    campaign = grown(jane)
    run = Run.objects.get()
    assert (run.status, run.reason) == ("held", "It would go to 3 people; above 2 somebody else approves.")
    composer = person("peter", Role.COMPOSER)[0]
    nobodys, janes, marys = (ApiKey.make("k", owner=one)[0] for one in (None, jane, mary))
    for whoever in ({"user": jane}, {"user": composer}, {"api_key": nobodys}, {"api_key": janes}, {}):
        with pytest.raises(NotPossible, match="Only somebody who may approve"):
            steer.resume(campaign, **whoever)
    assert Run.objects.get().status == "held"
    steer.resume(campaign, api_key=marys)
    tick.run_tick()
    assert Run.objects.get().status == "sending"


def test_what_was_let_go_for_its_cost_still_waits_for_approval(jane, mary):
    campaign = grown(jane)
    Campaign.objects.update(spend_limit="1.00")
    Run.objects.update(status="planned", needs_approval=False, reason="", may_go=True)
    tick.run_tick()
    run = Run.objects.get()
    assert (run.status, run.needs_approval) == ("held", True)
    steer.resume(campaign, user=mary)
    start_runs.start_planned_runs()
    assert Run.objects.get().status == "sending"


def test_both_reasons_are_told(jane, mary):
    campaign = grown(jane)
    Campaign.objects.update(spend_limit="1.00")
    Run.objects.update(status="planned", needs_approval=False, reason="")
    tick.run_tick()
    told = Run.objects.get().reason
    assert "above 2 somebody else approves" in told
    assert "the limit of a campaign is KES 1.00" in told
    steer.resume(campaign, user=mary)
    start_runs.start_planned_runs()
    assert Run.objects.get().status == "sending"


def test_approval_that_is_asked_for_since_holds_what_was_launched_before(jane, mary):
    campaign = grown(jane, "off")
    Run.objects.update(status="planned")
    set_rules.set_rule("approval", "always")
    tick.run_tick()
    assert Run.objects.get().reason == "Nobody has approved it."
    steer.resume(campaign, user=mary)
    tick.run_tick()
    assert Run.objects.get().status == "sending"
