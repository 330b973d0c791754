"""Reports at a real web server: none keeps a thread while it waits, and what was answered OK is there after kill -9."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests
from django.db import connection, transaction

from campaigns.models import DeliveryReport
from tests.calls import until_somebody_waits_for_a_lock
from tests.servers.conftest import REPOSITORY, eventually
from tests.servers.nginx import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

THREADS = 4
HEAD = "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{}\r\n\r\n"


def body(name, **more):
    report = {"messageId": name, "dlrDesc": "DELIVERED", "destaddr": "254722000000", **more}
    return json.dumps(report).encode()


@contextlib.contextmanager
def web(*options, **more):
    """A web server with few threads: its process and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--log-level", "error")]
    command += ["--blocking-threads", str(THREADS), *options, "qsms_portal.wsgi:application"]
    process = subprocess.Popen(command, env=environment(), cwd=REPOSITORY, **more)
    try:
        eventually(lambda: is_well(port), "the web server answers")
        yield process, port
    finally:
        for one in [*psutil.Process(process.pid).children(), process] if process.poll() is None else []:
            one.kill()
        process.wait(timeout=30)


def is_well(port):
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200
    return False


def opened(port, name, length=None, path="/dlr/receive/secret"):
    """A connection on which a report was posted."""
    one = socket.create_connection(("127.0.0.1", port), timeout=60)
    raw = body(name)
    one.sendall(HEAD.format(path, f"Content-Length: {length or len(raw)}").encode() + raw)
    return one


def answered(one):
    with one:
        return one.recv(4096).partition(b"\r\n\r\n")[2].decode()


def test_reports_that_wait_for_the_database_keep_no_thread():
    with web() as (_, port):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE campaigns_deliveryreport IN ACCESS EXCLUSIVE MODE")
            waiting = [opened(port, f"{number}") for number in range(5 * THREADS)]
            assert is_well(port)
            until_somebody_waits_for_a_lock()
            assert is_well(port)
            for one in waiting:
                one.setblocking(False)
                with pytest.raises(BlockingIOError):
                    one.recv(1)
                one.settimeout(60)
        assert [answered(one) for one in waiting] == [f"OK;{number};DELIVERED;" for number in range(5 * THREADS)]
    assert DeliveryReport.objects.count() == 5 * THREADS


def test_bodies_that_do_not_come_hold_up_nobody_while_there_are_threads():
    with web() as (_, port):
        halves = [opened(port, "half", length=500) for _ in range(THREADS - 1)]
        assert [answered(opened(port, f"{number}")) for number in range(20)][-1] == "OK;19;DELIVERED;"
        assert is_well(port)
        for one in halves:
            one.shutdown(socket.SHUT_WR)
            one.close()


def test_the_view_and_the_plain_way_answer_the_same_bytes():
    def said(raw, framing, path="/dlr/receive/secret"):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
            one.sendall(HEAD.format(path, framing).encode() + raw)
            lines = one.recv(4096).split(b"\r\n")
        return [line for line in lines if not line.startswith(b"date:")]

    plain, odd = body("1"), body("1", tat=6.5)
    with web() as (_, port):
        by_the_view = said(odd, f"Content-Length: {len(odd)}")
        assert said(plain, f"Content-Length: {len(plain)}") == by_the_view
        pieces = f"{len(plain):x}\r\n".encode() + plain + b"\r\n0\r\n\r\n"
        assert said(pieces, "Transfer-Encoding: chunked") == by_the_view
        assert by_the_view[0] == b"HTTP/1.1 200 OK"
    assert DeliveryReport.objects.count() == 3


def test_who_lets_granian_log_requests_finds_the_reports_in_its_log(tmp_path):
    log = tmp_path / "log"
    with log.open("w") as out, web("--access-log", "--log-level", "info", stdout=out, stderr=out) as (_, port):
        assert answered(opened(port, "1")) == "OK;1;DELIVERED;"
        eventually(lambda: "POST /dlr/receive/" in log.read_text(), "the report is in the log")


def test_what_was_answered_ok_is_there_after_the_web_server_was_killed():
    said_ok = []

    def post_on(part, port):
        with requests.Session() as session, contextlib.suppress(requests.RequestException):
            for number in range(100_000):
                name = f"{part}-{number}"
                answer = session.post(f"http://127.0.0.1:{port}/dlr/receive/secret", body(name), timeout=60)
                if answer.text.startswith("OK;"):
                    said_ok.append(name)

    for _ in range(3):
        with web() as (process, port), ThreadPoolExecutor(16) as pool:
            before = len(said_ok)
            posting = [pool.submit(post_on, f"{port}-{part}", port) for part in range(16)]
            eventually(lambda before=before: len(said_ok) > before + 200, "reports are taken")
            for one in [*psutil.Process(process.pid).children(), process]:
                os.kill(one.pid, signal.SIGKILL)
            for one in posting:
                one.result()
    there = set(DeliveryReport.objects.values_list("gateway_id", flat=True))
    assert len(said_ok) > 600
    assert set(said_ok) <= there
