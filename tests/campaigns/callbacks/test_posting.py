"""What is due is posted, signed, in order for a text, until it is taken; a receiver that is down rests as a whole."""

import hashlib
import hmac
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.callback_address import make_secret, retire_old_secret
from accounts.roles import Role
from campaigns import callbacks, delivery
from campaigns.callbacks import posting
from campaigns.callbacks.calling import CallbackAnswer
from campaigns.callbacks.desk import AHEAD, AT_ONCE_A_KEY, CallbackDesk
from campaigns.callbacks.outbox import KeyOfTurn
from campaigns.delivery.replies import receive
from campaigns.models import Callback, CallbackPoster, CallbackReceiver, Message
from campaigns.sending import settle
from tests.approving import person
from tests.calls import accept_all, begin_call, report, texts_of
from tests.receiving import Receiver, make_told_key, queue_text

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 20


def sent(key, sender, **text):
    queue_text(key, sender, **text)
    claim = begin_call()
    settle.settle(claim, accept_all(claim))
    return texts_of(claim)[0]


def delivered(message, description="DeliveredToTerminal"):
    delivery.store([report(message, description, dlrTime="2026-11-24 20:24:18")])
    delivery.apply_waiting()


def queued(key, sender, texts):
    return [queue_text(key, sender) for _ in range(texts)]


def noted(key, *messages, **fields):
    """Events of texts that there are."""
    return [Callback.objects.create(api_key=key, message=one.pk, event="delivered", **fields) for one in messages]


def make_due(**fields):
    Callback.objects.filter(status="pending").update(next_try_at=timezone.now() - timedelta(seconds=1), **fields)


def statuses():
    return list(Callback.objects.order_by("pk").values_list("status", flat=True))


def test_a_report_comes_as_the_vendor_s_own(key, sender, receiver):
    message = sent(key, sender, reference="order 7")
    Message.objects.update(posted_at="2026-11-24T17:24:12Z")
    delivered(message)
    assert callbacks.post_due(SECONDS) is False
    (posted,) = receiver.posted
    assert posted.body == {
        "messageId": str(message.pk), "dlrTime": "2026-11-24 20:24:18", "dlrStatus": "1",
        "dlrDesc": "DeliveredToTerminal", "tat": 6, "network": "Safaricom", "destaddr": "254712345678",
        "sourceaddr": "SHOP", "origin": "Safaricom", "client_ref": "order 7", "reason": "",
    }  # fmt: skip
    assert posted.headers["Content-Type"] == "application/json"
    assert (posted.path, posted.event, posted.number) == ("/sms", "delivered", Callback.objects.get().pk)
    row = Callback.objects.get()
    assert (row.status, row.tries, row.answer) == ("delivered", 1, "HTTP 200: OK")
    assert callbacks.post_due(SECONDS) is False
    assert len(receiver.posted) == 1


def test_a_reply_comes_as_the_gateway_s_own(key, sender, receiver):
    sent(key, sender)
    body = {
        "mobile": "254712345678", "message": "Asante – thanks", "shortcode": "70700", "inbox_id": "4711",
        "network_name": "Safaricom", "link_id": "9", "service_id": "3", "api_token": "of the gateway",
    }  # fmt: skip
    reply = receive(body)
    callbacks.post_due(SECONDS)
    (posted,) = receiver.posted
    stamp = timezone.localtime(reply.received_at).strftime("%Y%m%d%H%M%S")
    assert posted.event == "reply"
    assert posted.body == body | {"api_token": "", "timestamp": stamp}


def codes(posted):
    at, *codes = posted.headers["QSMS-Signature"].split(",")
    return at.removeprefix("t="), [code.removeprefix("v1=") for code in codes]


def code(posted, secret):
    at, _ = codes(posted)
    return hmac.new(secret.encode(), at.encode() + b"." + posted.raw, hashlib.sha256).hexdigest()


def test_it_is_signed_by_both_secrets_until_the_old_one_is_retired(receiver, sender):
    key, old = make_told_key(receiver.url)
    user = person("mary", Role.ADMINISTRATOR)[0]
    delivered(sent(key, sender))
    callbacks.post_due(SECONDS)
    assert codes(receiver.posted[-1])[1] == [code(receiver.posted[-1], old)]
    new = make_secret(key, user=user)
    delivered(sent(key, sender))
    callbacks.post_due(SECONDS)
    assert codes(receiver.posted[-1])[1] == [code(receiver.posted[-1], new), code(receiver.posted[-1], old)]
    retire_old_secret(key, user=user)
    delivered(sent(key, sender))
    callbacks.post_due(SECONDS)
    assert codes(receiver.posted[-1])[1] == [code(receiver.posted[-1], new)]
    assert abs(int(codes(receiver.posted[-1])[0]) - timezone.now().timestamp()) < 60
    assert old not in str(vars(key))


