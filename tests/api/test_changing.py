"""A campaign used again and changed while it is scheduled: by scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.models import Campaign, Rules, Run
from tests.api.test_api import Script
from tests.approving import person
from tests.makers import make_campaign, make_group, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def script(db):
    make_sender("QSMS", is_default=True)
    make_group("loans", contacts=3)
    return Script()


def scheduled(script, **fields):
    at = timezone.now() + timedelta(days=1)
    body = {"name": "Balances", "group": "loans", "kind": "transactional", "text": "Dear <name>"}
    status, told = script.call(
        "POST", "campaigns", body | {"send_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "launch": True, **fields}
    )
    assert status == 201, told
    return told


def test_a_copy_is_a_draft_of_that_name(script):
    told = scheduled(script)
    status, copy = script.call("POST", f"campaigns/{told['id']}/copy", {"name": "January"})
    assert status == 201
    assert (copy["status"], copy["name"], copy["run"]) == ("draft", "January", None)
    assert (copy["text"], copy["sender"], copy["send_at"]) == (told["text"], told["sender"], told["send_at"])
    assert copy["id"] != told["id"]
    assert script.call("POST", f"campaigns/{told['id']}/copy", {})[1]["name"] == "Balances 2"
    assert script.call("POST", "campaigns/999/copy", {})[0] == 404


def test_a_copy_is_made_once_for_a_key_of_its_call(script):
    told = scheduled(script)
    once = {"Idempotency-Key": "copy-1"}
    first = script.call("POST", f"campaigns/{told['id']}/copy", {"name": "January"}, **once)
    assert script.call("POST", f"campaigns/{told['id']}/copy", {"name": "January"}, **once) == first
    assert Campaign.objects.filter(name="January").count() == 1


def test_a_copy_for_the_same_people(script):
    campaign = make_campaign(make_group("shops", contacts=2), status="finished")
    assert script.call("POST", f"campaigns/{campaign.pk}/copy", {"people": "same"})[0] == 409
    run = make_run(campaign)
    planning.plan_run(run.pk)
    assert script.call("POST", f"campaigns/{campaign.pk}/copy", {"people": "same"})[0] == 409
    Run.objects.update(status="finished", finished_at=timezone.now())
    status, copy = script.call("POST", f"campaigns/{campaign.pk}/copy", {"people": "same"})
    assert status == 201
    assert Campaign.objects.get(pk=copy["id"]).of_run == run


def test_what_is_scheduled_is_changed_and_stays_scheduled(script):
    told = scheduled(script)
    status, changed = script.call("PATCH", f"campaigns/{told['id']}", {"text": "Hello <name>"})
    assert (status, changed["status"], changed["text"]) == (200, "active", "Hello <name>")
    assert changed["run"]["status"] == "scheduled"
    assert changed["send_at"] == told["send_at"]
    assert changed["version"] > told["version"]


def test_its_approval_is_void(script):
    told = scheduled(script)
    Rules.objects.update(approval="always")
    status, changed = script.call("PATCH", f"campaigns/{told['id']}", {"text": "Hello <name>"})
    assert (status, changed["status"], changed["run"]) == (200, "awaiting_approval", None)


def test_what_recurs_is_changed_from_its_next_run_on(script):
    at = {"schedule": {"rrule": "FREQ=DAILY", "time": "09:00"}, "send_at": None}
    told = scheduled(script, **at)
    status, changed = script.call("PATCH", f"campaigns/{told['id']}", {"text": "Hello <name>"})
    assert (status, changed["status"], changed["text"]) == (200, "active", "Hello <name>")
    at = f"{timezone.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    status, refused = script.call("PATCH", f"campaigns/{told['id']}", {"send_at": at})
    assert (status, list(refused["error"]["fields"])) == (422, ["when"])


def test_what_has_begun_or_is_over_is_not_changed(script):
    told = scheduled(script)
    for status in ("sending", "finished"):
        Run.objects.update(status=status, started_at=timezone.now())
        answer, refused = script.call("PATCH", f"campaigns/{told['id']}", {"text": "Hello"})
        assert (answer, refused["error"]["code"]) == (409, "state")
    Campaign.objects.update(status="finished")
    assert script.call("PATCH", f"campaigns/{told['id']}", {"text": "Hello"})[0] == 409


def test_a_change_that_cannot_go_is_refused_and_it_goes_as_it_was(script):
    told = scheduled(script)
    status, refused = script.call("PATCH", f"campaigns/{told['id']}", {"text": "Dear <nobody>"})
    assert (status, list(refused["error"]["fields"])) == (422, ["what"])
    assert script.call("GET", f"campaigns/{told['id']}")[1]["status"] == "active"


def test_a_composers_key_changes_nothing_that_is_scheduled(script):
    told = scheduled(script)
    composer = Script(Role.COMPOSER, owner=person("mary", Role.COMPOSER)[0])
    assert composer.call("PATCH", f"campaigns/{told['id']}", {"text": "Hello"})[0] == 403
    assert composer.call("POST", f"campaigns/{told['id']}/copy", {})[0] == 201
    viewer = Script(Role.VIEWER)
    assert viewer.call("POST", f"campaigns/{told['id']}/copy", {})[0] == 403
