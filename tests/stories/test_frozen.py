"""A worker that stands still between its claim and its write, and one whose commits are not answered."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import planning, sending
from campaigns.actions import resolve
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.ledger.tallies import totals
from campaigns.maintenance import end_leases, start_runs
from campaigns.models import Batch, Campaign, Gate, Message
from tests.makers import make_campaign, make_group, make_run
from tests.servers.conftest import REPOSITORY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

WORKER = """
import django, os, sys; django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["NAME"]
if os.environ.get("SOCKET"):
    settings.DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
    settings.DATABASES["default"]["HOST"] = os.environ["SOCKET"]
    settings.DATABASES["default"].setdefault("OPTIONS", {}).pop("host", None)
from campaigns import sending
from campaigns.gateway.client import Gateway
print("ready", flush=True)
sending.send_while_there_is_work(Gateway(sys.argv[1], sys.argv[1], "k", connect_timeout=1, read_timeout=8), 15)
"""


@pytest.fixture
def simulator():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def run():
    run = make_run(make_campaign(make_group(contacts=200), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
    return run


def worker(url, **environment):
    named = {"DJANGO_SETTINGS_MODULE": "tests.settings", "NAME": connection.settings_dict["NAME"], **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, url],
        cwd=REPOSITORY,
        env={**os.environ, **named},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def eventually(happened):
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def taken(simulator):
    return Counter(one["mobile"] for one in simulator.ledger())


def test_a_frozen_worker_that_wakes_after_a_person_sent_again_changes_nothing(simulator, run):
    simulator.behave(latency=[1.5, 1.5], reports={"lost": 1.0})
    frozen = worker(simulator.url)
    eventually(lambda: Batch.objects.filter(status="sending", posted_at__isnull=False).exists())
    os.kill(frozen.pid, signal.SIGSTOP)
    eventually(lambda: len(simulator.ledger()) == 100)
    Batch.objects.filter(status="sending").update(lease_until=timezone.now() - timedelta(seconds=1))
    end_leases.end_leases()
    assert totals(run).counts["uncertain"] == 100
    Gate.objects.update(doubt_clock=10_000)
    simulator.behave()
    assert resolve.resend_uncertain(run.campaign) == 100
    sending.send_while_there_is_work(Gateway(simulator.url, simulator.url, "k"), seconds=20)
    before = list(Message.objects.order_by("pk").values_list("pk", "status", "attempt", "gateway_id"))
    os.kill(frozen.pid, signal.SIGCONT)
    frozen.wait(timeout=60)
    assert list(Message.objects.order_by("pk").values_list("pk", "status", "attempt", "gateway_id")) == before
    assert totals(run).counts["accepted"] == 200
    again = set(Message.objects.filter(attempt=2).values_list("phone", flat=True))
    assert all(count == (2 if phone in again else 1) for phone, count in taken(simulator).items())


class Proxy:
    """Between a worker and PostgreSQL's socket; at the `at`th statement of the send path it cuts the line.

    `answer`: the statement got through, and only its answer is lost. Else it never arrives.
    """

    WATCHED = (b"campaigns_claim_next", b"SET posted_at", b"campaigns_settle_attempt")

    def __init__(self, folder, server, watched, *, answer):
        self.path = str(folder)
        self.server, self.watched, self.answer = server, watched, answer
        self.left = 1
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(f"{folder}/.s.PGSQL.5432")
        self.listening.listen(20)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                inside, _ = self.listening.accept()
            except OSError:
                return
            outside = socket.socket(socket.AF_UNIX)
            outside.connect(self.server)
            cut = threading.Event()
            threading.Thread(target=self.forth, args=[inside, outside, cut], daemon=True).start()
            threading.Thread(target=self.back, args=[inside, outside, cut], daemon=True).start()

    def forth(self, inside, outside, cut):
        while data := self.read(inside):
            if self.watched in data and self.left:
                self.left -= 1
                cut.set()
                if not self.answer:
                    break
            outside.sendall(data)
        self.close(inside, outside, keep=cut.is_set() and self.answer)

    def back(self, inside, outside, cut):
        while data := self.read(outside):
            if cut.is_set():
                break
            inside.sendall(data)
        self.close(inside, outside)

    def read(self, one):
        try:
            return one.recv(1 << 20)
        except OSError:
            return b""

    def close(self, *ends, keep=False):
        if not keep:
            for end in ends:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


@pytest.mark.parametrize("answer", [True, False], ids=["its answer is lost", "it never arrives"])
@pytest.mark.parametrize("watched", Proxy.WATCHED, ids=["claim", "mark", "settle"])
def test_a_statement_of_the_send_path_that_breaks_sends_nothing_twice(
    simulator, run, tmp_path_factory, watched, answer
):
    simulator.behave(reports={"lost": 1.0})
    connection.ensure_connection()
    folder = tmp_path_factory.mktemp("p")
    proxy = Proxy(folder, f"{connection.get_connection_params()['host']}/.s.PGSQL.5432", watched, answer=answer)
    # What is not prepared has its text in each message, for the proxy to see.
    process = worker(simulator.url, SOCKET=str(folder), DATABASE_POOLER="transaction")
    process.wait(timeout=60)
    proxy.listening.close()
    assert proxy.left == 0
    # What the broken attempt left is found by its lease; what is sent again by itself was surely not sent.
    Batch.objects.filter(status="sending").update(lease_until=timezone.now() - timedelta(seconds=1))
    end_leases.end_leases()
    Batch.objects.filter(status="ready").update(not_before=timezone.now())
    sending.send_while_there_is_work(Gateway(simulator.url, simulator.url, "k"), seconds=20)
    told, posted = totals(run).counts, taken(simulator)
    assert all(count == 1 for count in posted.values())
    known = set(Message.objects.filter(status="accepted").values_list("phone", flat=True))
    assert known <= set(posted)
    # An answer in hand is written again until it is taken: nothing is left in doubt.
    assert told["accepted"] == 200