def test_without_a_secret_that_can_be_read_nothing_is_posted(key, sender, receiver, settings):
    delivered(sent(key, sender))
    settings.SECRET_KEY = "another" * 10
    callbacks.post_due(SECONDS)
    assert receiver.posted == []
    assert Callback.objects.get().answer.startswith("It cannot be signed")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "third" * 12, [settings.SECRET_KEY]
    make_secret(key, user=person("mary", Role.ADMINISTRATOR)[0])
    assert key.callback_old_secret == ""
    make_due()
    callbacks.post_due(SECONDS)
    assert len(receiver.posted) == 1


@pytest.mark.parametrize("status", [200, 202, 204, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_only_a_two_hundred_is_taken_and_no_redirect_is_followed(key, sender, receiver, status):
    receiver.behave = lambda _posted: (status, b"" if status == 204 else b"words")
    delivered(sent(key, sender))
    callbacks.post_due(SECONDS)
    assert [posted.path for posted in receiver.posted] == ["/sms"]
    row = Callback.objects.get()
    assert (row.status, row.tries) == ("delivered" if status < 300 else "pending", 1)
    assert row.answer == ("HTTP 204" if status == 204 else f"HTTP {status}: words")


def test_an_event_is_not_posted_before_the_one_before_it_is_taken(receiver, sender):
    key = make_told_key(receiver.url, sent=True)[0]
    answers = iter([(500, b"")])
    receiver.behave = lambda _posted: next(answers, (200, b""))
    message = sent(key, sender)
    delivered(message)
    callbacks.post_due(SECONDS)
    assert [posted.body["dlrStatus"] for posted in receiver.posted] == ["5"]
    make_due()
    callbacks.post_due(SECONDS)
    assert [posted.body["dlrStatus"] for posted in receiver.posted] == ["5", "5", "1"]
    assert receiver.posted[0].number == receiver.posted[1].number
    assert statuses() == ["delivered", "delivered"]


def test_it_is_posted_after_its_commit(key, sender, receiver):
    seen = []

    def look(posted):
        seen.append(Message.objects.get(pk=posted.body["messageId"]).status)
        connection.close()
        return 200, b""

    receiver.behave = look
    delivered(sent(key, sender))
    callbacks.post_due(SECONDS)
    assert seen == ["delivered"]


def test_a_receiver_that_is_down_rests_and_is_tried_with_one_event(key, sender, receiver):
    receiver.behave = lambda _posted: (503, b"")
    noted(key, *queued(key, sender, 100))
    callbacks.post_due(1)
    tried = Callback.objects.filter(tries__gt=0).count()
    assert 5 <= tried <= 4 + AT_ONCE_A_KEY
    rest = CallbackReceiver.objects.get(api_key=key)
    assert None not in (rest.rests_until, rest.failing_since)
    CallbackReceiver.objects.update(rests_until=timezone.now() - timedelta(seconds=1))
    before = len(receiver.posted)
    callbacks.post_due(0.5)
    assert len(receiver.posted) - before == 1
    receiver.behave = lambda _posted: (200, b"")
    CallbackReceiver.objects.update(rests_until=timezone.now() - timedelta(seconds=1))
    make_due()
    callbacks.post_due(SECONDS)
    assert set(statuses()) == {"delivered"}
    assert not CallbackReceiver.objects.exists()


def test_what_waited_for_a_day_for_a_receiver_that_is_down_is_given_up(key, sender, receiver):
    long_ago = timezone.now() - timedelta(hours=25)
    receiver.behave = lambda _posted: (503, b"")
    old, older, young = queued(key, sender, 3)
    noted(key, old, older, at=long_ago)
    noted(key, young, at=timezone.now() - timedelta(hours=23))
    CallbackReceiver.objects.create(
        api_key=key, strikes=9, rests=3, failing_since=long_ago, rests_until=timezone.now() - timedelta(minutes=1)
    )
    callbacks.post_due(SECONDS)
    assert len(receiver.posted) == 1
    # The one that was tried has not been tried for a day.
    assert statuses() == ["pending", "given_up", "pending"]


def test_one_that_hangs_keeps_nobody_else_waiting(sender, receiver):
    with Receiver(lambda _posted: None) as hanging:
        for name, url in (("first", hanging.url), ("second", hanging.url), ("third", receiver.url)):
            key = make_told_key(url, name)[0]
            noted(key, *queued(key, sender, 20))
        taken = threading.Event()
        receiver.behave = lambda _posted: (len(receiver.posted) == 20 and taken.set()) or (200, b"")
        callbacks.post_due(3)
        assert taken.is_set()
        assert Callback.objects.filter(api_key__name="third", status="delivered").count() == 20
        # Each had its threads once, in the order in which they were free, and then rested.
        assert len(hanging.posted) <= 2 * AT_ONCE_A_KEY
        words = set(Callback.objects.filter(api_key__name="first").values_list("answer", flat=True))
        assert words == {"", "No answer in 5 seconds."}
    assert CallbackReceiver.objects.filter(rests_until__isnull=False).count() == 2


def test_what_waits_of_a_key_that_has_ended_is_dropped(key, sender, receiver):
    delivered(sent(key, sender))
    key.revoked_at = timezone.now()
    key.save()
    callbacks.post_due(SECONDS)
    assert (receiver.posted, statuses()) == ([], ["dropped"])


def test_what_waits_of_somebody_who_is_not_active_any_more_is_dropped(sender, receiver):
    owner = person("olive", Role.MANAGER)[0]
    key = make_told_key(receiver.url, owner=owner)[0]
    delivered(sent(key, sender))
    owner.is_active = False
    owner.save()
    callbacks.post_due(SECONDS)
    assert (receiver.posted, statuses()) == ([], ["dropped"])


def test_of_a_text_that_is_gone_nothing_is_told(key, sender, receiver):
    delivered(sent(key, sender))
    Message.objects.all().delete()
    callbacks.post_due(SECONDS)
    assert (receiver.posted, statuses()) == ([], ["dropped"])


def test_only_one_turn_posts_at_a_time(key, sender, receiver):
    delivered(sent(key, sender))
    second = []

    def meanwhile(_posted):
        second.append(callbacks.post_due(1))
        connection.close()
        return 200, b""

    receiver.behave = meanwhile
    callbacks.post_due(SECONDS)
    assert (second, len(receiver.posted)) == ([False], 1)


def test_connections_are_used_again(key, sender, receiver):
    noted(key, *queued(key, sender, 40))
    callbacks.post_due(SECONDS)
    assert len(receiver.posted) == 40
    assert receiver.connections <= AT_ONCE_A_KEY


def test_nothing_is_posted_that_could_end_after_the_turn(key, sender, receiver, monkeypatch):
    """Its lease is not renewed: somebody else may post the next event of a text meanwhile."""
    monkeypatch.setattr(posting, "POST_WITHIN", -1.0)
    noted(key, *queued(key, sender, 3))
    callbacks.post_due(0.5)
    assert receiver.posted == []
    assert Callback.objects.filter(tries=0, status="pending").count() == 3
    monkeypatch.undo()
    callbacks.post_due(SECONDS)
    assert len(receiver.posted) == 3


def test_a_turn_that_somebody_else_has_taken_ends(key, sender, receiver, monkeypatch):
    monkeypatch.setattr(posting, "RENEW_EVERY", 0.0)
    noted(key, *queued(key, sender, 300))

    def take_the_turn(_posted):
        CallbackPoster.objects.update(turn=F("turn") + 1, until=timezone.now() + timedelta(minutes=1))
        return 200, b""

    receiver.behave = take_the_turn
    callbacks.post_due(SECONDS)
    assert 0 < len(receiver.posted) < 300
    assert CallbackPoster.objects.get().until > timezone.now()
    assert set(Callback.objects.filter(status="pending").values_list("tries", flat=True)) == {0}


def test_what_waits_behind_another_event_asks_for_no_turn_of_its_own(key, sender, receiver):
    """Or turns would follow each other without a pause until the first one is taken."""
    receiver.behave = lambda _posted: (500, b"")
    (message,) = queued(key, sender, 1)
    noted(key, message, message)
    callbacks.post_due(SECONDS)
    assert callbacks.are_wanted()
    assert callbacks.post_due(SECONDS) is False
    assert len(receiver.posted) == 1


def test_a_call_that_hung_tells_nothing_of_a_receiver_that_took_a_later_one():
    """What hangs is known last: at the end of each turn such calls would look like failures in a row."""
    desk = CallbackDesk(KeyOfTurn(1, "http://127.0.0.1/", True, 0, 0, False), ["secret"])
    took, hung = CallbackAnswer(200, ""), CallbackAnswer(None, "", hung=True)
    assert desk.noted(None, took, begun_at=10.0).counts
    assert not desk.noted(None, hung, begun_at=9.0).counts
    assert desk.strikes_now == 0
    assert desk.noted(None, hung, begun_at=11.0).counts
    assert desk.strikes_now == 2


def test_what_is_not_written_down_yet_takes_the_place_of_what_could_be_read():
    """Or a database that is slow to write would let a receiver take any number again after a kill."""
    desk = CallbackDesk(KeyOfTurn(1, "http://127.0.0.1/", True, 0, 0, False), ["secret"])
    assert desk.room == AHEAD
    desk.in_hand.update(range(AHEAD - 10))
    desk.taken.extend([None] * 20)
    assert desk.room == 10
