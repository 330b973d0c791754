"""A script of the vendor's API, and workers that send beside it to a gateway of the test's own."""

import json
import threading

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns import sending
from campaigns.models import Gate
from tests.makers import make_sender

RATE = "0.60"


class VendorScript:
    """Posts to the portal as to the gateway, its key in the header and in the body."""

    def __init__(self, role=Role.MANAGER, **key):
        self.api_key, self.key = ApiKey.make("shop", role)
        if key:
            ApiKey.objects.filter(pk=self.api_key.pk).update(**key)

    def post(self, path, body, **headers):
        """The HTTP status and what was answered, whatever the body is."""
        if isinstance(body, dict):
            body = {"api_key": self.key} | body
        posted = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}"} | headers
        headers = {name: value for name, value in headers.items() if value is not None}
        self.response = Client().post(f"/api/sms/{path}", posted, content_type="application/json", headers=headers)
        return self.response.status_code, json.loads(self.response.content)

    def one(self, mobile="254722000000", message="this is a test message", **rest):
        headers = rest.pop("headers", {})
        body = {
            "service_id": 0, "mobile": mobile, "response_type": "json", "shortcode": "SHOP", "message": message,
            "date_send": "2025-01-01 16:40:00",
        }  # fmt: skip
        return self.post("sendsms", body | rest, **headers)

    def many(self, messages, **rest):
        headers = rest.pop("headers", {})
        body = {"serviceId": "0", "from": "SHOP", "date_send": "2025-01-01 17:40:00", "messages": messages}
        return self.post("sendmultiple", body | rest, **headers)


@pytest.fixture
def script(transactional_db):
    make_sender("SHOP", price=RATE)
    Gate.objects.filter(pk=1).update(balance=1000, rate=RATE)
    return VendorScript()


@pytest.fixture
def workers(gateway, monkeypatch):
    """Sends what is ready until the test is over; only a queue is missing beside what the portal runs."""
    over = threading.Event()

    def work():
        while not over.is_set():
            sending.send_while_there_is_work(gateway, seconds=1)
            over.wait(0.01)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield gateway
    over.set()
    worker.join()
