"""The REST API as a script uses it: keys, contacts, campaigns, errors of one shape, repeats."""

import json
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns.models import Campaign, Gate, Message, Run
from contacts.models import Contact, ContactGroup, OptOut
from tests.api.described import check_answer
from tests.calls import Beside
from tests.makers import make_campaign, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def gate(db):
    return Gate.objects.get_or_create(pk=1)[0]


class Script:
    """A client with a key."""

    def __init__(self, role=Role.MANAGER, owner=None, key=None):
        self.key = ApiKey.make("test", role, owner=owner)[1] if key is None else key

    def call(self, method, path, body=None, **headers):
        response = Client().generic(
            method,
            f"/v1/{path}",
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode(),
            content_type="application/json",
            headers={**({"Authorization": f"Bearer {self.key}"} if self.key else {}), **headers},
        )
        told = json.loads(response.content) if response.content else None
        check_answer(method, f"/v1/{path}", response.status_code, told)
        return response.status_code, told


@pytest.fixture
def script(db):
    return Script()


JANE = {"phone": "+254712345678", "name": "Jane Wanjiru", "balance": "5000"}
JOHN = {"phone": "0723 456 789", "name": "John Mwangi", "balance": "12000"}


def test_contacts_go_in_as_the_vendor_s_own_example_sends_them(script):
    status, told = script.call("POST", "contacts", {"group": "loan_clients", "contacts": [JANE, JOHN]})
    assert status == 200
    assert told == {
        "group": "loan_clients", "created": 2, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": []
    }  # fmt: skip
    status, told = script.call("GET", "contacts?group=loan_clients")
    assert told["results"][0] == {
        "phone": "+254712345678", "name": "Jane Wanjiru", "group": "loan_clients", "balance": "5000",
        "opted_out": False,
    }  # fmt: skip


def test_one_bad_contact_does_not_stop_the_others(script):
    bad = {"phone": "0202345678", "name": "Land Line"}
    _, told = script.call("POST", "contacts", {"group": "g", "contacts": [JANE, bad, JANE | {"name": "Jane W"}]})
    assert (told["created"], told["duplicates"]) == (1, 1)
    assert told["rejected"] == [{"index": 1, "phone": "0202345678", "error": "not a mobile number"}]
    assert Contact.objects.get().name == "Jane W"


def test_values_are_kept_in_the_type_of_their_field(script):
    fields = [{"name": "balance", "label": "Balance", "type": "money"}, {"name": "Due Date", "type": "date"}]
    status, told = script.call("POST", "groups", {"name": "loans", "fields": fields})
    assert status == 201
    assert [one["name"] for one in told["fields"]] == ["balance", "due_date"]
    person = {"phone": "0712345678", "balance": "KES 5,000", "due_date": "31/12/2026"}
    script.call("POST", "contacts", {"group": "loans", "contacts": [person, JOHN | {"due_date": "12/31/2026"}]})
    assert Contact.objects.get().values == {"balance": "5000.00", "due_date": "2026-12-31"}


def test_pages_follow_a_cursor(script):
    make_group("many", contacts=25)
    seen, cursor = [], ""
    while True:
        _, told = script.call("GET", f"contacts?group=many&limit=10&cursor={cursor}")
        seen += [one["phone"] for one in told["results"]]
        cursor = told["next"]
        if cursor is None:
            break
        assert cursor.isalnum()
    assert len(seen) == len(set(seen)) == 25


def test_a_campaign_is_made_and_launched_in_one_call(script):
    make_group("loans", contacts=3)
    make_sender("LENDER", is_default=True)
    body = {"name": "Nov", "group": "loans", "text": "KES <balance>", "kind": "transactional", "launch": True}
    status, told = script.call("POST", "campaigns", body)
    assert status == 201
    assert (told["status"], told["run"]["status"]) == ("active", "scheduled")
    assert Run.objects.count() == 1
    status, told = script.call("POST", f"campaigns/{told['id']}/launch")
    assert (status, told["error"]["code"]) == (409, "state")


