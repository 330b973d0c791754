"""What the two calls answer, in the vendor's shapes, once the gateway has answered for the texts."""

import json
import threading
import time
import urllib.request

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Batch, Gate, GivenReference, Message, ScriptCall, Sender
from campaigns.vendor import room, waiting
from contacts.models import OptOut
from tests.vendor.conftest import VendorScript

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = {"mobile": "254722000000", "message": "This is a first message", "client_ref": "001A"}
SECOND = {"mobile": "254707410000", "message": "This is a second message", "client_ref": "001B"}


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    """Where nobody sends, nobody is waited for that long."""
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timezone.timedelta(seconds=3))


def test_one_text_is_answered_as_on_the_vendor_s_page(script, workers, simulator):
    status, told = script.one()
    message = Message.objects.get()
    assert (status, told) == (
        200,
        {
            "status_code": "1000",
            "status_desc": "Success",
            "message_id": message.pk,
            "mobile_number": "254722000000",
            "network_id": message.network,
            "message_cost": 1,
            "credit_balance": told["credit_balance"],
        },
    )
    assert isinstance(told["credit_balance"], int)
    assert [(one["mobile"], one["message"]) for one in simulator.ledger()] == [
        ("254722000000", "this is a test message")
    ]
    assert (message.status, message.source, message.batch.api_key) == ("accepted", "api", script.api_key)
    assert ScriptCall.objects.get().service_id == "0"
    entry = AuditEntry.objects.get(act="texts sent by a call")
    assert (entry.api_key, entry.address, entry.detail) == (script.api_key, "127.0.0.1", {"texts": 1})


def test_several_texts_are_answered_one_by_one(script, workers, simulator):
    status, told = script.many([FIRST, SECOND])
    assert (status, told["status_code"], told["status_desc"]) == (200, "1000", "Success")
    ids = [one["message_id"] for one in told["schedule_details"]]
    assert told["schedule_details"] == [
        {
            "message_id": pk,
            "schedule_status": "1",
            "schedule_desc": "Message scheduled successfully",
            "status_code": "1000",
            "mobile": asked["mobile"],
            "client_ref": asked["client_ref"],
            "message_cost": 1,
        }
        for pk, asked in zip(ids, (FIRST, SECOND), strict=True)
    ]
    assert {one["message"] for one in simulator.ledger()} == {FIRST["message"], SECOND["message"]}
    kept = dict(GivenReference.objects.values_list("message_id", "reference"))
    assert kept == dict(zip(ids, ("001A", "001B"), strict=True))


