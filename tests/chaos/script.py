"""The portal as people and scripts reach it: its API over HTTP, and a campaign's page as a manager reads it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns.models import Campaign
from tests.chaos.__main__ import TOKEN


class Script:
    """Calls of the web server with a manager's key. `call` gives the HTTP status, and the answer."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        _, self.key = ApiKey.make("chaos", Role.MANAGER)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.address + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, told = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, told = error.code, error.read()
        return status, json.loads(told) if told else None

    def do(self, method: str, path: str, body: object = None) -> Any:
        status, told = self.call(method, path, body)
        assert status < 300, (path, status, told)
        return told

    def steer(self, campaign: Campaign, act: str) -> None:
        self.do("POST", f"/v1/campaigns/{campaign.pk}/{act}")

    def reply(self, phone: str, text: str, number: int) -> None:
        """A text that a person sends to us, as the gateway passes it on."""
        body = {"message": text, "mobile": phone, "shortcode": "70700", "inbox_id": number}
        self.do("POST", f"/inbound/{TOKEN}", body)


def page_of(campaign: Campaign) -> str:
    client = Client(SERVER_NAME="127.0.0.1")
    user, _ = User.objects.get_or_create(username="manager")
    user.groups.set([Group.objects.get_or_create(name=Role.MANAGER.value)[0]])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/campaigns/{campaign.pk}")
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()
