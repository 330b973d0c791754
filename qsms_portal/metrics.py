"""`/metrics` for Prometheus: read from the database when it is asked, never a count over texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from campaigns.ledger.counted import how_many_wait
from campaigns.models import CallStatistic, Gate
from campaigns.sending.call_statistics import BUCKETS
from lib.client_address import is_listed
from lib.nudge import TIMEOUTS
from qsms_portal.celery import QUEUES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Settled batches are many: only what is under way is looked at, by partial indexes.
BATCHES = (
    "SELECT status, count(*) FROM campaigns_batch WHERE status IN ('ready', 'sending', 'uncertain') GROUP BY status"
)
TEXTS = """
SELECT t.key, sum(t.value::bigint) FROM campaigns_run r JOIN campaigns_batch b ON b.run_id = r.id,
    jsonb_each_text(b.tally) t
WHERE r.status IN ('planning', 'sending', 'paused', 'halted') GROUP BY t.key
"""
RUNS = """
SELECT status, count(*) FROM campaigns_run WHERE status NOT IN ('finished', 'cancelled', 'skipped') GROUP BY status
"""
REPORTS = """
SELECT count(*) FILTER (WHERE state = 'new'), count(*) FILTER (WHERE state = 'waiting'),
    coalesce(extract(epoch FROM clock_timestamp() - min(received_at) FILTER (WHERE state = 'new')), 0),
    (SELECT coalesce(last_value, 0) FROM pg_sequences
        WHERE schemaname = current_schema()
            AND sequencename = split_part(pg_get_serial_sequence('campaigns_deliveryreport', 'id'), '.', 2))
FROM campaigns_deliveryreport WHERE state IN ('new', 'waiting')
"""
UNMAPPED = "SELECT coalesce(sum(count), 0) FROM campaigns_unmappeddescription"

REPLIES = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)
FROM campaigns_reply WHERE state = 'new'
"""
CALLBACKS = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0),
    (SELECT count(*) FROM campaigns_callback WHERE status = 'given_up'),
    (SELECT count(*) FROM campaigns_callbackreceiver WHERE rests_until > clock_timestamp())
FROM campaigns_callback WHERE status = 'pending'
"""


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for the addresses of METRICS_ALLOWED_IPS."""
    if not is_listed(request, settings.METRICS_ALLOWED_IPS):
        return HttpResponseForbidden("not allowed", content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(Portal())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE)


class Portal(Collector):
    """All figures of the portal, whichever process is asked."""

    def collect(self) -> Iterator[Metric]:
        yield from _queues()
        yield _counted("qsms_batches", "Calls of the gateway under way, to be made, or not known.", "state", BATCHES)
        yield _counted("qsms_messages", "Texts of the runs that are under way, by status.", "status", TEXTS)
        yield _counted("qsms_runs", "Runs that are not over.", "status", RUNS)
        yield from _reports()
        yield from _replies()
        yield from _callbacks()
        uncounted = "Batches that changed since reports counted them."
        yield GaugeMetricFamily("qsms_batches_uncounted", uncounted, value=float(how_many_wait()))
        yield from _calls()
        # A restored database has no gate until it is migrated, and nothing is sent.
        yield from _gate(Gate.objects.filter(pk=1).first() or Gate(stopped_at=timezone.now()))


def _counted(name: str, words: str, label: str, sql: str) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=[label])
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for value, count in cursor.fetchall():
            gauge.add_metric([value], float(count))
    return gauge


def _queues() -> Iterator[Metric]:
    depth = GaugeMetricFamily("qsms_queue_tasks", "Tasks that wait in a queue.", labels=["queue"])
    up = GaugeMetricFamily("qsms_redis_up", "Whether Redis answers.")
    timeouts = {name: TIMEOUTS[name] for name in ("socket_timeout", "socket_connect_timeout")}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **timeouts) as client:
            for queue in QUEUES:
                depth.add_metric([queue], client.llen(queue))
        up.add_metric([], 1)
    except (redis.RedisError, OSError):
        up.add_metric([], 0)
    yield depth
    yield up


def _reports() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(REPORTS)
        new, waiting, oldest, received = cursor.fetchone()
        cursor.execute(UNMAPPED)
        (unmapped,) = cursor.fetchone()
    yield CounterMetricFamily("qsms_reports_received", "Delivery reports stored.", value=float(received or 0))
    yield CounterMetricFamily(
        "qsms_reports_unmapped", "Reports with words that are in no table.", value=float(unmapped)
    )
    yield GaugeMetricFamily("qsms_reports_unapplied", "Reports not looked at yet.", value=float(new))
    yield GaugeMetricFamily("qsms_reports_waiting", "Reports whose text is not known yet.", value=float(waiting))
    yield GaugeMetricFamily("qsms_reports_oldest_seconds", "Age of the oldest not looked at.", value=float(oldest))


def _replies() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(REPLIES)
        new, oldest = map(float, cursor.fetchone())
    yield GaugeMetricFamily("qsms_replies_unfiled", "Replies that are not in the inbox yet.", value=new)
    yield GaugeMetricFamily("qsms_replies_oldest_seconds", "Age of the oldest of these.", value=oldest)


def _callbacks() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(CALLBACKS)
        pending, oldest, given_up, resting = map(float, cursor.fetchone())
    yield GaugeMetricFamily("qsms_callbacks_pending", "Callbacks that nobody has taken yet.", value=pending)
    yield GaugeMetricFamily("qsms_callbacks_oldest_seconds", "Age of the oldest of these.", value=oldest)
    yield GaugeMetricFamily("qsms_callbacks_given_up", "Callbacks that nobody took within a day.", value=given_up)
    yield GaugeMetricFamily("qsms_callback_receivers_resting", "Addresses that took nothing lately.", value=resting)


def _calls() -> Iterator[Metric]:
    histogram = HistogramMetricFamily(
        "qsms_gateway_call_seconds", "Calls of the gateway by how they ended.", labels=["outcome"]
    )
    outcomes: dict[str, dict[int, tuple[int, float]]] = {}
    for outcome, bucket, count, seconds in CallStatistic.objects.values_list(
        "outcome", "milliseconds", "count", "seconds"
    ):
        outcomes.setdefault(outcome, {})[bucket] = (count, seconds)
    for outcome, counted in sorted(outcomes.items()):
        so_far, buckets = 0, []
        for bound in (*BUCKETS, 0):
            so_far += counted.get(bound, (0, 0.0))[0]
            buckets.append((str(bound / 1000) if bound else "+Inf", float(so_far)))
        histogram.add_metric([outcome], buckets, sum(seconds for _, seconds in counted.values()))
    yield histogram


def _gate(gate: Gate) -> Iterator[Metric]:
    figures: tuple[tuple[str, str, float | Decimal | None], ...] = (
        ("qsms_tick_age_seconds", "Since the last tick.", _age(gate.ticked_at)),
        ("qsms_stopped", "Whether the emergency stop is on.", gate.stopped_at is not None),
        ("qsms_halted", "Whether the account is halted.", gate.halted_at is not None),
        ("qsms_breaker_trips", "Rests of the breaker in a row.", gate.trips),
        ("qsms_spent_today_kes", "Claimed today.", gate.spent),
        ("qsms_balance_kes", "As the gateway told it.", gate.balance),
        ("qsms_balance_age_seconds", "Since then.", _age(gate.balance_at)),
    )
    for name, words, value in figures:
        if value is not None:
            yield GaugeMetricFamily(name, words, value=float(value))


def _age(moment: datetime | None) -> float | None:
    return (timezone.now() - moment).total_seconds() if moment else None
