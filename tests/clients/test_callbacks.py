"""Callbacks: each client knows which are the portal's, and each example receiver takes those alone."""

import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time

import pytest

from tests.clients.interpreters import CLIENTS, environment, ran

SECRET = "a secret, as long as it likes"
NOW = 1_790_000_000
EVENT = {
    "messageId": "75", "dlrTime": "2024-09-25 20:24:18", "dlrStatus": "1", "dlrDesc": "DeliveredToTerminal", "tat": 6,
    "network": "", "destaddr": "254722322095", "sourceaddr": "533", "origin": "Safaricom", "client_ref": "001A – ü",
    "reason": "",
}  # fmt: skip
BODY = json.dumps(EVENT, ensure_ascii=False)


def digest(time, body=BODY, secret=SECRET):
    return hmac.new(secret.encode(), f"{time}.{body}".encode(), hashlib.sha256).hexdigest()


GOOD = digest(NOW)
OTHER = digest(NOW, secret="another")


@pytest.mark.parametrize(
    ("header", "is_good"),
    [
        (f"t={NOW},v1={GOOD}", True),
        (f"t={NOW}, v1={GOOD}", True),
        (f"t={NOW},v1={OTHER},v1={GOOD}", True),
        (f"t={NOW},v1={GOOD},v1={OTHER}", True),
        (f"t={NOW},v1={GOOD},v2=later", True),
        (f"t={NOW - 300},v1={digest(NOW - 300)}", True),
        (f"t={NOW + 300},v1={digest(NOW + 300)}", True),
        (f"t={NOW - 301},v1={digest(NOW - 301)}", False),
        (f"t={NOW + 301},v1={digest(NOW + 301)}", False),
        (f"t={NOW + 1},v1={GOOD}", False),
        (f"t={NOW},v1={OTHER}", False),
        (f"t={NOW},v1={GOOD[:-1]}", False),
        (f"t={NOW},v1={GOOD}0", False),
        (f"t={NOW},v0={GOOD}", False),
        (f"t={NOW},v1=", False),
        (f"t={NOW},v1", False),
        (f"t={NOW},t={NOW + 1},v1={GOOD}", False),
        (f"t={NOW + 1},t={NOW},v1={GOOD}", False),
        (f"v1={GOOD}", False),
        (f"t=,v1={GOOD}", False),
        (f"t=-{NOW},v1={GOOD}", False),
        (f"t=1{NOW}000000000,v1={GOOD}", False),
        (f"t=²,v1={GOOD}", False),
        ("t", False),
        (",,=,", False),
        ("", False),
    ],
)
def test_a_signature_is_the_portals_or_is_not(driver, header, is_good):
    asked = {"header": header, "body": BODY, "secret": SECRET, "tolerance": 300, "now": NOW}
    assert driver.ask("verify", "", **asked) is is_good


def test_the_tolerance_is_the_callers(driver):
    asked = {"header": f"t={NOW - 500},v1={digest(NOW - 500)}", "body": BODY, "secret": SECRET, "now": NOW}
    assert driver.ask("verify", "", **asked, tolerance=600) is True
    assert driver.ask("verify", "", **asked, tolerance=499) is False


def test_without_a_secret_nothing_is_the_portals(driver):
    """Where a variable was forgotten, everybody could sign with what is there: nothing."""
    asked = {"header": f"t={NOW},v1={digest(NOW, secret='')}", "body": BODY, "tolerance": 300, "now": NOW}
    assert driver.ask("verify", "", **asked, secret="") is False


@pytest.mark.parametrize("changed", [BODY + " ", BODY.replace("75", "76"), ""])
def test_a_body_that_was_changed_is_seen(driver, changed):
    asked = {"header": f"t={NOW},v1={GOOD}", "body": changed, "secret": SECRET, "tolerance": 300, "now": NOW}
    assert driver.ask("verify", "", **asked) is False


def command_of(language, port, workshop):
    folder = CLIENTS / language
    if language == "go":
        ran(["go", "build", "-o", str(workshop / "receiver"), "./receiver"], "go", workshop, cwd=folder)
        return [str(workshop / "receiver")]
    return {
        "python": [sys.executable, str(folder / "receiver.py")],
        "node": ["node", str(folder / "receiver.mjs")],
        "php": ["php", "-q", "-S", f"127.0.0.1:{port}", str(folder / "receiver.php")],
        "ruby": ["ruby", "-w", str(folder / "receiver.rb")],
    }[language]


@pytest.fixture
def receiver(language, workshop):
    """The example receiver as a process, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {**environment(language, workshop), "PORT": str(port), "CALLBACK_SECRET": SECRET}
    process = subprocess.Popen(
        command_of(language, port, workshop), env=own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.02)
    yield process, port
    process.terminate()
    process.wait(10)
    process.stdout.close()


def post(port, header, body=BODY):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/callbacks", body.encode(), {"QSMS-Signature": header})
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_receiver_takes_what_is_signed_and_nothing_else(receiver):
    process, port = receiver
    now = int(time.time())
    assert post(port, f"t={now},v1={digest(now)}", BODY + " ") == 403
    assert post(port, f"t={now - 3600},v1={digest(now - 3600)}") == 403
    assert post(port, f"t={now},v1={digest(now, secret='another')}") == 403
    assert post(port, f"t={now},v1={digest(now, secret='another')},v1={digest(now)}") == 204
    assert process.stdout.readline() == "75 DeliveredToTerminal 001A – ü\n"
