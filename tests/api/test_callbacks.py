"""A key's callbacks for scripts: a sample of them, and what it was told."""

import hashlib
import hmac
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import ApiKey, AuditEntry
from accounts.roles import Role
from campaigns import callbacks
from campaigns.models import Callback
from tests.api.test_api import Script
from tests.receiving import Receiver, make_told_key

pytestmark = pytest.mark.django_db(transaction=True)
AGAIN = {"Idempotency-Key": "try-1"}


@pytest.fixture
def receiver(settings):
    settings.CALLBACK_PRIVATE_HOSTS = ["127.0.0.1"]
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def made(receiver):
    """What the command prints: the secret and the key."""
    out = io.StringIO()
    call_command("create_api_key", "crm", "--callback", receiver.url, stdout=out)
    return out.getvalue().split()


def test_the_command_gives_an_address_and_prints_the_secret_before_the_key(made, receiver):
    secret, key = made
    assert key.startswith("qsms_live_")
    assert secret.startswith("qsms_callback_")
    assert ApiKey.objects.get(hash=ApiKey.hash_of(key)).callback_url == receiver.url
    assert AuditEntry.objects.filter(act="callback address changed").exists()


def test_the_command_makes_no_key_where_the_address_may_not_be_called(settings):
    settings.CALLBACK_PRIVATE_HOSTS = []
    with pytest.raises(CommandError, match=r"“127.0.0.1” leads to 127.0.0.1, which is no public address"):
        call_command("create_api_key", "crm", "--callback", "http://127.0.0.1/sms")
    assert not ApiKey.objects.exists()


def test_a_sample_is_posted_signed_and_what_was_answered_is_told(made, receiver):
    secret, key = made
    script = Script(key=key)
    told = script.call("POST", "callbacks/test")
    assert told == (200, {"event": "test", "taken": True, "status": 200, "answer": "HTTP 200: OK"})
    (posted,) = receiver.posted
    at, code = (part.partition("=")[2] for part in posted.headers["QSMS-Signature"].split(","))
    assert code == hmac.new(secret.encode(), at.encode() + b"." + posted.raw, hashlib.sha256).hexdigest()
    receiver.behave = lambda _posted: (302, b"")
    assert script.call("POST", "callbacks/test")[1] == {
        "event": "test", "taken": False, "status": 302, "answer": "HTTP 302"
    }  # fmt: skip
    assert {posted.path for posted in receiver.posted} == {"/sms"}


def test_a_repeat_with_its_key_is_told_the_same_and_posts_nothing(made, receiver):
    script = Script(key=made[1])
    first = script.call("POST", "callbacks/test", **AGAIN)
    receiver.behave = lambda _posted: (500, b"")
    assert script.call("POST", "callbacks/test", **AGAIN) == first
    assert len(receiver.posted) == 1
    assert script.call("POST", "callbacks/test", {"a": 1}, **AGAIN)[0] == 409
    assert script.call("POST", "callbacks/test", **{"Idempotency-Key": "try-2"})[1]["status"] == 500


def test_no_transaction_is_open_while_a_sample_is_posted(made, receiver, monkeypatch):
    post, open_ = callbacks.post_sample, []
    monkeypatch.setattr(callbacks, "post_sample", lambda key: open_.append(connection.in_atomic_block) or post(key))
    Script(key=made[1]).call("POST", "callbacks/test", **AGAIN)
    assert open_ == [False]


def test_an_address_that_is_not_listed_any_more_is_not_called(made, receiver, settings):
    settings.CALLBACK_PRIVATE_HOSTS = []
    status, told = Script(key=made[1]).call("POST", "callbacks/test")
    assert (status, told["taken"], told["status"]) == (200, False, None)
    assert "no public address" in told["answer"]
    assert receiver.connections == 0


def test_without_an_address_there_is_nothing_to_try():
    status, told = Script().call("POST", "callbacks/test")
    assert (status, told["error"]["code"]) == (409, "state")


def test_a_key_lists_its_own_newest_first_page_by_page(made, receiver):
    key = ApiKey.objects.get(hash=ApiKey.hash_of(made[1]))
    rows = [
        Callback.objects.create(api_key=key, message=number, event="delivered", status=status)
        for number, status in enumerate(["delivered", "given_up", "pending"], start=1)
    ]
    Callback.objects.create(api_key=make_told_key(receiver.url)[0], event="reply")
    script = Script(key=made[1])
    _, told = script.call("GET", "callbacks?limit=2")
    assert [one["id"] for one in told["results"]] == [rows[2].pk, rows[1].pk]
    assert told["results"][1] == {
        "id": rows[1].pk, "event": "delivered", "message": 2, "tries": 0, "status": "given_up", "answered_at": None
    }  # fmt: skip
    _, told = script.call("GET", f"callbacks?cursor={told['next']}")
    assert ([one["id"] for one in told["results"]], told["next"]) == ([rows[0].pk], None)
    _, told = script.call("GET", "callbacks?status=given_up")
    assert [one["message"] for one in told["results"]] == [2]
    assert script.call("GET", "callbacks?status=lost")[0] == 422
    assert script.call("GET", "callbacks?cursor=!")[0] == 422
    assert Script(Role.VIEWER).call("GET", "callbacks")[1] == {"results": [], "next": None}
