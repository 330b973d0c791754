"""The API's description: every answer is as it says, its examples are real ones, and nothing makes the API break."""

import json

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings

from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns.delivery.replies import receive
from campaigns.models import Campaign, Message, MessageTemplate
from contacts.models import Contact, ContactGroup, Segment
from qsms_portal.api_description import REFUSALS
from tests.api.described import DOCUMENT, check_answer, fits
from tests.api.test_api import Script
from tests.api.test_key_limits import fill_its_minutes
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

ANYTHING = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [(method, path, call) for path, calls in DOCUMENT["paths"].items() for method, call in calls.items()]
# They need what an example cannot have: a campaign that waits for somebody, and is in doubt about texts.
NEEDS_A_STATE = ("/approve", "/return", "/resolve", "/{act}")


def example_of(method, path, part="requestBody"):
    call = DOCUMENT["paths"][path][method]
    told = call["requestBody"] if part == "requestBody" else call["responses"][part]
    return told["content"]["application/json"]["example"]


def texts_in(value):
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(one)


@pytest.mark.parametrize(("method", "path", "call"), OPERATIONS)
def test_every_body_and_answer_has_an_example_that_fits(method, path, call):
    bodies = [call["requestBody"]] if "requestBody" in call else []
    for told in (*bodies, *call["responses"].values()):
        for content in told.get("content", {}).values():
            fits(content["schema"], content["example"])
            assert "string" not in texts_in(content["example"])
    assert {"2"} <= {status[0] for status in call["responses"]}
    for parameter in call.get("parameters", ()):
        assert parameter["in"] == "query" or "example" in parameter or "enum" in parameter["schema"]


def test_the_examples_work_as_they_stand():
    make_sender("NAKURUSACCO", is_default=True)
    script, done = Script(), []
    order = ("groups", "contacts", "templates", "segments", "campaigns", "messages", "opt-outs", "stop")
    for name in order:
        path = f"/v1/{name}"
        status, told = script.call("POST", name, example_of("post", path))
        assert status in (200, 201), told
        done.append(path)
    contact = Contact.objects.get()
    assert (contact.phone, contact.values) == ("254712345678", {"balance": "5000.00", "due_date": "18/12/2026"})
    assert Segment.objects.get().groups.get() == ContactGroup.objects.get()
    campaign = Campaign.objects.get()
    assert script.call("PATCH", f"campaigns/{campaign.pk}", example_of("patch", "/v1/campaigns/{pk}"))[0] == 200
    copy = example_of("post", "/v1/campaigns/{pk}/copy")
    assert script.call("POST", f"campaigns/{campaign.pk}/copy", copy)[0] == 201
    assert script.call("PATCH", "groups/loan_clients", example_of("patch", "/v1/groups/{name}"))[0] == 200
    segment = example_of("patch", "/v1/segments/{name}")
    assert script.call("PATCH", f"segments/{segment['name']}", segment)[0] == 200
    assert Message.objects.get().text == "Your code is 4711."
    reply = receive({"mobile": "254712345679", "message": "I have paid"})
    answer = example_of("post", "/v1/replies/{pk}/answer")
    assert script.call("POST", f"replies/{reply.pk}/answer", answer)[0] == 201
    described = {path for _, path, call in OPERATIONS if "requestBody" in call}
    played = {
        *done,
        "/v1/campaigns/{pk}",
        "/v1/campaigns/{pk}/copy",
        "/v1/groups/{name}",
        "/v1/segments/{name}",
        "/v1/replies/{pk}/answer",
    }
    assert {one for one in described - played if not one.endswith(NEEDS_A_STATE)} == set()


def test_the_refusals_are_those_that_come():
    make_group("loan_clients")
    viewer, composer = Script(Role.VIEWER), Script(Role.COMPOSER)
    group = {"name": "others"}
    once = {"Idempotency-Key": "one"}
    composer.call("POST", "groups", group, **once)
    busy, secret = ApiKey.make("busy", calls_a_minute=60)
    fill_its_minutes(busy)
    told = {
        400: composer.call("POST", "groups", b"{"),
        401: Script(key="none").call("GET", "groups"),
        403: viewer.call("POST", "groups", group),
        404: composer.call("GET", "nothing"),
        409: composer.call("POST", "groups", {"name": "more"}, **once),
        413: composer.call("POST", "groups", b" " * ((16 << 20) + 1)),
        422: composer.call("GET", "groups?limt=5"),
        429: Script(key=secret).call("GET", "groups"),
    }
    for status, answer in told.items():
        code, message, fields = REFUSALS[status]
        assert answer == (status, {"error": {"code": code, "message": message, "fields": fields}})
    assert set(REFUSALS) - set(told) == {503, 507}, "tested where the database is away and the disk is full"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("campaigns/{campaign}", "kind"),
        ("campaigns/{campaign}", "name"),
        ("campaigns/{campaign}", "audience"),
        ("campaigns/{campaign}", "segments"),
        ("campaigns/{campaign}", "timezone"),
        ("groups/loans", "name"),
        ("groups/loans", "fields"),
        ("segments/owing", "name"),
        ("segments/owing", "groups"),
        ("segments/owing", "filter"),
    ],
)
def test_a_change_to_null_is_refused_where_null_is_no_value(path, name):
    group = make_group("loans", fields={"balance": "money"})
    campaign = make_campaign(group)
    Segment.objects.create(name="owing").groups.add(group)
    status, told = Script().call("PATCH", path.format(campaign=campaign.pk), {name: None})
    assert status == 422 and list(told["error"]["fields"]) == [name]


def test_a_change_launches_nothing_and_leaves_what_it_does_not_name():
    campaign = make_campaign(make_group("loans", contacts=1), text="Hello <name>")
    status, told = Script().call("PATCH", f"campaigns/{campaign.pk}", {"launch": True, "name": "other"})
    assert status == 422 and list(told["error"]["fields"]) == ["launch"]
    status, told = Script().call("PATCH", f"campaigns/{campaign.pk}", {"template": None, "name": "other"})
    assert (status, told["text"], told["name"]) == (200, "Hello <name>", "other")


@pytest.fixture
def manager():
    """A key that acts for a manager, in a portal where there is something of everything."""
    group = make_group("loan_clients", fields={"balance": "money", "due_date": "date"})
    make_contact(group, name="Jane Wanjiru", balance="5000.00", due_date="2026-12-18")
    make_sender("NAKURUSACCO", is_default=True)
    MessageTemplate.objects.create(name="Loan due", text="Dear <name>")
    draft = make_campaign(group, pk=12)
    assert draft.is_draft
    make_run(make_campaign(group, name="gone out", pk=13))
    Segment.objects.create(name="loan_clients").groups.add(group)
    owner = User.objects.create_user("manager")
    return ApiKey.make("crm", Role.MANAGER, owner=owner)[1]


@pytest.mark.parametrize(("method", "path", "call"), OPERATIONS)
def test_no_call_breaks_the_api_or_gets_an_answer_that_is_not_described(live_server, manager, method, path, call):
    answered = set()

    @given(case=ANYTHING[path][method.upper()].as_strategy())
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def ask(case):
        response = case.call(base_url=live_server.url, headers={"Authorization": f"Bearer {manager}"}, timeout=30)
        assert response.status_code < 500
        check_answer(method, path, response.status_code, response.json() if response.content else None)
        answered.add(response.status_code)

    ask()
    assert answered - {401, 404, 405}, "nothing reached what the call does"


def test_the_document_is_served_to_a_stranger_too():
    assert json.loads(Client().get("/v1/openapi.json").content) == DOCUMENT