@pytest.mark.parametrize(
    "change, status, code",
    [
        ({"sender": "NOBODY"}, 422, "no_sender"),
        ({"text": "Dear <name"}, 422, "invalid"),
        ({"text": "Dear <balnce>"}, 422, "invalid"),
        ({"group": "nowhere"}, 422, "invalid"),
        ({"group": "empty"}, 422, "invalid"),
        ({"kind": "secret"}, 422, "invalid"),
        ({"send_at": "2020-01-01T09:00:00+03:00"}, 422, "invalid"),
        ({"filter": [{"field": "nothing", "op": "=", "value": "1"}]}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
        ({"timezone": "Mars/Olympus"}, 422, "invalid"),
    ],
)
def test_a_campaign_that_cannot_be_is_a_clear_error_and_nothing_is_made(script, change, status, code):
    make_group("loans", contacts=3)
    make_group("empty")
    make_sender("LENDER", is_default=True)
    body = {"name": "Nov", "group": "loans", "text": "KES <balance>", "kind": "transactional", "launch": True}
    got, told = script.call("POST", "campaigns", body | change)
    assert (got, told["error"]["code"]) == (status, code)
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    "method, path, body, status, code",
    [
        ("POST", "contacts", b"{nonsense", 400, "not_json"),
        ("POST", "contacts", b"[]", 422, "invalid"),
        ("GET", "nowhere", None, 404, "not_found"),
        ("GET", "campaigns/999", None, 404, "not_found"),
        ("PUT", "contacts", None, 405, "method_not_allowed"),
        ("GET", "contacts?cursor=!!", None, 422, "invalid"),
        ("GET", "contacts?limit=5000", None, 422, "invalid"),
        ("GET", "contacts?phone=abc", None, 422, "invalid"),
        ("GET", "balance", None, 503, "unavailable"),
    ],
)
def test_every_error_has_one_shape(script, method, path, body, status, code):
    got, told = script.call(method, path, body)
    assert got == status
    assert told["error"]["code"] == code
    assert told["error"]["message"]


def test_without_a_key_nothing_is_told(db):
    response = Client().get("/v1/contacts")
    assert (response.status_code, response.json()["error"]["code"]) == (401, "unknown_key")


def test_a_key_in_the_body_is_taken_as_the_gateway_takes_it(script):
    body = {"api_key": script.key, "group": "g", "contacts": [JANE]}
    response = Client().post("/v1/contacts", json.dumps(body), content_type="application/json")
    assert response.status_code == 200


def test_a_role_bounds_what_a_key_may_do(db):
    viewer = Script(Role.VIEWER)
    assert viewer.call("POST", "contacts", {"group": "g", "contacts": [JANE]})[0] == 403
    assert not ContactGroup.objects.exists()
    assert viewer.call("GET", "groups")[0] == 200


def test_a_revoked_key_opens_nothing(script):
    ApiKey.objects.update(revoked_at="2026-01-01T00:00Z")
    assert script.call("GET", "groups")[0] == 401


def test_a_repeated_post_with_its_key_gives_the_first_answer_again(script):
    make_group("loans", contacts=3)
    make_sender("LENDER", is_default=True)
    body = {"name": "Nov", "group": "loans", "text": "KES <balance>", "kind": "transactional", "launch": True}
    first = script.call("POST", "campaigns", body, **{"Idempotency-Key": "a"})
    again = script.call("POST", "campaigns", body, **{"Idempotency-Key": "a"})
    assert first == again
    assert Campaign.objects.count() == 1
    status, told = script.call("POST", "campaigns", body | {"name": "Dec"}, **{"Idempotency-Key": "a"})
    assert (status, told["error"]["code"]) == (409, "idempotency")


def test_a_hundred_launches_at_once_over_http_make_one_run(script, live_server):
    campaign = make_campaign(make_group(contacts=3))
    at_once, answers = threading.Barrier(100), []

    def launch():
        address = urlsplit(live_server.url)
        http = HTTPConnection(address.hostname, address.port, timeout=120)
        # The socket stands and the request is half written when all begin.
        http.putrequest("POST", f"/v1/campaigns/{campaign.pk}/launch")
        http.putheader("Authorization", f"Bearer {script.key}")
        http.putheader("Content-Length", "0")
        at_once.wait()
        http.endheaders()
        answers.append(http.getresponse().status)
        http.close()

    for click in [Beside(launch) for _ in range(100)]:
        click.join(180)
    assert sorted(answers) == [200] + [409] * 99
    assert Run.objects.count() == 1


