"""A whole portal in a folder with a long name: each kind of its processes is killed with -9, and texts go out again."""

import json
import os
import shutil
import signal
import tempfile
import urllib.request
from pathlib import Path

import pytest

from tests.journey.portal import Portal
from tests.servers.conftest import clear, eventually, is_alive, postgresql_pid, processes_of
from tests.servers.test_sharing import valkey_pid

pytestmark = pytest.mark.servers

# As `ps -e` has them, and what two of them start themselves.
KINDS = ("gateway", "sending", "work", "beat", "web", "work's own", "web's own", "loaded")


@pytest.fixture(scope="module")
def portal():
    parent = Path(tempfile.mkdtemp(prefix="qsms-", dir="/tmp"))
    parent.chmod(0o755)
    folder = parent / ("long" * 50) / "data"
    folder.parent.mkdir()
    running = Portal(folder)
    try:
        yield running
    finally:
        running.stop()
        assert not processes_of(folder)
        clear(folder)
        shutil.rmtree(parent)


@pytest.fixture(scope="module")
def key(portal):
    return portal.key()


def children(pid):
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def called(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip().removeprefix("qsms-")
    except OSError:
        return "gone"


def kinds(portal):
    """The process of each kind; those that a main process starts are called as `work's own`."""
    found = {}
    loaded = [one for one in children(portal.process.pid) if children(one)]
    for pid in (one for each in loaded for one in children(each)):
        name = called(pid)
        found[name] = pid
        found |= {f"{name}'s own": own for own in children(pid)}
    return found | ({"loaded": loaded[0]} if loaded else {})


def all_run(portal):
    return {*KINDS} <= {*kinds(portal)}


def reported(portal, key, number):
    """Whether a text to this number is sent now, and its report has come: some phones of practice are off."""

    def call(path, body=None):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = f"to {number}"
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(f"{portal.url}{path}", data, headers), timeout=10) as answer:
            return json.load(answer)

    try:
        one = call("/v1/messages", {"to": number, "message": f"greetings to {number}"})
        return call(f"/v1/messages/{one['id']}")["status"] in ("delivered", "failed")
    except OSError:
        return False


@pytest.mark.parametrize("number, kind", list(enumerate([*KINDS, "postgresql", "valkey"])))
def test_what_was_killed_comes_back(portal, key, number, kind):
    eventually(lambda: all_run(portal), "all kinds run")
    servers = {"postgresql": postgresql_pid(portal.folder), "valkey": valkey_pid(portal.folder)}
    pid = (kinds(portal) | servers)[kind]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), "it is gone")
    # What the web server's own process still takes meanwhile is sent, and its report finds nobody.
    eventually(lambda: all_run(portal) and pid != kinds(portal).get(kind), "all kinds run again")
    mobile = f"2547220001{number:02d}"
    eventually(lambda: reported(portal, key, mobile), "a text is sent and reported")
    assert [one["mobile"] for one in portal.ledger()].count(mobile) <= 1
    assert portal.process.poll() is None
