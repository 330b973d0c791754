"""Children as forks of one process that has the portal loaded: they end, die and come back as programs do."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.servers.conftest import DEADLINE, REPOSITORY, eventually, is_alive

pytestmark = pytest.mark.servers

RUN = """
import os, sys
from qsms_portal.starting.supervisor import Child, Supervisor
def noting(name, patience=0, **options):
    argv = [sys.executable, "-m", "tests.servers.noting", name, sys.argv[1], str(patience)]
    return Child(name, argv, {{**os.environ, "GREETING": name}}, **options)
def module(name, *argv, **options):
    return Child(name, [sys.executable, "-m", *argv], os.environ, **options)
sys.exit(Supervisor([{children}], sys.stdout, loaded=os.environ).run())
"""


@pytest.fixture
def supervise(data_dir):
    """Starts a supervisor of the given children (Python text), which loads the portal; gives what `Supervised` is."""
    started = []

    def start(children, **environment):
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "qsms_portal.settings", **environment}
        environment |= {"PORTAL_DATA_DIR": str(data_dir), "PYTHONPATH": str(REPOSITORY), "DATABASE_URL": ""}
        process = subprocess.Popen(
            [sys.executable, "-c", RUN.format(children=children), str(data_dir / "notes")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=REPOSITORY, env=environment,
            start_new_session=True,
        )  # fmt: skip
        limit = threading.Timer(2 * DEADLINE, process.kill)
        limit.start()
        started.append((process, limit))
        return Supervised(process, data_dir / "notes")

    yield start
    for process, limit in started:
        limit.cancel()
        if process.poll() is None:
            process.kill()
            process.communicate()


class Supervised:
    """A supervisor that runs, and what its children note."""

    def __init__(self, process, notes):
        self.process, self.notes = process, notes

    def noted(self, name, word):
        """The numbers of the processes that noted this, in turn."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        found = [line.split() for line in lines]
        return [int(pid) for one, what, pid in found if (one, what) == (name, word)]

    def until(self, name, word, times=1):
        return eventually(lambda: (found := self.noted(name, word))[times - 1 :] and found, f"{name} {word}")[-1]

    def loaded(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        (only,) = map(int, children.read_text().split())
        return only

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=DEADLINE)
        return output


def test_children_have_what_one_process_has_loaded_and_an_environment_and_a_name_of_their_own(supervise):
    portal = supervise("""noting("web"), noting("sending")""")
    web, sending = (portal.until(name, "began") for name in ("web", "sending"))
    assert portal.noted("web", "django") == [web]
    for pid, name in ((web, "web"), (sending, "sending")):
        parent, group = map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1:3])
        assert (parent, group) == (portal.loaded(), pid)
        assert Path(f"/proc/{pid}/comm").read_text() == f"qsms-{name}\n"
    loaded = portal.loaded()
    output = portal.stop()
    assert "web     | greetings of web" in output
    assert "sending | greetings of sending" in output
    assert portal.process.returncode == 0
    assert not any(map(is_alive, (web, sending, loaded)))


def test_who_watches_over_the_portal_has_loaded_none_of_it():
    code = """
import sys
import qsms_portal.starting.keeper
print({"django", "celery", "psycopg", "redis", "kombu", "granian"} & set(sys.modules))
"""
    said = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


def test_how_one_ends_is_said_and_it_is_started_again_alone(supervise):
    portal = supervise("""noting("web"), noting("beat"), module("odd", "nowhere.at.all")""")
    first, beat = portal.until("web", "began"), portal.until("beat", "began")
    os.kill(first, signal.SIGKILL)
    again = portal.until("web", "began", times=2)
    assert again != first
    output = portal.stop()
    assert re.search(r"web +\| ended \(killed by SIGKILL\); starting it again in 1 s\.", output)
    assert re.search(r"odd +\| .*No module named 'nowhere'", output)
    assert re.search(r"odd +\| ended \(exit status 1\); starting it again in 1 s\.", output)
    assert portal.noted("beat", "began") == [beat]


def test_all_come_back_when_the_loaded_process_dies_and_each_is_told_once(supervise):
    portal = supervise("""noting("web"), noting("sending", 1)""")
    before = [portal.until(name, "began") for name in ("web", "sending")]
    loaded = portal.loaded()
    os.kill(loaded, signal.SIGKILL)
    after = [portal.until(name, "began", times=2) for name in ("web", "sending")]
    assert not set(before) & set(after)
    assert portal.loaded() != loaded
    # A second request would cut short what it still does.
    assert portal.noted("sending", "SIGTERM") == portal.noted("sending", "ended") == [before[1]]
    portal.stop()
    assert not any(map(is_alive, after))


def test_an_orphan_that_does_not_end_is_ended_by_force(supervise):
    portal = supervise("""noting("web", 600, stop_timeout=0.5)""")
    pid = portal.until("web", "began")
    os.kill(portal.loaded(), signal.SIGKILL)
    portal.until("web", "began", times=2)
    assert not is_alive(pid)
    assert "did not stop in time and is ended by force" in portal.stop()


def test_kill_9_of_who_watches_leaves_nobody(supervise):
    portal = supervise("""noting("web"), noting("sending")""")
    pids = [portal.until(name, "began") for name in ("web", "sending")] + [portal.loaded()]
    portal.process.kill()
    portal.process.communicate()
    eventually(lambda: not any(map(is_alive, pids)), "all are gone")


def test_what_keeps_the_portal_from_loading_is_said_and_tried_again(supervise):
    portal = supervise("""noting("web")""", QSMS_BATCH_SIZE="abc")
    lines = []
    eventually(lambda: lines.append(portal.process.stdout.readline()) or "again in 2 s" in lines[-1], "two tries")
    said = "".join([*lines, portal.stop()])
    assert "loaded | QSMS_BATCH_SIZE is “abc”." in said
    assert "web    | ended (with the process that has the portal loaded); starting it again in 1 s." in said
    assert not portal.noted("web", "began")
