"""One text to one number, from its queue to its report."""

import pytest

from campaigns import delivery, sending
from campaigns.gateway.client import Gateway
from campaigns.maintenance import end_leases, tick
from campaigns.models import Batch
from campaigns.planning import single
from campaigns.sending.claim import claim_next
from tests.calls import CALL
from tests.makers import make_phone, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_single_text_is_sent_by_the_ordinary_claim_and_reported(gateway, simulator):
    phone, sender = make_phone(), make_sender(price="0.60")
    text = single.queue_single(phone, "a" * 161, sender, source="person", kind="transactional")
    assert (text.parts, str(text.cost)) == (2, "1.20")
    assert tick.run_tick().may_send
    assert sending.send_while_there_is_work(gateway, seconds=10) == 1
    text.refresh_from_db()
    assert (text.status, text.batch.status) == ("accepted", "settled")
    delivery.store([{"messageId": text.gateway_id, "destaddr": phone, "dlrDesc": "DeliveredToTerminal"}])
    delivery.apply_waiting()
    text.refresh_from_db()
    assert text.status == "delivered"
    assert Batch.objects.get().tally == {"delivered": 1}


@pytest.mark.parametrize("ends", ["refused for a passing reason", "no gateway", "the worker died before it posted"])
def test_a_single_text_that_surely_was_not_sent_goes_later_and_once(gateway, simulator, ends):
    text = single.queue_single(make_phone(), "hello", make_sender(), source="person", kind="transactional")
    if ends == "refused for a passing reason":
        simulator.behave(refuse_item={"code": 1007, "phones": [text.phone]})
        sending.send_while_there_is_work(gateway, seconds=5)
        simulator.behave()
    elif ends == "no gateway":
        away = Gateway("http://127.0.0.1:1", "http://127.0.0.1:1", "k", connect_timeout=1, read_timeout=1)
        sending.attempt(away, claim_next(CALL))
    else:
        claim_next(CALL)
        Batch.objects.update(lease_until="2020-01-01T00:00Z")
        end_leases.end_leases()
    text.refresh_from_db()
    assert text.status == "queued"
    assert not simulator.ledger()
    Batch.objects.update(not_before="2020-01-01T00:00Z")
    sending.send_while_there_is_work(gateway, seconds=5)
    assert [one["mobile"] for one in simulator.ledger()] == [text.phone]
    text.refresh_from_db()
    assert text.status == "accepted"


def test_a_single_text_that_may_have_been_sent_is_not_posted_again_and_a_report_proves_it(gateway, simulator):
    text = single.queue_single(make_phone(), "hello", make_sender(), source="person", kind="transactional")
    simulator.behave(drop={"when": "after_accepting", "next_n": 1})
    sending.send_while_there_is_work(gateway, seconds=5)
    text.refresh_from_db()
    assert text.status == "uncertain"
    assert len(simulator.ledger()) == 1
    delivery.store([{"messageId": "g1", "destaddr": text.phone, "dlrDesc": "DeliveredToTerminal"}])
    delivery.apply_waiting()
    text.refresh_from_db()
    assert text.status == "delivered"
