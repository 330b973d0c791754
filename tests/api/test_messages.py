"""Single texts by the API: sent once however often they are asked for, and what became of them."""

import threading

import pytest
from django.db import connection

from accounts.roles import Role
from campaigns.models import Batch, Message, Reply
from contacts.models import OptOut
from tests.api.test_api import Script
from tests.makers import make_campaign, make_group, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = {"to": "0712 345 678", "message": "Your parcel is here."}


@pytest.fixture
def script(db):
    make_sender("LENDER", is_default=True)
    return Script()


def test_a_text_is_queued_and_told_of(script):
    status, told = script.call("POST", "messages", HELLO | {"from": "LENDER", "client_ref": "order 7"})
    assert (status, told["status"], set(told)) == (201, "queued", {"id", "status"})
    message = Message.objects.get(pk=told["id"])
    assert (message.phone, message.source, message.batch.status) == ("254712345678", "api", "ready")
    status, told = script.call("GET", f"messages/{message.pk}")
    assert status == 200
    assert {
        "to": "+254712345678",
        "message": HELLO["message"],
        "client_ref": "order 7",
        "status": "queued",
    }.items() <= (told.items())


def test_a_repeat_with_its_key_tells_how_the_text_is_now_and_sends_nothing(script):
    first = script.call("POST", "messages", HELLO, **{"Idempotency-Key": "a"})
    Message.objects.update(status="delivered")
    again = script.call("POST", "messages", HELLO, **{"Idempotency-Key": "a"})
    assert again == (201, first[1] | {"status": "delivered"})
    assert Message.objects.count() == Batch.objects.count() == 1
    status, told = script.call("POST", "messages", HELLO | {"message": "Other"}, **{"Idempotency-Key": "a"})
    assert (status, told["error"]["code"]) == (409, "idempotency")


def test_ten_requests_at_once_with_one_key_queue_one_text(script):
    answers = []

    def ask():
        answers.append(script.call("POST", "messages", HELLO, **{"Idempotency-Key": "b"}))
        connection.close()

    asking = [threading.Thread(target=ask) for _ in range(10)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert {status for status, _ in answers} == {201}
    assert len({told["id"] for _, told in answers}) == Message.objects.count() == 1


@pytest.mark.parametrize(
    "change, code, field",
    [
        ({"to": "020 234 5678"}, "invalid", "to"),
        ({"to": ""}, "invalid", "to"),
        ({"message": " \n"}, "invalid", "message"),
        ({"message": "x" * 919}, "invalid", "message"),
        ({"message": "x" * 2001}, "invalid", "message"),
        ({"from": "NOBODY"}, "no_sender", "from"),
        ({"colour": "red"}, "invalid", "colour"),
    ],
)
def test_what_cannot_be_sent_is_told_by_its_field(script, change, code, field):
    status, told = script.call("POST", "messages", HELLO | change)
    assert (status, told["error"]["code"]) == (422, code)
    assert field in told["error"]["fields"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "status, told",
    [
        ("queued", "queued"), ("accepted", "sent"), ("expired", "sent"), ("delivered", "delivered"),
        ("undelivered", "failed"), ("rejected", "failed"), ("skipped", "failed"), ("cancelled", "failed"),
        ("uncertain", "uncertain"), ("unknown", "uncertain"),
    ],
)  # fmt: skip
def test_ten_statuses_are_told_in_five_words(script, status, told):
    _, made = script.call("POST", "messages", HELLO)
    Message.objects.update(status=status, reason="why")
    _, found = script.call("GET", f"messages/{made['id']}")
    assert (found["status"], found["reason"]) == (told, "why")


def test_marketing_gets_its_way_out_and_a_notice_does_not(script):
    make_sender("ADS", use="promotional", opt_out_text="STOP*456*9*5#")
    make_sender("BOTH", opt_out_text="STOP*456*9*5#")
    for sender, text, kind in (
        ("ADS", "Sale! STOP*456*9*5#", "promotional"),
        ("BOTH", "Sale!", "transactional"),
    ):
        _, told = script.call("POST", "messages", {"to": "0712345678", "message": "Sale!", "from": sender})
        message = Message.objects.get(pk=told["id"])
        assert (message.text, message.batch.kind) == (text, kind)


def test_who_may_send_and_who_may_look(script):
    _, told = script.call("POST", "messages", HELLO)
    assert Script(Role.COMPOSER).call("POST", "messages", HELLO)[0] == 403
    assert Script(Role.VIEWER).call("GET", f"messages/{told['id']}")[0] == 200
    for wrong in ("0", "999999", str(1 << 64)):
        assert script.call("GET", f"messages/{wrong}")[0] == 404


def test_a_preview_tells_the_audience_the_price_and_three_texts(script):
    group = make_group("loans", contacts=5)
    OptOut.objects.create(phone=group.contacts.first().phone)
    campaign = make_campaign(group)
    status, told = script.call("GET", f"campaigns/{campaign.pk}/preview")
    assert status == 200
    assert (told["audience"], told["left_out"], told["parts"], told["cost"]) == (5, {"opted_out": 1}, 4, "2.40")
    assert (told["exact"], told["by_parts"], told["blockers"]) == (True, {"1": 4}, [])
    assert [one["text"] for one in told["texts"]] == [f"Dear Person {n}, KES 5,000.00" for n in (1, 2, 3)]
    assert script.call("GET", "campaigns/999/preview")[0] == 404


def test_a_preview_of_what_cannot_go_says_why(script):
    campaign = make_campaign(make_group(contacts=1), text="Dear <balnce>")
    status, told = script.call("GET", f"campaigns/{campaign.pk}/preview")
    assert (status, told["error"]["fields"]) == (
        422,
        {"what": "No group has a field <balnce>. Did you mean <balance>?"},
    )


def test_a_launch_that_may_leave_nobody_out_is_refused_where_somebody_lacks_a_value(script):
    group = make_group("loans", contacts=2)
    group.contacts.filter(pk=group.contacts.first().pk).update(values={})
    campaign = make_campaign(group, missing_values="block")
    status, told = script.call("POST", f"campaigns/{campaign.pk}/launch")
    assert (status, told["error"]["code"]) == (409, "missing_values")
    assert "1 person has no value" in told["error"]["message"]
    campaign.refresh_from_db()
    assert campaign.is_draft
    make_run(campaign)


def test_a_text_to_who_has_opted_out_is_refused_with_by_whom_and_when(script):
    OptOut.objects.create(phone="254712345678", source="reply", created_at="2026-11-03T09:00Z")
    status, told = script.call("POST", "messages", HELLO, **{"Idempotency-Key": "out"})
    assert (status, told["error"]["code"]) == (409, "opted_out")
    assert told["error"]["message"] == "0712 345 678 gets no texts: said STOP on 3 Nov 2026."
    assert not Message.objects.exists()
    OptOut.objects.all().delete()
    assert script.call("POST", "messages", HELLO, **{"Idempotency-Key": "back"})[0] == 201


def test_who_is_out_of_marketing_gets_a_notice(script):
    OptOut.objects.create(phone="254712345678", scope="promotional", source="operator")
    assert script.call("POST", "messages", HELLO)[0] == 201


def test_a_sender_id_for_marketing_alone_waits_for_who_reads_the_reply(script):
    make_sender("SALES", use="promotional")
    Reply.objects.create(phone="254712345678", text="please stop", reading="waits", body={})
    status, told = script.call("POST", "messages", HELLO | {"from": "SALES"})
    assert (status, told["error"]["code"]) == (409, "reply_waits")