def test_a_draft_can_be_changed_and_deleted_and_what_runs_cannot(script):
    make_sender("LENDER", is_default=True)
    make_group("loans", contacts=1)
    body = {"name": "Nov", "group": "loans", "text": "KES <balance>", "kind": "transactional"}
    _, draft = script.call("POST", "campaigns", body)
    assert draft["run"] is None
    status, told = script.call("PATCH", f"campaigns/{draft['id']}", {"name": "Dec"})
    assert (status, told["name"], told["text"]) == (200, "Dec", "KES <balance>")
    script.call("POST", f"campaigns/{draft['id']}/launch")
    assert script.call("PATCH", f"campaigns/{draft['id']}", {"name": "Jan"})[0] == 409
    assert script.call("DELETE", f"campaigns/{draft['id']}")[0] == 409
    _, other = script.call("POST", "campaigns", body)
    assert script.call("DELETE", f"campaigns/{other['id']}")[0] == 204


def test_totals_of_a_campaign_add_up_to_its_audience(script):
    from campaigns import planning
    from tests.makers import make_run

    group = make_group(contacts=5)
    OptOut.objects.create(phone=Contact.objects.first().phone)
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    _, told = script.call("GET", f"campaigns/{run.campaign_id}")
    totals = told["totals"]
    assert totals["audience"] == 5 == sum(count for name, count in totals.items() if name not in ("audience", "people"))
    assert told["skipped"] == {"opted_out": 1}
    _, page = script.call("GET", f"campaigns/{run.campaign_id}/messages?status=queued&limit=3")
    assert len(page["results"]) == 3
    assert page["next"]
    assert page["results"][0]["id"] == Message.objects.filter(status="queued").first().pk


def test_the_api_describes_itself(script):
    _, described = script.call("GET", "openapi.json")
    assert "/v1/campaigns" in described["paths"]
    assert Client().get("/v1/docs").status_code == 200


NUL_AND_HALF = {"phone": "0712345678", "name": "a\0b\ud800", "x\0y": "\0", "rate": float("inf"), "more": {"a": [1]}}


def test_what_no_database_can_keep_is_made_storable_and_is_no_error_of_ours(script):
    status, told = script.call("POST", "contacts", {"group": "g", "contacts": [NUL_AND_HALF]})
    assert (status, told["created"]) == (200, 1)
    assert Contact.objects.get().name == "a b?"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "c" * 121), ("name", ""), ("text", "x" * 2001), ("send_at", "9999-12-31T23:59:59-14:00"),
        ("send_at", "soon"), ("timezone", "Mars/X"), ("template", 10**20), ("kind", "x"), ("filter", "x"),
    ],
)  # fmt: skip
def test_a_campaign_that_cannot_be_is_told_by_its_field(script, field, value):
    make_group("g", contacts=1)
    body = {"name": "c", "group": "g", "text": "t", "kind": "transactional", field: value}
    status, told = script.call("POST", "campaigns", body)
    assert status == 422
    assert field in told["error"]["fields"]
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("path", ["contacts?group=%00", "campaigns?status=%00", "campaigns?cursor=%00"])
def test_a_nul_in_the_address_is_an_error_of_the_one_shape(script, path):
    status, told = script.call("GET", path)
    assert (status, told["error"]["code"]) == (400, "not_json")


@pytest.mark.parametrize("key", ["", "qsms_nobodys"])
def test_who_is_not_let_in_is_told_how(db, key):
    answer = Client().get("/v1/campaigns", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "campaigns", {"GET", "POST"}),
        ("POST", "campaigns/1", {"GET", "PATCH", "DELETE"}),
        ("PUT", "balance", {"GET"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(script, method, path, allowed):
    answer = Client().generic(method, f"/v1/{path}", headers={"Authorization": f"Bearer {script.key}"})
    assert answer.status_code == 405
    assert {one.strip() for one in answer["Allow"].split(",")} == allowed
    assert answer.json()["error"]["code"] == "method_not_allowed"
