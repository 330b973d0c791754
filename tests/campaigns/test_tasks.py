"""The journey as tasks: what one of them finds, it nudges."""

import pytest
from django.core.cache import cache
from django.db.models import Count, F
from django.utils import timezone
from kombu import Connection

from campaigns import delivery, tasks
from campaigns.ledger import counted
from campaigns.models import Callback, DeliveryReport
from lib.nudge import queued
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.calls import (
    begin_call,
    end_call,
    make_sending_run,
    report,
)
from tests.makers import make_sender
from tests.receiving import Receiver, make_told_key, queue_text

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_tick_nudges_the_applier_once_when_reports_are_left_lying():
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("reports")
    tasks.tick()
    assert queued("reports") == 0
    make_sending_run(contacts=1)
    delivery.store([report(one) for one in end_call(begin_call(), accepted=1)])
    assert delivery.reports_wait()
    # Beat has the applier come for it within the second.
    tasks.tick()
    assert queued("reports") == 0
    DeliveryReport.objects.update(received_at=F("received_at") - tasks.APPLIER_IS_LATE)
    tasks.tick()
    tasks.tick()
    assert queued("reports") == 1
    tasks.apply_reports()
    assert not delivery.reports_wait()


def test_the_tick_nudges_whoever_posts_callbacks_once_when_something_is_due(settings):
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("callbacks")
    tasks.tick()
    assert queued("callbacks") == 0
    settings.CALLBACK_PRIVATE_HOSTS = ["127.0.0.1"]
    with Receiver() as receiver:
        key = make_told_key(receiver.url)[0]
        message = queue_text(key, make_sender())
        Callback.objects.create(api_key=key, message=message.pk, event="skipped")
        tasks.tick()
        tasks.tick()
        assert queued("callbacks") == 1
        tasks.post_callbacks()
        assert [posted.event for posted in receiver.posted] == ["skipped"]


def test_reports_that_were_applied_nudge_whoever_posts_callbacks(settings):
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("callbacks")
    settings.CALLBACK_PRIVATE_HOSTS = ["127.0.0.1"]
    queue_text(make_told_key("http://127.0.0.1:1/")[0], make_sender())
    delivery.store([report(one) for one in end_call(begin_call(), accepted=1)])
    tasks.apply_reports()
    assert queued("callbacks") == 1


def test_the_applier_goes_on_while_bulks_are_full_and_leaves_the_rest_to_the_next_second(monkeypatch):
    make_sending_run(contacts=5)
    messages = end_call(begin_call(), accepted=5)
    apply_waiting = delivery.apply_waiting

    def apply_two_and_one_comes():
        looked_at = apply_waiting(limit=2)
        delivery.store([report(messages[4])])
        return looked_at

    monkeypatch.setattr(delivery, "BULK", 2)
    monkeypatch.setattr(delivery, "apply_waiting", apply_two_and_one_comes)
    delivery.store([report(one) for one in messages[:2]])
    tasks.apply_reports()
    # Two, then the one that came meanwhile; the next that came waits.
    assert dict(DeliveryReport.objects.values_list("state").annotate(Count("id"))) == {"applied": 3, "new": 1}


def test_what_changes_again_and_again_is_counted_every_few_seconds():
    make_sending_run(contacts=1)
    end_call(begin_call(), accepted=1)
    cache.clear()
    for noted, is_time in ((None, True), (timezone.now(), False), (timezone.now() - counted.COUNTED_EVERY, True)):
        if noted:
            counted.note_counted(noted)
        assert counted.is_time(timezone.now()) == is_time
        ensure_redis()
        with Connection(app.conf.broker_url) as connection:
            connection.default_channel.client.delete("work")
        tasks.keep_figures_counted()
        assert queued("work") == is_time
