"""What reports say of the numbers themselves: dead ones, and whom the operator lets nobody text."""

import pytest
from django.utils import timezone

from campaigns import delivery, sending
from campaigns.models import DeliveryReport, Message
from campaigns.planning import single
from contacts.models import OptOut, PhoneStatus
from tests.calls import report, send
from tests.makers import make_phone, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


def report_of(text, description, code=""):
    return {"messageId": text.gateway_id, "destaddr": text.phone, "dlrDesc": description, "dlrStatus": code}


def sent_text(gateway):
    text = single.queue_single(make_phone(), "hello", make_sender(), source="person", kind="transactional")
    sending.send_while_there_is_work(gateway, seconds=10)
    text.refresh_from_db()
    return text


def test_two_permanent_failures_on_different_days_make_a_number_dead_and_a_delivery_clears_it(run):
    messages = send()
    delivery.store([report(messages[0], "UserNotExist")])
    delivery.apply_waiting()
    assert PhoneStatus.objects.get().dead_since is None
    PhoneStatus.objects.update(failed_on="2026-01-01")
    Message.objects.filter(pk=messages[0].pk).update(status="accepted")
    delivery.store([report(messages[0], "InvalidMobile")])
    delivery.apply_waiting()
    assert PhoneStatus.objects.get().dead_since
    Message.objects.filter(pk=messages[0].pk).update(status="accepted")
    delivery.store([report(messages[0])])
    delivery.apply_waiting()
    assert PhoneStatus.objects.get().dead_since is None


def test_an_operator_s_block_keeps_marketing_from_the_number(run):
    message = send()[0]
    delivery.store([report(message, "UserInBlacklist")])
    delivery.apply_waiting()
    assert OptOut.objects.get().scope == OptOut.Scope.PROMOTIONAL


@pytest.mark.parametrize(
    "description, code",
    [
        ("UserInBlacklist", "10"), ("MessageRejected", "21"), ("SenderName Blacklisted", "25"),
        ("", "10"), ("", "21"), ("", "25"), ("sendername_blacklisted", ""),
    ],
)  # fmt: skip
def test_a_report_of_an_operator_s_block_opts_out_of_marketing(gateway, description, code):
    text = sent_text(gateway)
    delivery.store([report_of(text, description, code)])
    delivery.apply_waiting()
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source) == (text.phone, "promotional", "operator")
    assert not PhoneStatus.objects.exists()


def test_an_operator_s_block_leaves_a_person_s_own_stop_as_it_is(gateway):
    text = sent_text(gateway)
    OptOut.objects.create(phone=text.phone, scope="all", source="reply")
    delivery.store([report_of(text, "UserInBlacklist")])
    delivery.apply_waiting()
    assert set(OptOut.objects.values_list("scope", "source")) == {("all", "reply"), ("promotional", "operator")}


@pytest.mark.parametrize("description, code", [("UserNotExist", "15"), ("InvalidMobile", "23"), ("", "15"), ("", "23")])
def test_a_report_of_a_number_that_is_none_counts_towards_dead(gateway, description, code):
    text = sent_text(gateway)
    delivery.store([report_of(text, description, code)])
    delivery.apply_waiting()
    status = PhoneStatus.objects.get()
    assert (status.phone, status.failed_on, status.dead_since) == (text.phone, timezone.localdate(), None)
    assert not OptOut.objects.exists()


def test_two_failures_of_one_night_are_one_day_by_the_portal_s_clock(gateway):
    """01:00 and 04:00 in Nairobi are two days in Greenwich and one here."""
    texts = [sent_text(gateway), sent_text(gateway)]
    Message.objects.filter(pk=texts[1].pk).update(phone=texts[0].phone)
    texts[1].refresh_from_db()
    delivery.store([report_of(one, "UserNotExist") for one in texts])
    for stored, at in zip(
        DeliveryReport.objects.order_by("pk"), ("2026-11-24T22:00Z", "2026-11-25T01:00Z"), strict=True
    ):
        DeliveryReport.objects.filter(pk=stored.pk).update(received_at=at)
    delivery.apply_waiting()
    status = PhoneStatus.objects.get()
    assert (str(status.failed_on), status.dead_since) == ("2026-11-25", None)


def test_a_delivery_clears_a_dead_number(gateway):
    text = sent_text(gateway)
    PhoneStatus.objects.create(phone=text.phone, failed_on="2026-01-01", dead_since="2026-01-02T00:00Z")
    delivery.store([report_of(text, "DeliveredToTerminal")])
    delivery.apply_waiting()
    status = PhoneStatus.objects.get()
    assert (status.failed_on, status.dead_since) == (None, None)
