"""Children as forks of one process that has the portal loaded: they end, die and come back as programs do."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.conftest import REPOSITORY, eventually, is_alive
from tests.servers.supervised import supervising

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
    """Starts a supervisor of the given children, which loads the portal; gives what `Supervised` is."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "qsms_portal.settings",
        "PORTAL_DATA_DIR": str(data_dir),
        "DATABASE_URL": "",
    }
    with supervising(RUN, data_dir / "notes") as start:
        yield lambda children, **more: start(children, **environment, **more)


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
    portal.ended()
    eventually(lambda: not any(map(is_alive, pids)), "all are gone")


def test_what_keeps_the_portal_from_loading_is_said_and_tried_again(supervise):
    portal = supervise("""noting("web")""", QSMS_BATCH_SIZE="abc")
    said = "".join([*portal.until_said("again in 2 s"), portal.stop()])
    assert "loaded | QSMS_BATCH_SIZE is “abc”." in said
    assert "web    | ended (with the process that has the portal loaded); starting it again in 1 s." in said
    assert not portal.noted("web", "began")