def asked_of(url, path, body, key):
    asked = urllib.request.Request(
        f"{url}/api/sms/{path}", json.dumps({"api_key": key} | body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def kinds(told):
    """Fields and what kind of value each has; numbers and digits are one kind, as everywhere at this vendor."""
    if isinstance(told, dict):
        return {name: kinds(value) for name, value in told.items()}
    if isinstance(told, list):
        return [kinds(one) for one in told]
    return "number" if str(told).lstrip("-").replace(".", "").isdigit() else "text"


ONE = {"service_id": 0, "mobile": "254722000000", "response_type": "json", "shortcode": "SHOP", "message": "hello"}


@pytest.mark.parametrize(
    "path, body",
    [
        ("sendsms", ONE),
        ("sendsms", ONE | {"mobile": "12345"}),
        ("sendsms", ONE | {"message": ""}),
        ("sendmultiple", {"serviceId": "0", "from": "SHOP", "date_send": "", "messages": [FIRST, SECOND]}),
        ("sendmultiple", {"from": "SHOP", "messages": [FIRST, SECOND | {"mobile": "12345"}]}),
        ("sendmultiple", {"from": "SHOP", "messages": []}),
        ("sendmultiple", {"from": "", "messages": [FIRST]}),
    ],
)
def test_the_portal_and_the_gateway_answer_the_same_call_alike(script, workers, simulator, path, body):
    simulator.clear()
    gateway = asked_of(simulator.url, path, body, "any")
    _, portal = script.post(path, body)
    more = {"status_code"} if path == "sendmultiple" else set()
    for one in portal.get("schedule_details", []):
        for name in more:
            del one[name]
    assert str(portal["status_code"]) == str(gateway["status_code"])
    assert portal["status_desc"].split(":")[0] == gateway["status_desc"]
    for name in ("status_code", "status_desc"):
        del portal[name], gateway[name]
    for told in (portal, gateway):
        told.pop("network_id", None)
        for one in told.get("schedule_details", []):
            one["schedule_desc"] = one["schedule_desc"].split(":")[0]
    assert kinds(portal) == kinds(gateway)


def test_a_text_that_the_gateway_refuses_is_a_failure_and_the_others_are_not(script, workers, simulator):
    simulator.behave(refuse_item={"code": 1002, "phones": [SECOND["mobile"]]})
    status, told = script.many([FIRST, SECOND])
    assert (status, told["status_code"]) == (200, "1000")
    first, second = told["schedule_details"]
    assert (first["status_code"], second["status_code"], second["schedule_status"]) == ("1000", "1002", "1002")
    assert second["message_id"] == "0"
    assert second["schedule_desc"].startswith("Network not allowed: ")


def test_who_has_opted_out_is_told_by_the_item_and_gets_nothing(script, workers, simulator):
    OptOut.objects.create(phone=FIRST["mobile"], scope="all", source="person")
    status, told = script.many([FIRST, SECOND])
    assert [one["status_code"] for one in told["schedule_details"]] == ["1012", "1000"]
    assert [one["mobile"] for one in simulator.ledger()] == [SECOND["mobile"]]
    status, told = script.one(mobile=FIRST["mobile"])
    assert (status, told["status_code"], told["message_id"]) == (200, "1012", "0")
    assert Message.objects.count() == 1


def test_one_mobile_twice_is_two_texts_in_two_batches(script, workers, simulator):
    _status, told = script.many([FIRST, FIRST | {"message": "another", "client_ref": "2"}, SECOND])
    assert [one["status_code"] for one in told["schedule_details"]] == ["1000"] * 3
    assert [one["client_ref"] for one in told["schedule_details"]] == ["001A", "2", "001B"]
    assert Batch.objects.count() == 2
    assert len(simulator.ledger()) == 3


def test_a_call_of_a_thousand_is_cut_into_the_gateway_s_batches(script, workers, simulator, settings):
    settings.QSMS_BATCH_SIZE = 300
    waiting.LONGEST_WAIT = timezone.timedelta(seconds=60)
    messages = [{"mobile": f"2547{n:08}", "message": f"text {n}", "client_ref": str(n)} for n in range(1000)]
    _status, told = script.many(messages)
    assert {one["status_code"] for one in told["schedule_details"]} == {"1000"}
    assert [one["client_ref"] for one in told["schedule_details"]] == [str(n) for n in range(1000)]
    assert sorted(Batch.objects.values_list("size", flat=True)) == [100, 300, 300, 300]
    texts = {one["mobile"]: one["message"] for one in simulator.ledger()}
    assert texts == {one["mobile"]: one["message"] for one in messages}


@pytest.mark.parametrize("held", ["stopped", "halted", "sender halted", "paced"])
def test_what_waits_is_a_success_and_goes_later(script, gateway, simulator, held):
    if held == "stopped":
        Gate.objects.update(stopped_at=timezone.now())
    elif held == "halted":
        Gate.objects.update(halted_at=timezone.now())
    elif held == "sender halted":
        Sender.objects.update(halted_at=timezone.now())
    else:
        Gate.objects.update(free_at=timezone.now() + timezone.timedelta(hours=1))
    status, told = script.one()
    assert (status, told["status_code"]) == (200, "1000")
    assert told["message_id"] == Message.objects.get().pk
    assert Message.objects.get().status == "queued"
    assert not simulator.ledger()


@pytest.mark.parametrize(
    "held",
    [
        lambda: Gate.objects.update(stopped_at=timezone.now()),
        lambda: Gate.objects.update(halted_at=timezone.now()),
        lambda: Gate.objects.update(open_until=timezone.now() + timezone.timedelta(minutes=1), trips=1),
        lambda: Sender.objects.update(halted_at=timezone.now()),
    ],
    ids=["stopped", "halted", "resting", "sender halted"],
)
def test_nobody_waits_for_what_will_not_go_soon(script, monkeypatch, held):
    held()
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timezone.timedelta(minutes=1))
    monkeypatch.setattr(waiting.time, "sleep", lambda _seconds: pytest.fail("it waits"))
    assert script.one()[1]["status_code"] == "1000"


def test_who_waits_takes_no_more_than_a_quarter_of_the_web_s_threads(script, monkeypatch):
    """Without a worker all are answered: one after its wait, the others at once."""
    monkeypatch.setattr(room, "_waiting", threading.BoundedSemaphore(1))
    looked = []
    monkeypatch.setattr(waiting, "_is_over", lambda call: looked.append(call) or time.sleep(0.02))
    answers = []

    def ask():
        answers.append(script.one())
        connection.close()

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert [told["status_code"] for _, told in answers] == ["1000"] * 4
    assert len(set(looked)) == 1


def test_who_finds_no_thread_is_told_to_come_again(script, monkeypatch):
    """Reports and the emergency stop need some too."""
    monkeypatch.setattr(room, "_calls", threading.BoundedSemaphore(1))
    monkeypatch.setattr(room, "PATIENCE_SECONDS", 0.01)
    with room.room_for_a_call() as is_room:
        assert is_room
        status, told = script.one()
    assert (status, told["status_code"], script.response["Retry-After"]) == (503, "1005", "1")
    assert not ScriptCall.objects.exists()
    assert script.one()[1]["status_code"] == "1000"


def test_numbers_for_strings_and_the_key_in_the_body_alone(script, workers):
    body = {"mobile": 254722000000, "message": 4711, "shortcode": "SHOP", "service_id": "0", "date_send": None}
    status, told = script.post("sendsms", body, Authorization=None)
    assert (status, told["status_code"], told["mobile_number"]) == (200, "1000", "254722000000")
    assert Message.objects.get().text == "4711"
    status, told = script.post("sendsms/", {"api_key": ""} | body)
    assert (status, told["status_code"]) == (200, "1000")


def test_a_key_of_another_role_may_not_send(script):
    for role in ("viewer", "composer"):
        status, told = VendorScript(role).one()
        assert (status, told["status_code"]) == (200, "1011")
    assert not Message.objects.exists()
