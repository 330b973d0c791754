"""`/v1/replies`: what came back, answered and marked as read."""

import pytest

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.delivery import filing
from campaigns.delivery.replies import receive
from campaigns.models import AnswerWord, Batch, Conversation, Message, Reply, Rules
from campaigns.planning import single
from contacts.models import OptOut
from tests.api.test_api import Script
from tests.makers import make_sender

pytestmark = pytest.mark.django_db

PHONE, OTHER = "254726770792", "254726770793"


@pytest.fixture
def sender():
    return make_sender("70700", is_default=True)


def say(text="I have paid", phone=PHONE, **fields):
    return receive({"mobile": phone, "message": text, "shortcode": "70700"} | fields)


def test_replies_are_told_newest_first_page_by_page(sender):
    text = single.queue_single(PHONE, "Your loan is due.", sender, source="api", kind="transactional")
    first = say("one")
    Batch.objects.update(posted_at=first.received_at)
    second, third, last = say("two"), say("STOP", phone=OTHER), say(phone="Safaricom")
    script = Script(Role.VIEWER)
    status, told = script.call("GET", "replies")
    assert status == 200
    assert [one["id"] for one in told["results"]] == [last.pk, third.pk, second.pk, first.pk]
    assert told["next"] is None
    one = told["results"][2]
    assert set(one) == {"id", "phone", "text", "received_at", "read", "opted_out", "message"}
    assert (one["phone"], one["text"], one["read"], one["opted_out"]) == ("+254726770792", "two", False, False)
    assert one["message"] == text.pk
    assert told["results"][1]["opted_out"] is True
    assert told["results"][1]["message"] is None
    assert told["results"][0]["phone"] is None
    seen, cursor = [], ""
    while cursor is not None:
        _, told = script.call("GET", f"replies?limit=1&cursor={cursor}" if cursor else "replies?limit=1")
        seen += [one["id"] for one in told["results"]]
        cursor = told["next"]
    assert seen == [last.pk, third.pk, second.pk, first.pk]


def test_replies_are_told_by_number_and_by_what_is_unread():
    mine, other = say("hello"), say("hello", phone=OTHER)
    filing.file_new()
    script = Script(Role.COMPOSER)
    assert _ids(script, "?phone=0726770792") == [mine.pk]
    assert _ids(script, "?phone=%2B254726770793&unread=true") == [other.pk]
    assert script.call("POST", f"replies/{mine.pk}/read") == (204, None)
    assert _ids(script, "?unread=true") == [other.pk]
    assert _ids(script, "?unread=false") == [mine.pk]
    for query, code in (("?phone=12", 422), ("?unread=perhaps", 422), ("?cursor=!", 422), ("?read=1", 422)):
        assert script.call("GET", f"replies{query}")[0] == code


def _ids(script, query):
    return [one["id"] for one in script.call("GET", f"replies{query}")[1]["results"]]


def test_a_reply_is_read_before_its_turn_with_what_came_before_it():
    before, reply, after = say("one"), say("two"), say("three")
    script = Script(Role.COMPOSER)
    for _ in range(2):
        assert script.call("POST", f"replies/{reply.pk}/read") == (204, None)
    filing.file_new()
    states = dict(Reply.objects.values_list("pk", "state"))
    assert states == {before.pk: "read", reply.pk: "read", after.pk: "unread"}
    script.call("POST", f"replies/{after.pk}/read")
    assert not Conversation.objects.get().is_unread
    assert AuditEntry.objects.filter(act="replies read", api_key__isnull=False).count() == 2


def test_an_answer_goes_from_where_it_was_written_to_once(sender):
    make_sender("LENDER")
    reply = say()
    script = Script()
    key = {"Idempotency-Key": "one"}
    status, told = script.call("POST", f"replies/{reply.pk}/answer", {"message": "Thank you."}, **key)
    assert (status, set(told), told["status"]) == (201, {"id", "status"}, "queued")
    message = Message.objects.get()
    assert (message.pk, message.phone, message.text) == (told["id"], PHONE, "Thank you.")
    assert (message.source, message.batch.sender, message.batch.api_key_id is not None) == ("reply", sender, True)
    assert script.call("POST", f"replies/{reply.pk}/answer", {"message": "Thank you."}, **key) == (status, told)
    assert Message.objects.count() == 1
    reply.refresh_from_db()
    assert reply.is_read and reply.answer == message


def test_a_word_is_answered_by_the_script_or_by_itself(sender):
    AnswerWord.objects.create(word="INFO", text="Call us.", is_on=True)
    read, answered = say("INFO"), say("INFO", phone=OTHER)
    script = Script()
    script.call("POST", f"replies/{read.pk}/read")
    script.call("POST", f"replies/{answered.pk}/answer", {"message": "We call you."})
    filing.file_new()
    assert dict(Message.objects.values_list("phone", "text")) == {PHONE: "Call us.", OTHER: "We call you."}


def test_who_said_stop_is_not_answered(sender):
    reply = say()
    say("STOP")
    status, told = Script().call("POST", f"replies/{reply.pk}/answer", {"message": "But why?"})
    assert (status, told["error"]["code"]) == (409, "opted_out")
    assert [one.source for one in Message.objects.all()] == ["answer"]
    assert OptOut.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n", "x" * 919])
def test_an_answer_that_is_none_is_refused(sender, text):
    reply = say()
    status, told = Script().call("POST", f"replies/{reply.pk}/answer", {"message": text})
    assert (status, told["error"]["code"]) == (422, "invalid")
    assert not Message.objects.exists()


def test_without_a_sender_or_a_number_there_is_no_answer():
    reply = say()
    script = Script()
    assert script.call("POST", f"replies/{reply.pk}/answer", {"message": "hi"})[1]["error"]["code"] == "no_sender"
    make_sender("LENDER", is_default=True)
    nobody = say(phone="Safaricom")
    assert script.call("POST", f"replies/{nobody.pk}/answer", {"message": "hi"})[1]["error"]["code"] == "state"
    for pk in (0, 10**17, 1 << 70):
        assert script.call("POST", f"replies/{pk}/answer", {"message": "hi"})[0] == 404
        assert script.call("POST", f"replies/{pk}/read")[0] == 404


def test_answers_are_among_the_texts_of_the_key(sender):
    Rules.objects.update(key_texts=1)
    reply = say()
    script = Script()
    assert script.call("POST", "messages", {"to": OTHER, "message": "hi"})[0] == 201
    status, told = script.call("POST", f"replies/{reply.pk}/answer", {"message": "hi"})
    assert (status, told["error"]["code"]) == (422, "over_limit")


@pytest.mark.parametrize(("role", "answers", "reads"), [(Role.VIEWER, 403, 403), (Role.COMPOSER, 403, 204)])
def test_who_may_read_does_not_answer(sender, role, answers, reads):
    reply = say()
    assert Script(role).call("POST", f"replies/{reply.pk}/answer", {"message": "hi"})[0] == answers
    assert Script(role).call("POST", f"replies/{reply.pk}/read")[0] == reads
