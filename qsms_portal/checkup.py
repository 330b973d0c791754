"""What `manage.py doctor` looks at: each part by itself, so that one that is broken hides no other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import redis
from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as QueueError

from campaigns import sending
from campaigns.gateway.errors import GatewayError
from campaigns.ledger.counted import counted_until, how_many_wait
from campaigns.models import Callback, CallbackPoster, CallbackReceiver, DeliveryReport, Gate, Reply, Run, Sender
from campaigns.sending import balance
from lib import room
from lib.commands import missing_migrations
from qsms_portal import backups, checks
from qsms_portal.celery import QUEUES, app
from qsms_portal.health import writable_folders
from qsms_portal.version import version

TICK_IS_OLD = timedelta(seconds=30)
REPORTS_ARE_OLD = timedelta(minutes=2)
REPLIES_ARE_OLD = timedelta(minutes=2)
CALLBACKS_ARE_OLD = timedelta(minutes=2)
FIGURES_ARE_OLD = timedelta(minutes=5)
CLOCKS_DIFFER = 2.0
# The largest upload, and what reading it takes beside it.
TOO_LITTLE_ROOM = 512 << 20
LITTLE_ROOM = 4 << 30


class State(Enum):
    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    state: State
    part: str
    words: str


def findings() -> Iterator[Finding]:
    """One finding or more a part. A part that cannot be asked is a failure."""
    for part, look in PARTS.items():
        try:
            for state, words in look():
                yield Finding(state, part, words)
        except Gate.DoesNotExist:
            yield Finding(State.FAIL, part, "the database was restored and is stopped: run manage.py migrate")
        except (DatabaseError, redis.RedisError, QueueError, OSError) as error:
            yield Finding(State.FAIL, part, f"does not answer: {type(error).__name__}")


Found = Iterator[tuple[State, str]]


def _portal() -> Found:
    yield State.OK, f"version {version()}"


def _settings() -> Found:
    """What the checks say of them; with a database of one's own also what they say of a portal in production."""
    found = run_checks(tags=[checks.TAG], include_deployment_checks=not settings.EMBEDDED_DATABASE)
    for one in found:
        yield (State.FAIL if one.is_serious() else State.WARN), checks.as_sentences(one)
    if not found:
        yield State.OK, "can all be meant"


def _database() -> Found:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), "
            "current_setting('synchronous_commit'), extract(epoch FROM clock_timestamp())"
        )
        version, fsync, commit, at = cursor.fetchone()
    yield State.OK, f"PostgreSQL {version} answers"
    if fsync != "on" or commit not in ("on", "remote_write", "remote_apply"):
        yield State.FAIL, f"fsync is {fsync} and synchronous_commit {commit}: what it confirms could be lost"
    if abs(float(at) - timezone.now().timestamp()) > CLOCKS_DIFFER:
        yield State.WARN, "its clock and this computer's differ by more than two seconds"
    if missing := missing_migrations():
        yield State.FAIL, f"{missing} migrations are missing: run manage.py migrate"


def _backups() -> Found:
    if not settings.EMBEDDED_DATABASE:
        yield State.OK, "are the business of whoever runs the database"
    elif not settings.BACKUPS_KEPT:
        yield State.WARN, "none is written: BACKUPS_KEPT is 0"
    elif (age := backups.age_of_last_backup(timezone.now())) is None:
        yield State.WARN, "none was written yet; the first comes within an hour of the start"
    else:
        hours = age.total_seconds() / 3600
        yield (State.OK if age < backups.OLD else State.FAIL), f"the last was written {hours:.0f} hours ago"


def _disk() -> Found:
    """Room left where files are kept, each disk once; the database is asked before, and so is known where it is."""
    folders = dict(writable_folders())
    if room.ballast is not None:
        folders["database"] = room.ballast.parent
    for name, folder in folders.items():
        free = shutil.disk_usage(folder).free
        state = State.FAIL if free < TOO_LITTLE_ROOM else State.WARN if free < LITTLE_ROOM else State.OK
        yield state, f"{free / (1 << 30):,.1f} GB left for the {name.replace('_', ' ')}"
    if room.ballast is not None and not room.ballast.exists():
        yield State.WARN, "no room is kept for the emergency stop: it is, once half a gigabyte is free"


def _redis() -> Found:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()
    yield State.OK, "answers"


def _workers() -> Found:
    queues = {queue["name"] for one in (app.control.inspect(timeout=2).active_queues() or {}).values() for queue in one}
    for queue in QUEUES:
        if queue not in queues:
            yield State.FAIL, f"nobody works on the queue {queue}"
    if queues:
        yield State.OK, f"work on {', '.join(sorted(queues))}"


