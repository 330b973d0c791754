"""The address of delivery reports: who may post, what is taken, what is answered."""

import json
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import Client, override_settings

from campaigns.models import DeliveryReport

pytestmark = pytest.mark.django_db

BODY = {
    "messageId": "75", "dlrTime": "2024-09-25 20:24:18", "dlrStatus": "1", "dlrDesc": "DeliveredToTerminal", "tat": 6,
    "network": "", "destaddr": "254722322095", "sourceaddr": "533", "origin": "Safaricom",
}  # fmt: skip


@pytest.fixture(autouse=True)
def token():
    with override_settings(QSMS_DLR_TOKENS=["new-secret", "old-secret"], QSMS_DLR_ALLOWED_IPS=["10.0.0.0/8"]):
        yield


def post(path, body, content_type="application/json", **extra):
    return Client(enforce_csrf_checks=True).generic("POST", path, body, content_type=content_type, **extra)


@pytest.mark.parametrize("path", ["new-secret", "old-secret", "new-secret/"])
def test_a_report_is_stored_before_it_is_answered(path):
    response = post(f"/dlr/receive/{path}", json.dumps(BODY))
    assert (response.status_code, response.content) == (200, b"OK;75;DeliveredToTerminal;")
    assert response["Content-Type"].startswith("text/plain")
    stored = DeliveryReport.objects.get()
    assert (stored.body, stored.phone, stored.outcome) == (BODY, "254722322095", "delivered")


def test_a_form_is_taken_too():
    response = post(
        "/dlr/receive/new-secret",
        "messageId=9&dlrDesc=a;b%0Ac&destaddr=0722322095",
        "application/x-www-form-urlencoded",
    )
    assert response.content == b"OK;9;a b c;"
    assert DeliveryReport.objects.get().phone == "254722322095"


FORM = "application/x-www-form-urlencoded"
PARTS = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--x--\r\n'


@pytest.mark.parametrize(
    "body, content_type",
    [
        (json.dumps(BODY), FORM),
        (json.dumps(BODY), "multipart/form-data"),
        (json.dumps(BODY), "multipart/form-data; boundary=x"),
        (json.dumps(BODY), "text/plain"),
        (json.dumps(BODY), ""),
        ("\ufeff" + json.dumps(BODY), FORM),
        (quote(json.dumps(BODY)), FORM),
        (urlencode({"data": json.dumps(BODY)}), FORM),
        (urlencode({json.dumps(BODY): ""}), FORM),
        (PARTS.format("report", json.dumps(BODY)), "multipart/form-data; boundary=x"),
        (urlencode(BODY), "application/json"),
        (urlencode(BODY) + "\r\n", "text/plain; charset=utf-8"),
        (urlencode(BODY), ""),
    ],
)
def test_a_report_is_read_whatever_it_is_said_to_be(body, content_type):
    assert post("/dlr/receive/new-secret", body, content_type).content == b"OK;75;DeliveredToTerminal;"
    stored = DeliveryReport.objects.get()
    assert (stored.gateway_id, stored.phone, stored.outcome) == ("75", "254722322095", "delivered")


@pytest.mark.parametrize("content_type", ["application/json", FORM, "multipart/form-data; boundary=x", ""])
@pytest.mark.parametrize(
    "body",
    [
        '{"messageId": "75", "destaddr": "2547223',
        '[{"messageId": "75"}',
        "<report id='75'/>",
        "a=b&c=d",
        "%7B%22messageId%22%3A%2275",
        b"\x1f\x8b\x08=",
    ],
)
def test_what_is_not_understood_is_never_ok(body, content_type):
    response = post("/dlr/receive/new-secret", body, content_type)
    assert (response.status_code, response.content[:7]) == (400, b"FAILED;")
    assert not DeliveryReport.objects.exists()


def test_a_list_is_taken_and_what_cannot_be_read_in_it_is_kept():
    response = post("/dlr/receive/new-secret", json.dumps([BODY, "nonsense", BODY]))
    assert response.content == b"OK;3"
    assert DeliveryReport.objects.filter(state="unreadable").count() == 1


@pytest.mark.parametrize("path", ["wrong", "new-secret2", "%00"])
def test_a_wrong_token_is_403(path):
    response = post(f"/dlr/receive/{path}", json.dumps(BODY))
    assert (response.status_code, response.content[:7]) == (403, b"FAILED;")
    assert not DeliveryReport.objects.exists()


@pytest.mark.parametrize("address, status", [("10.1.2.3", 200), ("192.168.1.1", 403)])
def test_the_plain_address_is_for_listed_sources(address, status):
    assert post("/dlr/receive", json.dumps(BODY), REMOTE_ADDR=address).status_code == status
    assert post("/dlr/receive/", json.dumps(BODY), REMOTE_ADDR=address).status_code == status


def test_a_stranger_s_forwarded_address_does_not_count():
    extra = {"REMOTE_ADDR": "192.168.1.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3"}
    assert post("/dlr/receive", json.dumps(BODY), **extra).status_code == 403
    with override_settings(TRUSTED_PROXIES=["192.168.1.1"]):
        assert post("/dlr/receive", json.dumps(BODY), **extra).status_code == 200


@pytest.mark.parametrize(
    "body", ["{broken", "5", '"text"', "", "[" * 100_000, "x" * ((1 << 20) + 1)], ids=lambda one: one[:9]
)
def test_what_is_no_report_is_400(body):
    response = post("/dlr/receive/new-secret", body)
    assert (response.status_code, response.content[:7]) == (400, b"FAILED;")


def test_reports_are_only_posted():
    assert Client().get("/dlr/receive/new-secret").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_when_it_cannot_be_stored_the_gateway_is_told_to_try_again():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_deliveryreport RENAME TO away")
    try:
        response = post("/dlr/receive/new-secret", json.dumps(BODY))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO campaigns_deliveryreport")
    assert (response.status_code, response.content[:7]) == (503, b"FAILED;")


@pytest.mark.parametrize("body", [b'{"messageId": 1e400}', b'{"messageId": "\\u0000\\ud800", "destaddr": "\\u0000"}'])
def test_a_report_that_no_database_could_keep_as_it_came_is_kept_nevertheless(body):
    response = post("/dlr/receive/new-secret", body)
    assert response.status_code == 200
    assert response.content.decode().isprintable()
    assert DeliveryReport.objects.count() == 1
