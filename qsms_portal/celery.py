"""The queue: two kinds of workers, `sending` (threads) and the rest (prefork), and what beat nudges."""

from __future__ import annotations

import os
import socket
import warnings
from contextlib import suppress
from typing import Any

from celery import Celery, signals
from celery.exceptions import SecurityWarning
from kombu import Exchange, Queue

from qsms_portal.checks import refuse_bad_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qsms_portal.settings")
# Celery runs all of Django's checks when it starts, and looks at no answer; ours are below.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# As root it warns of pickled tasks; ours are JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("qsms_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# `-Q sending` and `-X sending` choose among these. Each has its own exchange and key: with the default ones, which
# they would share, every task would be put into every queue.
QUEUES = ("work", "sending", "planning", "reports", "callbacks", "uploads", "tick")
app.conf.task_queues = [Queue(name, Exchange(name, type="direct"), routing_key=name) for name in QUEUES]
app.conf.task_routes = {
    "campaigns.tasks.send_next": {"queue": "sending"},
    "campaigns.tasks.plan_run": {"queue": "planning"},
    "campaigns.tasks.apply_reports": {"queue": "reports"},
    "campaigns.tasks.post_callbacks": {"queue": "callbacks"},
    "campaigns.tasks.tick": {"queue": "tick"},
    "campaigns.tasks.write_export": {"queue": "uploads"},
    "contacts.tasks.*": {"queue": "uploads"},
}
app.conf.beat_schedule = {
    "tick": {"task": "campaigns.tasks.tick", "schedule": 3.0, "options": {"expires": 3}},
    "apply-reports": {
        "task": "campaigns.tasks.apply_reports",
        "schedule": 1.0,
        "options": {"expires": 2},
    },
    "poll-overdue": {"task": "campaigns.tasks.poll_overdue", "schedule": 60.0, "options": {"expires": 50}},
    "keep-house": {"task": "campaigns.tasks.keep_house", "schedule": 3600.0, "options": {"expires": 3000}},
    "back-up": {"task": "qsms_portal.tasks.back_up", "schedule": 3600.0, "options": {"expires": 3000}},
    "bound-logs": {"task": "qsms_portal.tasks.bound_logs", "schedule": 3600.0, "options": {"expires": 3000}},
    "forget-sessions": {
        "task": "accounts.tasks.forget_ended_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "ask-balance": {"task": "campaigns.tasks.ask_balance", "schedule": 300.0, "options": {"expires": 60}},
}
app.autodiscover_tasks()
# Sent by workers and beat as they start.
signals.import_modules.connect(refuse_bad_settings, sender=app)


@signals.worker_ready.connect
def tell_ready(**_kwargs: Any) -> None:
    """Tell whoever started this worker that it takes tasks, as systemd and `up` want to know it. See sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as told, suppress(OSError):
        told.sendto(b"READY=1", address.replace("@", "\0", 1))