def _beat() -> Found:
    at = Gate.objects.get(pk=1).ticked_at
    if at is None or timezone.now() - at > TICK_IS_OLD:
        yield State.FAIL, f"the last tick was {at or 'never'}: start celery beat and a worker for the queue tick"
    else:
        yield State.OK, "ticks"


def _gateway() -> Found:
    if settings.PRACTICE:
        yield State.FAIL, "practice mode: no text leaves this computer"
    gateway = sending.gateway_from_settings()
    if gateway is None:
        yield State.FAIL, "no gateway is set: give QSMS_BASE_URL and QSMS_API_KEY"
        return
    try:
        answer = balance.ask_or_raise(gateway)
    except GatewayError as error:
        yield State.FAIL, f"{settings.QSMS_BASE_URL} does not answer as it should: {error}"
        return
    yield State.OK, f"{settings.QSMS_BASE_URL} knows the key …{settings.QSMS_API_KEY[-4:]}; KES {answer.balance_kes}"
    if not Sender.objects.filter(archived_at=None).exists():
        yield State.FAIL, "there is no sender ID"


def _reports() -> Found:
    if not settings.QSMS_DLR_TOKENS:
        yield State.FAIL, "QSMS_DLR_TOKEN is not set: no report can come in"
        return
    address = f"{settings.PUBLIC_URL}/dlr/receive/…{settings.QSMS_DLR_TOKENS[0][-4:]}"
    yield (State.OK if settings.SECURE else State.WARN), f"give the gateway {address}"
    old = DeliveryReport.objects.filter(state="new", received_at__lt=timezone.now() - REPORTS_ARE_OLD)
    if old.exists():
        yield State.FAIL, "reports are received and not applied"


def _replies() -> Found:
    if Reply.objects.new().filter(received_at__lt=timezone.now() - REPLIES_ARE_OLD).exists():
        yield State.FAIL, "are received and not in the inbox: start celery beat and a worker for the queue work"
    else:
        yield State.OK, "are in the inbox as they come"


def _callbacks() -> Found:
    """Whether somebody posts them, and who takes none; what is due and rests is the receiver's business."""
    now = timezone.now()
    failing = CallbackReceiver.objects.filter(failing_since__lt=now - CALLBACKS_ARE_OLD)
    for one in failing.select_related("api_key").order_by("failing_since"):
        yield State.WARN, f"the address of the key {one.api_key.name} has taken nothing since {one.failing_since}"
    given_up = Callback.objects.filter(status="given_up", at__gt=now - timedelta(days=7)).count()
    if given_up:
        yield State.WARN, f"{given_up} of the last week were given up: send them again from the key's page"
    due = Callback.objects.filter(status="pending", next_try_at__lt=now - CALLBACKS_ARE_OLD)
    stands_still = due.exclude(api_key__in=CallbackReceiver.objects.values("api_key")).exists()
    if stands_still and not CallbackPoster.objects.filter(until__gt=now - CALLBACKS_ARE_OLD).exists():
        yield State.FAIL, "are due and nobody posts them: start a worker for the queue callbacks"
    elif stands_still:
        yield State.WARN, "come faster than they are posted"
    elif not given_up and not failing:
        yield State.OK, "are posted as they come"


def _figures() -> Found:
    """Whether reports keep up with what changes."""
    until = counted_until()
    if until is None or timezone.now() - until < FIGURES_ARE_OLD:
        yield State.OK, "are counted as texts change"
    else:
        yield State.WARN, f"{how_many_wait():,} batches changed and are not counted: reports are as of {until}"


def _sending() -> Found:
    gate = Gate.objects.get(pk=1)
    if gate.stopped_at:
        yield State.FAIL, f"the emergency stop is on, by {gate.stopped_by}: {gate.stop_reason}"
    if gate.halted_at:
        yield State.FAIL, f"halted: {gate.halt_reason}"
    if gate.trips:
        yield State.WARN, "the gateway did not answer well; sending rests"
    if halted := Run.objects.filter(status=Run.Status.HALTED).count():
        yield State.WARN, f"{halted} runs wait for Resume"
    if not (gate.stopped_at or gate.halted_at):
        yield State.OK, "may go out"


PARTS: dict[str, Callable[[], Found]] = {
    "portal": _portal,
    "settings": _settings,
    "database": _database,
    "disk": _disk,
    "backups": _backups,
    "redis": _redis,
    "workers": _workers,
    "beat": _beat,
    "gateway": _gateway,
    "delivery reports": _reports,
    "replies": _replies,
    "callbacks": _callbacks,
    "figures of reports": _figures,
    "sending": _sending,
}
