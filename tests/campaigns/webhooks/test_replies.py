"""The address of replies: who may post, what is taken, what is answered, and what STOP and START do."""

import json
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns.delivery.replies import CONFIRMATION
from campaigns.models import Batch, Message, Reply
from campaigns.tasks import send_next
from contacts.models import OptOut
from lib import nudge
from tests.makers import make_sender

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parents[2] / "data/cases/stop_replies.json"
OK = {"result_code": 1, "result_desc": "OK", "result_message": ""}
PHONE = "254726770792"
BODY = {
    "api_token": "qsms_live_secret", "message": "STOP", "shortcode": "70700", "mobile": PHONE, "inbox_id": "17",
    "service_id": "3", "network_name": "Safaricom", "timestamp": "20180217065028", "link_id": "L9",
}  # fmt: skip
TOKENS = {"QSMS_DLR_TOKENS": ["new-secret", "old-secret"]}


@pytest.fixture(autouse=True)
def token():
    with override_settings(**TOKENS):
        yield


def post(body, path="/inbound/new-secret", content_type="application/json"):
    body = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client(enforce_csrf_checks=True).generic("POST", path, body, content_type=content_type)


def say(text, **fields):
    response = post(BODY | {"message": text, "inbox_id": ""} | fields)
    assert (response.status_code, response.json()) == (200, OK)
    return Reply.objects.order_by("-pk").first()


@pytest.mark.parametrize("path", ["new-secret", "old-secret", "new-secret/"])
def test_a_reply_is_kept_before_it_is_answered(path):
    response = post(BODY | {"message": " Asante sana "}, f"/inbound/{path}")
    assert (response.status_code, response.json()) == (200, OK)
    assert response["Content-Type"] == "application/json"
    kept = Reply.objects.get()
    assert (kept.phone, kept.shortcode, kept.text, kept.inbox_id) == (PHONE, "70700", "Asante sana", "17")
    assert (kept.network, kept.link_id, kept.did) == ("Safaricom", "L9", "kept")
    assert kept.body["service_id"] == "3"
    assert not OptOut.objects.exists()


def test_the_gateway_s_key_is_not_kept():
    say("hello")
    assert "qsms_live_secret" not in json.dumps(Reply.objects.get().body)


def test_a_form_is_taken_too():
    form = f"mobile=0726770792&message=stop&shortcode=70700&inbox_id=5&link_id={quote('a b')}"
    response = post(form, content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response.json()) == (200, OK)
    assert OptOut.objects.get().phone == PHONE


def test_stop_opts_out_of_everything():
    assert say("Stop.").did == "opted_out"
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source) == (PHONE, "all", "reply")


@pytest.mark.parametrize("text", json.loads(CASES.read_text())["replies"])
def test_stop_as_people_write_it_opts_out_and_asks_nobody(text):
    reply = say(text)
    assert (reply.did, reply.reading) == ("opted_out", "")
    assert OptOut.objects.get().reason == "Said STOP by text"


def test_stop_before_other_words_opts_out_is_confirmed_and_is_to_be_read():
    make_sender("70700")
    reply = say("Stop by tomorrow")
    assert (reply.did, reply.reading, reply.answer.text) == ("opted_out", "read_as_stop", CONFIRMATION)
    out = OptOut.objects.get()
    assert (out.source, out.reason) == ("reply", "Replied “Stop by tomorrow”")
    assert say("Stop it").did == "was_out"
    assert list(Reply.objects.order_by("pk").values_list("reading", flat=True)) == ["meant_stop", "read_as_stop"]


def test_who_was_out_already_is_not_asked_about():
    OptOut.objects.create(phone=PHONE, scope="all", source="person")
    assert [say(text).reading for text in ("Stop by tomorrow", "End of month I will pay")] == ["", ""]


