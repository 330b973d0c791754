"""What is told of a text stands in the outbox from the commit that moved it, once, for whoever is to be told."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from campaigns import callbacks, delivery, planning
from campaigns.actions import resolve_single
from campaigns.callbacks import outbox
from campaigns.callbacks.receivers import Health, keep_health
from campaigns.delivery.replies import receive
from campaigns.maintenance import close_runs
from campaigns.models import Batch, Callback, Campaign, Gate, Message
from campaigns.sending import settle
from campaigns.sending.claim import claim_next
from campaigns.sending.settle import Result
from contacts.models import OptOut
from tests.approving import person
from tests.calls import CALL, accept_all, begin_call, make_sending_run, report, texts_of
from tests.makers import make_campaign, make_contact, make_group, make_run
from tests.receiving import make_told_key, queue_text

pytestmark = pytest.mark.django_db(transaction=True)


def events(key=None):
    rows = Callback.objects.filter(api_key=key) if key else Callback.objects.all()
    return [(one.event, one.reason) for one in rows.order_by("pk")]


def sent(key, sender):
    """A text that the gateway took."""
    queue_text(key, sender)
    claim = begin_call()
    settle.settle(claim, accept_all(claim))
    return texts_of(claim)[0]


def test_a_report_is_told_in_its_own_words(key, sender):
    message = sent(key, sender)
    assert events() == []
    delivery.store([report(message, "AbsentSubscriber")])
    delivery.apply_waiting()
    noted = Callback.objects.get()
    assert (noted.event, noted.reason, noted.detail) == ("undelivered", "phone_off", "AbsentSubscriber")
    assert (noted.api_key, noted.message, noted.status) == (key, message.pk, "pending")


def test_that_it_was_sent_is_told_where_that_is_asked_for(receiver, sender):
    asks, does_not = make_told_key(receiver.url, "asks", sent=True)[0], make_told_key(receiver.url, "does not")[0]
    sent(asks, sender)
    sent(does_not, sender)
    assert events(asks) == [("accepted", "")]
    assert events(does_not) == []


def test_what_changes_of_a_text_but_its_state_is_told_to_nobody(key, sender):
    message = sent(key, sender)
    delivery.store([report(message)])
    delivery.apply_waiting()
    Message.objects.update(network="Airtel", status="delivered")
    assert events() == [("delivered", "")]


def test_a_refusal_a_doubt_and_its_end_are_told_but_the_doubt(key, sender):
    queue_text(key, sender)
    claim = begin_call()
    settle.settle(claim, [Result(one.message, "rejected", "invalid_number", "no such number") for one in claim.texts])
    assert events() == [("rejected", "invalid_number")]
    queue_text(key, sender, "254712345679")
    claim = begin_call()
    settle.settle_in_doubt(claim, "connection_broke", "broke")
    assert len(events()) == 1
    Gate.objects.update(doubt_clock=10_000)
    resolve_single.leave_single(texts_of(claim)[0], person("mary", Role.MANAGER)[0])
    assert [event for event, _ in events()] == ["rejected", "unknown"]


def test_what_expires_is_told_and_so_is_the_report_that_comes_after_all(key, sender, settings):
    message = sent(key, sender)
    settings.QSMS_REPORT_TIMEOUT = timedelta(hours=1)
    long_ago = timezone.now() - timedelta(hours=2)
    Batch.objects.update(posted_at=long_ago)
    Message.objects.update(posted_at=long_ago, accepted_at=long_ago)
    close_runs.expire_unreported()
    delivery.store([report(message)])
    delivery.apply_waiting()
    assert [event for event, _ in events()] == ["expired", "delivered"]


def test_who_is_left_out_by_the_claim_or_from_the_beginning_is_told(key, sender):
    OptOut.objects.create(phone=queue_text(key, sender).phone)
    assert claim_next(CALL) is None
    assert events() == [("skipped", "opted_out")]
    group = make_group(contacts=1)
    make_contact(group, "254712345678")
    make_contact(group, balance="")
    campaign = make_campaign(group, sender=sender, status=Campaign.Status.ACTIVE, made_by_key=key)
    planning.plan_run(make_run(campaign).pk)
    assert sorted(events()[1:]) == [("skipped", "missing:balance"), ("skipped", "opted_out")]


def test_of_texts_of_nobody_and_of_a_key_without_an_address_nothing_is_noted(sender):
    make_sending_run(contacts=3)
    claim = begin_call()
    settle.settle(claim, [Result(one.message, "rejected", "invalid_number") for one in claim.texts])
    assert events() == []


@pytest.mark.parametrize("end", [{"revoked_at": 0}, {"ends_at": 0}, {"callback_url": ""}])
def test_a_key_that_has_ended_is_told_nothing_any_more(key, sender, end):
    message = sent(key, sender)
    for name, value in end.items():
        setattr(key, name, timezone.now() if value == 0 else value)
    key.save()
    delivery.store([report(message)])
    delivery.apply_waiting()
    assert Message.objects.get().status == "delivered"
    assert events() == []


def test_what_is_rolled_back_was_never_noted(key, sender):
    message = sent(key, sender)
    with transaction.atomic():
        delivery.store([report(message)])
        delivery.apply_waiting()
        assert events() == [("delivered", "")]
        transaction.set_rollback(True)
    assert events() == []


def test_a_reply_goes_to_the_key_whose_text_was_posted_last(receiver, sender):
    first, last = make_told_key(receiver.url, "first")[0], make_told_key(receiver.url, "last")[0]
    sent(last, sender)
    sent(first, sender)
    Message.objects.filter(batch__api_key=first).update(posted_at=timezone.now() - timedelta(hours=1))
    reply = receive({"mobile": "254712345678", "message": "Thank you", "shortcode": "70700"})
    noted = Callback.objects.get()
    assert (noted.api_key, noted.event, noted.reply, noted.message) == (last, "reply", reply.pk, None)


def test_a_reply_after_a_month_or_to_nobody_s_text_is_told_to_nobody(key, sender):
    receive({"mobile": "254712345670", "message": "Who is this?", "shortcode": "70700"})
    sent(key, sender)
    Message.objects.update(posted_at=timezone.now() - timedelta(days=31))
    receive({"mobile": "254712345678", "message": "Thank you", "shortcode": "70700"})
    assert events() == []


def test_the_same_reply_again_is_told_once(key, sender):
    sent(key, sender)
    for _ in range(2):
        receive({"mobile": "254712345678", "message": "Thank you", "shortcode": "70700", "inbox_id": "7"})
    assert events() == [("reply", "")]


def noted(key, *messages, **fields):
    return [Callback.objects.create(api_key=key, message=one, event="delivered", **fields) for one in messages]


def due(key, **in_hand):
    return [one.id for one in outbox.due(key.pk, 10, **in_hand)]


def wrote(row, status="pending", answer="HTTP 500"):
    outbox.write_down([outbox.Outcome(row.pk, status, answer)])
    row.refresh_from_db()
    return row


def make_due(**fields):
    Callback.objects.filter(status="pending").update(next_try_at=timezone.now() - timedelta(seconds=1), **fields)


def test_of_a_text_the_next_event_waits_for_the_one_before(key):
    first, second, other = noted(key, 1, 1, 2)
    assert due(key) == [first.pk, other.pk]
    assert due(key, in_hand={first.pk, other.pk}) == []
    wrote(first)
    assert due(key, in_hand={other.pk}) == []
    wrote(first, "delivered")
    assert due(key) == [second.pk, other.pk]


def test_what_is_over_is_not_written_over(key):
    (row,) = noted(key, 1)
    wrote(row, "delivered", "HTTP 204")
    wrote(row, "pending", "HTTP 500")
    assert (row.status, row.tries, row.answer) == ("delivered", 1, "HTTP 204")


def test_after_a_day_of_tries_it_is_given_up_and_the_next_one_goes(key):
    first, second = noted(key, 1, 1)
    wrote(first)
    assert (first.status, first.tries, first.answer) == ("pending", 1, "HTTP 500")
    make_due(first_try_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert due(key) == [first.pk]
    assert wrote(first).status == "given_up"
    assert due(key) == [second.pk]


def test_each_try_waits_longer_an_hour_at_most(key):
    (row,) = noted(key, 1)
    waits = []
    for _ in range(12):
        wrote(row)
        waits.append(round((row.next_try_at - row.answered_at).total_seconds()))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_given_up_ones_are_sent_again_and_others_of_the_key_are_not(key, receiver):
    up, taken = noted(key, 1, status="given_up", tries=33) + noted(key, 2, status="delivered", tries=1)
    other = make_told_key(receiver.url, "other")[0]
    assert callbacks.send_again([up.pk, taken.pk], other.pk) == 0
    assert callbacks.send_again([up.pk, taken.pk], key.pk) == 1
    assert due(key) == [up.pk]
    assert Callback.objects.get(pk=up.pk).tries == 0


def test_one_turn_at_a_time():
    number = outbox.begin_turn(timedelta(seconds=30))
    assert outbox.begin_turn(timedelta(seconds=30)) is None
    outbox.end_turn(number)
    assert outbox.begin_turn(timedelta(seconds=0)) == number + 1
    # Its lease is over: whoever held it was killed.
    assert outbox.begin_turn(timedelta(seconds=30)) == number + 2
    outbox.end_turn(number)
    assert outbox.begin_turn(timedelta(seconds=30)) is None
    assert not outbox.go_on(number, timedelta(seconds=30))
    assert outbox.go_on(number + 2, timedelta(seconds=30))


def test_nothing_is_wanted_of_a_key_that_rests_or_while_somebody_posts(key):
    assert not callbacks.are_wanted()
    noted(key, 1)
    assert callbacks.are_wanted()
    turn = outbox.begin_turn(timedelta(seconds=30))
    assert not callbacks.are_wanted()
    outbox.end_turn(turn)
    keep_health(key.pk, Health(5, 1), timedelta(seconds=60))
    assert not callbacks.are_wanted()
    callbacks.forget_rest(key.pk)
    assert callbacks.are_wanted()
