"""Opt-outs as a script sees them: read by viewers, written by managers, in the one shape of errors."""

import json

import pytest
from django.test import Client

from accounts.models import ApiKey, AuditEntry
from accounts.roles import Role
from contacts.models import OptOut
from tests.makers import make_contact, make_group, make_phone

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "254712345678"
SHOWN = {"phone": "+254712345678", "scope": "all", "source": "api", "reason": "asked by mail"}


@pytest.fixture
def call(db):
    """A call as a key of that role makes it."""
    keys = {role: ApiKey.make(role, role)[1] for role in Role}

    def called(method, path, body=None, role=Role.MANAGER, **headers):
        authorization = {"Authorization": f"Bearer {keys[role]}"} if role else {}
        body = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        response = Client().generic(
            method, f"/v1/{path}", body or b"", content_type="application/json", headers=authorization | headers
        )
        return response.status_code, json.loads(response.content) if response.content else None

    return called


def without_time(one):
    return {name: value for name, value in one.items() if name != "created_at"}


def test_a_number_is_left_out_and_again_is_no_second_time(call):
    body = {"phone": "0712 345 678", "reason": " asked by  mail "}
    status, told = call("POST", "opt-outs", body)
    assert (status, without_time(told)) == (201, SHOWN)
    status, again = call("POST", "opt-outs", body | {"reason": "something else"})
    assert (status, again) == (200, told)
    status, other = call("POST", "opt-outs", body | {"scope": "promotional"})
    assert (status, other["scope"]) == (201, "promotional")
    assert OptOut.objects.count() == 2
    assert call("GET", "opt-outs?phone=%2B254712345678")[1]["results"] == [other, told]


def test_a_person_s_own_stop_is_not_written_over(call):
    OptOut.objects.create(phone=PHONE, source="reply", reason="Said STOP by text")
    status, told = call("POST", "opt-outs", {"phone": PHONE, "scope": "all"})
    assert (status, told["source"]) == (200, "reply")


def test_an_opt_out_is_taken_back_by_its_scope(call):
    OptOut.objects.create(phone=PHONE, scope="promotional", source="operator")
    assert call("DELETE", "opt-outs?phone=0712345678")[0] == 404
    assert call("DELETE", "opt-outs?phone=0712345678&scope=all")[0] == 404
    assert call("DELETE", "opt-outs?phone=0712345678&scope=promotional") == (204, None)
    assert call("DELETE", "opt-outs?phone=0712345678&scope=promotional")[0] == 404
    assert not OptOut.objects.exists()


def test_pages_follow_a_cursor_newest_first(call):
    for number in range(25):
        OptOut.objects.create(phone=make_phone(), reason=str(number))
    seen, cursor = [], ""
    while cursor is not None:
        status, told = call("GET", f"opt-outs?limit=10&cursor={cursor}")
        assert (status, len(told["results"]) <= 10) == (200, True)
        seen += [int(one["reason"]) for one in told["results"]]
        cursor = told["next"]
    assert seen == list(range(24, -1, -1))


def test_contacts_say_who_has_opted_out_of_everything(call):
    group = make_group("loans")
    for scope in ("all", "promotional", None):
        phone = make_contact(group).phone
        if scope:
            OptOut.objects.create(phone=phone, scope=scope)
    _, told = call("GET", "contacts?group=loans")
    assert [one["opted_out"] for one in told["results"]] == [True, False, False]
    call("DELETE", f"opt-outs?phone={told['results'][0]['phone'].replace('+', '%2B')}")
    assert not any(one["opted_out"] for one in call("GET", "contacts?group=loans")[1]["results"])


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMPOSER])
def test_who_is_no_manager_reads_and_does_not_write(call, role):
    OptOut.objects.create(phone=PHONE)
    assert call("GET", "opt-outs", role=role)[0] == 200
    for method, path, body in (
        ("POST", "opt-outs", {"phone": "0723456789"}),
        ("DELETE", f"opt-outs?phone={PHONE}", None),
    ):
        status, told = call(method, path, body, role=role)
        assert (status, told["error"]["code"]) == (403, "forbidden")
    assert OptOut.objects.get().phone == PHONE


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_stranger_is_told_nothing(call, method):
    status, told = call(method, "opt-outs?phone=0712345678", {"phone": PHONE}, role=None)
    assert (status, told["error"]["code"]) == (401, "unknown_key")
    assert not OptOut.objects.exists()


@pytest.mark.parametrize(
    "method, path, body, status, code",
    [
        ("PUT", "opt-outs", {"phone": PHONE}, 405, "method_not_allowed"),
        ("POST", "opt-outs", b"{broken", 400, "not_json"),
        ("POST", "opt-outs", {}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": ""}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": "0202345678"}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": "\0\ud800"}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": PHONE, "scope": "some"}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": PHONE, "reason": "x" * 201}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": PHONE, "colour": "red"}, 422, "invalid"),
        ("POST", "opt-outs", {"phone": 5, "scope": []}, 422, "invalid"),
        ("GET", "opt-outs?phone=abc", None, 422, "invalid"),
        ("GET", "opt-outs?cursor=_", None, 422, "invalid"),
        ("GET", "opt-outs?limit=1001", None, 422, "invalid"),
        ("DELETE", "opt-outs", None, 422, "invalid"),
        ("DELETE", "opt-outs?phone=abc", None, 422, "invalid"),
        ("DELETE", f"opt-outs?phone={PHONE}&scope=x", None, 422, "invalid"),
    ],
)
def test_every_error_has_one_shape(call, method, path, body, status, code):
    got, told = call(method, path, body)
    assert (got, told["error"]["code"]) == (status, code)
    assert told["error"]["message"]
    assert not OptOut.objects.exists()


def test_a_key_in_the_body_is_taken_too(call):
    key = ApiKey.make("body")[1]
    status, _ = call("POST", "opt-outs", {"api_key": key, "phone": PHONE}, role=None)
    assert status == 201


def test_what_a_script_did_is_in_the_audit_log_once(call):
    body, path = {"phone": PHONE, "reason": "asked"}, f"opt-outs?phone={PHONE}&reason=again"
    assert [call("POST", "opt-outs", body)[0] for _ in range(2)] == [201, 200]
    about = f"opt-out {OptOut.objects.get().pk}"
    assert [call("DELETE", path, role=Role.ADMINISTRATOR)[0] for _ in range(2)] == [204, 404]
    entries = AuditEntry.objects.order_by("pk")
    assert [(one.act, one.about, one.api_key.role) for one in entries] == [
        ("opted out", about, "manager"),
        ("opt-out taken back", about, "administrator"),
    ]
    assert [one.detail.get("reason") for one in entries] == [None, "again"]


def test_a_repeated_post_with_its_key_gives_the_first_answer_again(call):
    first = call("POST", "opt-outs", {"phone": PHONE}, **{"Idempotency-Key": "k1"})
    assert first[0] == 201
    assert call("POST", "opt-outs", {"phone": PHONE}, **{"Idempotency-Key": "k1"}) == first
