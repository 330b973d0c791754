"""Schedules, runs and approval as a script uses them."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns import planning
from campaigns.actions import set_rules
from campaigns.maintenance import tick
from campaigns.models import Campaign, Rules, Run
from tests.api.test_api import Script
from tests.approving import person
from tests.makers import make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

REMINDER = {"field": "due_date", "time": "09:00", "stages": [{"days_before": 3}, {"days_before": 0}, {"days_after": 3}]}


@pytest.fixture
def script(db):
    make_sender("QSMS", is_default=True)
    make_group("loans", contacts=3)
    return Script()


@pytest.fixture
def marys(db):
    """A key that acts for mary, a manager."""
    return Script(owner=person("mary", Role.MANAGER)[0])


def body(**fields):
    return {"name": "Reminders", "group": "loans", "kind": "transactional", "text": "Dear <name>", **fields}


@pytest.mark.parametrize("schedule", [{"rrule": "FREQ=WEEKLY;BYDAY=MO", "time": "09:00"}, REMINDER])
def test_a_schedule_goes_in_and_comes_out(script, schedule):
    status, told = script.call("POST", "campaigns", body(schedule=schedule, launch=True))
    assert (status, told["status"], told["run"]["status"]) == (201, "active", "scheduled")
    assert told["schedule"].items() >= schedule.items()
    status, runs = script.call("GET", f"campaigns/{told['id']}/runs")
    stages = {None} if "rrule" in schedule else {"on_day", "before_3", "after_3"}
    assert {one["stage"] for one in runs["results"]} == stages
    first = runs["results"][0]
    assert first["occurrence"] == timezone.localtime(Campaign.objects.get().next_at).date().isoformat()
    assert first["totals"]["audience"] == 0


def test_runs_are_paged(script):
    _, told = script.call("POST", "campaigns", body(schedule=REMINDER, launch=True))
    _, first = script.call("GET", f"campaigns/{told['id']}/runs?limit=2")
    _, second = script.call("GET", f"campaigns/{told['id']}/runs?limit=2&cursor={first['next']}")
    assert len(first["results"]) == 2
    assert len(second["results"]) == 1
    assert second["next"] is None


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"schedule": {"rrule": "FREQ=HOURLY", "time": "09:00"}}, "schedule"),
        ({"schedule": {"rrule": "FREQ=DAILY"}}, "schedule"),
        ({"schedule": {}}, "schedule"),
        ({"schedule": REMINDER, "audience": "frozen"}, "audience"),
        ({"schedule": REMINDER, "send_at": f"{timezone.now() + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"}, "schedule"),
        ({"schedule": {"field": "balance", "time": "09:00"}, "launch": True}, "when"),
        ({"schedule": {"rrule": "FREQ=DAILY", "time": "20:00"}, "kind": "promotional", "launch": True}, "when"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_in_words(script, fields, field):
    status, told = script.call("POST", "campaigns", body(**fields))
    assert (status, list(told["error"]["fields"])) == (422, [field])
    assert not Campaign.objects.exists()


def test_with_approval_on_it_waits_and_has_no_run(script, marys):
    Rules.objects.update(approval="always")
    _, told = script.call("POST", "campaigns", body(launch=True))
    assert (told["status"], told["run"]) == ("awaiting_approval", None)
    path = f"campaigns/{told['id']}"
    seen = {"version": told["version"]}
    assert script.call("POST", f"{path}/approve", {"comment": "mine", **seen})[0] == 403
    assert script.call("POST", f"{path}/return", seen)[0] == 403
    assert script.call("POST", f"{path}/launch")[0] == 409
    status, told = marys.call("POST", f"{path}/approve", {"comment": "fine", **seen})
    assert (status, told["status"], told["run"]["status"]) == (200, "active", "scheduled")
    assert marys.call("POST", f"{path}/approve", seen)[0] == 409
    assert Campaign.objects.get().approved_by.username == "mary"
    campaign = Campaign.objects.get()
    assert (campaign.approved_people, str(campaign.approved_cost)) == (3, "1.80")
    assert list(AuditEntry.objects.order_by("pk").values_list("act", "detail__comment")) == [
        ("campaign made", None), ("approval asked for", None), ("campaign approved", "fine")
    ]  # fmt: skip


def test_returned_it_is_a_draft_again_with_the_comment(script, marys):
    Rules.objects.update(approval="always")
    _, told = script.call("POST", "campaigns", body(launch=True))
    decision = {"comment": "The date is wrong", "version": told["version"]}
    status, told = marys.call("POST", f"campaigns/{told['id']}/return", decision)
    assert (status, told["status"]) == (200, "draft")
    assert Campaign.objects.get().returned_with == "The date is wrong"
    assert script.call("POST", f"campaigns/{told['id']}/launch")[1]["status"] == "awaiting_approval"


def test_a_change_takes_it_back(script, marys):
    Rules.objects.update(approval="always")
    _, told = script.call("POST", "campaigns", body(launch=True))
    status, told = marys.call("PATCH", f"campaigns/{told['id']}", {"text": "Other text"})
    assert (status, told["status"]) == (200, "draft")
    seen = {"version": told["version"]}
    assert script.call("POST", f"campaigns/{told['id']}/approve", seen)[0] in (403, 409)
    script.call("POST", f"campaigns/{told['id']}/launch")
    # Who has changed it has made it.
    assert marys.call("POST", f"campaigns/{told['id']}/approve", seen)[0] == 403


@pytest.mark.parametrize("act", ["approve", "return"])
def test_who_decides_names_the_version_that_was_looked_at(script, marys, act):
    Rules.objects.update(approval="always")
    _, told = script.call("POST", "campaigns", body(launch=True))
    path = f"campaigns/{told['id']}/{act}"
    assert list(marys.call("POST", path, {})[1]["error"]["fields"]) == ["version"]
    status, answer = marys.call("POST", path, {"version": told["version"] - 1})
    assert (status, answer["error"]["code"]) == (409, "state")
    assert Campaign.objects.get().status == "awaiting_approval"
    assert marys.call("POST", path, {"version": told["version"]})[0] == 200


@pytest.mark.parametrize("act", ["approve", "return"])
def test_a_key_that_acts_for_nobody_decides_nothing(script, act):
    Rules.objects.update(approval="always")
    _, told = script.call("POST", "campaigns", body(launch=True))
    assert Script().call("POST", f"campaigns/{told['id']}/{act}", {"version": told["version"]})[0] == 403
    assert Campaign.objects.get().status == "awaiting_approval"


def test_a_composer_may_ask_but_not_send(script):
    composer = Script(Role.COMPOSER)
    assert composer.call("POST", "campaigns", body(launch=True))[0] == 403
    assert not Campaign.objects.exists()
    Rules.objects.update(approval="always")
    assert composer.call("POST", "campaigns", body(launch=True))[1]["status"] == "awaiting_approval"
    assert composer.call("POST", f"campaigns/{Campaign.objects.get().pk}/approve", {"version": 1})[0] == 403


@pytest.mark.parametrize(
    "rule, asks",
    [("2 people", True), ("3 people", False), ("KES 1", True), ("KES 2", False), ("5 people or KES 1.50", True)],
)
def test_what_is_above_a_number_of_people_or_a_cost_is_approved(script, rule, asks):
    set_rules.set_rule("approval", rule)
    _, told = script.call("POST", "campaigns", body(launch=True))
    assert (told["status"] == "awaiting_approval") is asks


@pytest.mark.parametrize("more, held", [(0, False), (1, True)])
def test_a_run_that_has_outgrown_what_was_approved_waits_for_a_person(script, marys, more, held):
    Rules.objects.update(approval="always", growth_share=0)
    _, told = script.call(
        "POST", "campaigns", body(launch=True, send_at=(timezone.now() + timedelta(hours=1)).isoformat())
    )
    marys.call("POST", f"campaigns/{told['id']}/approve", {"version": told["version"]})
    people = [{"phone": f"07110000{number:02}", "name": "New"} for number in range(more)]
    script.call("POST", "contacts", {"group": "loans", "contacts": people})
    Run.objects.update(scheduled_for=timezone.now())
    for run in tick.run_tick().to_plan:
        planning.plan_run(run)
    tick.run_tick()
    run = Run.objects.get()
    assert (run.status == "held") is held
    if held:
        assert run.reason == (
            "1 of 4 person was added or changed since it was approved, by the key “test”. "
            "It would go to 4 people, and 3 were approved."
        )
        assert script.call("POST", f"campaigns/{told['id']}/resume")[0] == 409
        assert marys.call("POST", f"campaigns/{told['id']}/resume")[0] == 200
        tick.run_tick()
        assert Run.objects.get().status == "sending"


def test_the_answer_of_an_approval_is_kept_for_its_repeat(script, marys):
    Rules.objects.update(approval="always")
    _, told = script.call("POST", "campaigns", body(launch=True))
    path, key = f"campaigns/{told['id']}/approve", {"Idempotency-Key": "once"}
    first = marys.call("POST", path, {"version": told["version"]}, **key)
    assert marys.call("POST", path, {"version": told["version"]}, **key) == first
    assert json.dumps(first[1]["status"]) == '"active"'
