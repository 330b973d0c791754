"""What is wrong with a call is told in the vendor's codes, HTTP 200, and nothing of it is written."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Message, ScriptCall
from tests.makers import make_sender

pytestmark = pytest.mark.django_db(transaction=True)

ONE = {"mobile": "254722000000", "shortcode": "SHOP", "message": "hello"}
ITEM = {"mobile": "254722000000", "message": "hello", "client_ref": "1"}
MANY = {"from": "SHOP", "messages": [ITEM]}
GONE = object()


def changed(body, change):
    return {name: value for name, value in (body | change).items() if value is not GONE}


@pytest.mark.parametrize(
    "change, code",
    [
        ({"shortcode": GONE}, "1001"),
        ({"shortcode": ""}, "1001"),
        ({"shortcode": "shop"}, "1001"),
        ({"shortcode": 70700}, "1001"),
        ({"shortcode": "ADVERTS"}, "1001"),
        ({"shortcode": ["SHOP"]}, "1009"),
        ({"mobile": GONE}, "1015"),
        ({"mobile": ""}, "1015"),
        ({"mobile": None}, "1015"),
        ({"mobile": "2547220000"}, "1003"),
        ({"mobile": "254202345678"}, "1003"),
        ({"mobile": "nobody"}, "1003"),
        ({"mobile": "2547******00"}, "1003"),
        ({"mobile": 2.5}, "1003"),
        ({"mobile": True}, "1009"),
        ({"mobile": {"to": "254722000000"}}, "1009"),
        ({"message": GONE}, "1015"),
        ({"message": "  \n"}, "1015"),
        ({"message": "\0\0"}, "1015"),
        ({"message": ["hello"]}, "1009"),
        ({"message": "x" * 919}, "1009"),
        ({"response_type": "xml"}, "1010"),
        ({"response_type": "plain"}, "1010"),
        ({"date_send": "tomorrow"}, "1009"),
        ({"date_send": "31/01/2026 16:40"}, "1009"),
        ({"date_send": "2026-02-30 10:00:00"}, "1009"),
        ({"date_send": ["2026-01-01"]}, "1009"),
        ({"date_send": "9999-12-31 23:59:59"}, "1009"),
        ({"service_id": {}}, "1009"),
        ({"client_ref": "r" * 65}, "1009"),
    ],
)
def test_one_text(script, change, code):
    make_sender("ADVERTS", use="promotional")
    status, told = script.post("sendsms", changed(ONE, change))
    assert (status, told["status_code"]) == (200, code), told
    assert not Message.objects.exists()
    assert not ScriptCall.objects.exists()


@pytest.mark.parametrize(
    "change, code",
    [
        ({"messages": GONE}, "1015"),
        ({"messages": []}, "1015"),
        ({"messages": "hello"}, "1009"),
        ({"messages": {"mobile": "254722000000"}}, "1009"),
        ({"messages": [ITEM] * 1001}, "1010"),
        ({"from": GONE}, "1001"),
        ({"from": "NOBODY"}, "1001"),
        ({"date_send": "2026-13-01 00:00:00"}, "1009"),
        ({"serviceId": [0]}, "1009"),
    ],
)
def test_several_texts(script, change, code):
    status, told = script.post("sendmultiple", changed(MANY, change))
    assert (status, told["status_code"]) == (200, code), told
    assert "schedule_details" not in told
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "item, code",
    [
        ("hello", "1009"),
        (None, "1009"),
        (7, "1009"),
        ({}, "1015"),
        (ITEM | {"mobile": "12"}, "1003"),
        (ITEM | {"message": ""}, "1015"),
        (ITEM | {"message": "x" * 919}, "1009"),
        (ITEM | {"client_ref": "r" * 65}, "1009"),
        (ITEM | {"client_ref": ["1"]}, "1009"),
    ],
)
def test_one_of_several_texts_is_refused_by_itself(script, item, code):
    status, told = script.many([item])
    assert (status, told["status_code"]) == (200, "1000")
    assert [one["status_code"] for one in told["schedule_details"]] == [code]
    assert [one["message_id"] for one in told["schedule_details"]] == ["0"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"{", b"[]", b'"text"', b"null", b"7", b"\xff\xfe", b"mobile=254722000000", b"[" * 100_000],
    ids=["nothing", "words", "cut", "list", "string", "null", "number", "bytes", "form", "deep"],
)
@pytest.mark.parametrize("path", ["sendsms", "sendmultiple"])
def test_a_body_that_is_no_json_object(script, path, body):
    status, told = script.post(path, body)
    assert (status, told["status_code"]) == (200, "1009")


def test_a_date_more_than_thirty_days_ahead(script):
    late = timezone.localtime() + timedelta(days=30, minutes=1)
    status, told = script.one(date_send=f"{late:%Y-%m-%d %H:%M:%S}")
    assert (status, told["status_code"]) == (200, "1009")


@pytest.mark.parametrize("key", ["", "wrong", "qsms_live_wrong", "Ümlaut", "\0"])
def test_a_wrong_key(script, key):
    for headers in ({"Authorization": f"Bearer {key}"}, {"Authorization": None}):
        status, told = script.post("sendsms", {"api_key": key} | ONE, **headers)
        assert (status, told["status_code"], told["status_desc"].split(":")[0]) == (200, "1006", "Invalid credentials")
    assert not Message.objects.exists()


@pytest.mark.parametrize("key", [7, ["k"], {"k": 1}, None])
def test_a_key_that_is_no_text(script, key):
    status, told = script.post("sendsms", json.dumps({"api_key": key} | ONE).encode(), Authorization=None)
    assert (status, told["status_code"]) == (200, "1006")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
def test_texts_are_posted(script, method):
    response = getattr(Client(), method)("/api/sms/sendsms")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/api/", "/api/sms/", "/api/sms/sendbulk", "/api/v2/sendsms", "/api/%00"])
def test_other_addresses_under_api_are_no_pages(script, path):
    response = Client().post(path, b"{}", content_type="application/json")
    assert response.status_code in (400, 404)
    assert json.loads(response.content)["status_code"] in ("1009", "1010")


def test_a_host_that_is_not_the_portal_s_is_told_in_json(script):
    response = Client().post("/api/sms/sendsms", b"{}", content_type="application/json", HTTP_HOST="elsewhere.example")
    assert response.status_code == 400
    assert json.loads(response.content)["status_code"] == "1009"


def test_a_body_of_more_than_16_mb(script):
    status, told = script.post("sendmultiple", b'{"messages": "' + b"x" * (16 << 20) + b'"}')
    assert (status, told["status_code"]) == (200, "1009")
