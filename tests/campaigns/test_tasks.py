"""The journey as tasks: what one of them finds, it nudges."""

import pytest
from kombu import Connection

from campaigns import delivery, tasks
from lib.nudge import queued
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.calls import (
    begin_call,
    end_call,
    make_sending_run,
    report,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_tick_nudges_the_applier_once_when_reports_wait():
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("reports")
    tasks.tick()
    assert queued("reports") == 0
    make_sending_run(contacts=1)
    delivery.store([report(one) for one in end_call(begin_call(), accepted=1)])
    tasks.tick()
    tasks.tick()
    assert queued("reports") == 1
    tasks.apply_reports()
    assert not delivery.reports_wait()