def test_a_word_that_may_mean_stop_opts_nobody_out_and_waits():
    make_sender("70700")
    reply = say("End of month I will pay")
    assert (reply.did, reply.reading, reply.answer) == ("kept", "waits", None)
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("text, reading", [("Stop. Asante", "meant_stop"), ("START", "no_stop"), ("Sawa", "waits")])
def test_a_plain_stop_or_start_later_answers_what_waits(text, reading):
    first = say("please stop")
    say(text)
    say("please stop", mobile="254700000001")
    first.refresh_from_db()
    assert first.reading == reading
    assert Reply.objects.get(phone="254700000001").reading == "waits"


def test_start_takes_back_the_person_s_own_stop_and_nobody_else_s():
    OptOut.objects.create(phone=PHONE, scope="promotional", source="operator")
    OptOut.objects.create(phone="254700000001", scope="all", source="reply")
    say("ACHA")
    assert say("Anza").did == "came_back"
    assert set(OptOut.objects.values_list("phone", "scope")) == {(PHONE, "promotional"), ("254700000001", "all")}


def test_start_does_not_undo_what_a_colleague_has_put_down():
    OptOut.objects.create(phone=PHONE, scope="all", source="person", reason="called us")
    assert say("STOP").did == "was_out"
    assert say("START").did == "kept"
    assert OptOut.objects.get().reason == "called us"


def test_a_reply_that_the_gateway_repeats_changes_nothing():
    make_sender("70700")
    post(BODY)
    say("START")
    post(BODY)
    assert not OptOut.objects.exists()
    assert (Reply.objects.count(), Message.objects.count()) == (2, 1)


def test_of_two_short_codes_that_count_from_one_no_stop_is_lost():
    post(BODY)
    post(BODY | {"mobile": "254700000001"})
    assert OptOut.objects.count() == 2


def test_a_stop_is_confirmed_from_the_short_code_that_it_came_to():
    sender = make_sender("70700", price="0.50")
    reply = say("STOP")
    text = Message.objects.select_related("batch").get()
    assert reply.answer == text
    assert (text.phone, text.text, text.source, text.run) == (PHONE, CONFIRMATION, "answer", None)
    assert (text.parts, text.cost) == (1, sender.price)
    batch = text.batch
    assert (batch.status, batch.size, batch.kind, batch.sender) == ("ready", 1, "transactional", sender)
    assert (batch.tally, batch.cost) == ({"queued": 1}, sender.price)


@pytest.mark.parametrize("fields", [{"archived_at": "2026-01-01T00:00Z"}, {"halted_at": "2026-01-01T00:00Z"}])
def test_a_sender_that_may_not_send_confirms_nothing(fields):
    make_sender("70700", **fields)
    assert say("STOP").did == "opted_out"
    assert not Batch.objects.exists()


def test_where_no_sender_has_that_short_code_nothing_is_confirmed():
    make_sender("LENDER", is_default=True)
    say("STOP")
    assert not Batch.objects.exists()


