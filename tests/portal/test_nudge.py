"""Asking the queue: over one connection a thread, which is made anew where the queue was away."""

from kombu import Connection

from lib import nudge
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis


def test_the_queue_is_asked_over_one_connection_and_after_it_was_away_over_a_new_one(monkeypatch):
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("work")
    away = Connection("redis://127.0.0.1:1/", transport_options=nudge.TIMEOUTS, connect_timeout=2)
    monkeypatch.setattr(nudge._local, "connection", away, raising=False)
    assert nudge.queued("work") == 1_000_000
    assert nudge.queued("work") == 0
    kept = nudge._local.connection
    assert nudge.queued("work") == 0
    assert nudge._local.connection is kept
