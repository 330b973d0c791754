"""Texts whose report is overdue are asked for, a bounded number at a time, and what is told is applied as a report."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import delivery, planning, sending
from campaigns.delivery import polling
from campaigns.ledger.tallies import totals
from campaigns.maintenance import start_runs
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

LOST = {"reports": {"lost": 1.0}, "report_delay": [0, 0]}


@pytest.fixture
def gateway(gateway, simulator):
    simulator.behave(**LOST, mix={"delivered": 1, "absent": 1})
    return gateway


@pytest.fixture
def run(gateway):
    run = make_run(make_campaign(make_group(contacts=40), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    sending.send_while_there_is_work(gateway, seconds=10)
    return run


def overdue():
    Batch.objects.update(posted_at=timezone.now() - timedelta(minutes=31))


def test_what_is_overdue_is_asked_for_once_in_a_while(run, gateway):
    assert polling.poll_overdue(gateway, 30) == 0
    overdue()
    assert polling.poll_overdue(gateway, 30) == 40
    assert polling.poll_overdue(gateway, 30) == 0
    delivery.apply_waiting()
    told = totals(run).counts
    assert told["delivered"] + told["undelivered"] == 40
    assert told["delivered"] and told["undelivered"]
    assert Message.objects.filter(reason="phone_off").count() == told["undelivered"]
    assert DeliveryReport.objects.first().body["polled"] is True


def test_a_text_in_doubt_that_has_an_id_is_asked_for_too(run, gateway):
    message = Message.objects.first()
    Message.objects.filter(pk=message.pk).update(status="uncertain")
    overdue()
    polling.poll_overdue(gateway, 30)
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status in ("delivered", "undelivered")


def test_nobody_is_asked_while_the_breaker_rests_or_without_a_gateway(run, gateway):
    overdue()
    assert polling.poll_overdue(None, 30) == 0
    Gate.objects.update(trips=1)
    assert polling.poll_overdue(gateway, 30) == 0


def test_a_gateway_that_says_no_ends_the_round(run, gateway, simulator):
    overdue()
    simulator.behave(**LOST, refuse_call={"code": 1006, "calls": "account"})
    assert polling.poll_overdue(gateway, 30) == 0
    assert totals(run).counts["accepted"] == 40
    simulator.behave(**LOST)
    assert polling.poll_overdue(gateway, 30) == 40


def test_what_there_was_no_time_for_is_asked_for_the_next_time(run, gateway):
    overdue()
    assert polling.poll_overdue(gateway, -1) == 0
    assert polling.poll_overdue(gateway, 30) == 40