def test_a_person_gets_one_confirmation_a_day():
    make_sender("70700")
    for text in ("STOP", "stop", "START", "STOP"):
        say(text)
    assert Message.objects.count() == 1
    assert OptOut.objects.exists()
    Reply.objects.exclude(answered_at=None).update(answered_at=timezone.now() - timedelta(hours=25))
    say("STOP")
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_stops_of_one_person_at_once_are_confirmed_once():
    make_sender("70700")
    OptOut.objects.create(phone=PHONE, scope="all")
    answers = []

    def stop():
        answers.append(post(BODY | {"inbox_id": ""}).json())
        connection.close()

    threads = [threading.Thread(target=stop) for _ in range(10)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [OK] * 10
    assert (Reply.objects.count(), Message.objects.count(), OptOut.objects.count()) == (10, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_reply_that_comes_ten_times_at_once_is_kept_once():
    answers = []

    def repeat():
        answers.append(post(BODY).json())
        connection.close()

    threads = [threading.Thread(target=repeat) for _ in range(10)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [OK] * 10
    assert Reply.objects.count() == 1


@pytest.mark.parametrize("mobile", ["", None, "70700", "SAFARICOM", [], {"a": 1}])
def test_a_reply_that_names_no_mobile_number_is_kept_and_opts_nobody_out(mobile):
    make_sender("70700")
    assert say("STOP", mobile=mobile).did == "unreadable"
    assert not OptOut.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("path", ["wrong", "new-secret2", "%00"])
def test_a_wrong_token_is_403(path):
    response = post(BODY, f"/inbound/{path}")
    assert (response.status_code, response.json()["result_code"]) == (403, 0)
    assert set(response.json()) == set(OK)
    assert not Reply.objects.exists()


@pytest.mark.parametrize(
    "body", ["{broken", "5", '"text"', "", "[]", "[" * 100_000, "x" * ((1 << 20) + 1)], ids=lambda one: one[:9]
)
def test_what_is_no_reply_is_400(body):
    response = post(body)
    assert (response.status_code, response.json()["result_code"]) == (400, 0)
    assert set(response.json()) == set(OK)


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_a_form_that_is_none_is_400(content_type):
    response = post(b"--y\r\n\xff", content_type=f"{content_type}; charset=latin-1")
    assert response.status_code in (200, 400)
    assert set(response.json()) == set(OK)


def test_a_value_that_is_longer_than_its_column_is_cut():
    kept = say("hello", shortcode=-1.9340839444401035e62, link_id="x" * 100, network_name="y" * 100)
    assert (len(kept.shortcode), len(kept.link_id), len(kept.network)) == (20, 64, 30)


def test_replies_are_only_posted():
    assert Client().get("/inbound/new-secret").status_code == 405


@pytest.mark.parametrize(
    "body, content_type",
    [
        (json.dumps(BODY), "application/x-www-form-urlencoded"),
        (json.dumps(BODY), "multipart/form-data"),
        (urlencode(BODY), "application/json"),
    ],
)
def test_a_reply_is_read_whatever_it_is_said_to_be(body, content_type):
    assert post(body, content_type=content_type).json() == OK
    assert OptOut.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_when_it_cannot_be_kept_the_gateway_is_told_to_try_again():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_reply RENAME TO away")
    try:
        response = post(BODY)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO campaigns_reply")
    assert (response.status_code, response.json()["result_code"]) == (503, 0)
    assert not OptOut.objects.exists()
    assert post(BODY).status_code == 200
    assert OptOut.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_without_a_queue_the_reply_is_taken_and_its_answer_waits_for_the_tick(monkeypatch):
    make_sender("70700")
    monkeypatch.setattr(send_next.app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(nudge._local, "connection", None, raising=False)
    monkeypatch.setattr(nudge, "_queue_away_until", 0.0)
    say("STOP")
    assert nudge._queue_away_until > 0
    assert Batch.objects.get().status == "ready"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one, max_size=3),
    max_leaves=4,
)
FIELDS = st.sampled_from([*BODY, "other"]) | st.text()
WORDS = st.sampled_from(["STOP", "start", PHONE, "0712345678", "70700", "\0", "\ud800"])


class AnyBody(TestCase):
    """Whatever is posted, the answer has the three keys and is no error of ours."""

    @given(st.dictionaries(FIELDS, JSON | WORDS))
    def test_any_json_is_answered(self, body):
        self.check(json.dumps(body), "application/json", {200})

    @given(st.dictionaries(FIELDS.filter(lambda one: "\ud800" not in one), st.binary() | st.just(b"STOP")))
    def test_any_form_is_answered(self, body):
        form = "&".join(f"{quote(name.encode(errors='replace'))}={quote(value)}" for name, value in body.items())
        self.check(form, "application/x-www-form-urlencoded", {200, 400})

    @given(st.binary(), st.sampled_from(["application/json", "multipart/form-data; boundary=x", "text/plain", "a"]))
    def test_any_bytes_are_answered(self, body, content_type):
        self.check(body, content_type, {200, 400})

    def check(self, body, content_type, statuses):
        with override_settings(**TOKENS):
            response = post(body, content_type=content_type)
        assert response.status_code in statuses
        assert set(response.json()) == set(OK)
