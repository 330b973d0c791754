"""The supervisor with real processes: what it prints, restarts and stops, and that nothing is left of it."""

import os
import signal
import subprocess
import time

import pytest

from tests.servers.conftest import REPOSITORY, eventually, is_alive
from tests.servers.supervised import supervising

pytestmark = pytest.mark.servers

NOTING = (REPOSITORY / "tests/servers/noting.py").read_text()

RUN = """
import os, signal, sys
from qsms_portal.starting.supervisor import Child, Supervisor
NOTES, NOTING = sys.argv[1], {noting!r}
def noting(name, patience=0, **options):
    return Child(name, [sys.executable, "-c", NOTING, name, NOTES, str(patience)], os.environ, **options)
def python(name, code, **options):
    return Child(name, [sys.executable, "-uc", code, NOTES, NOTING], os.environ, **options)
def say_ready():
    print("all ready", flush=True)
sys.exit(Supervisor([{children}], sys.stdout, say_ready).run())
"""


@pytest.fixture
def supervise(tmp_path):
    """Starts a supervisor of the given children; gives what `Supervised` is."""
    with supervising(RUN, tmp_path / "notes", noting=NOTING) as start:
        yield start


def test_each_line_carries_the_name_of_its_process(supervise):
    portal = supervise(
        """python("web", "print('one'); print('x' * 200000); import sys; sys.stdout.write('no end')", restart=False),
        noting("sending")"""
    )
    lines = portal.ended().splitlines()
    assert "web     | one" in lines
    assert "web     | " + "x" * 200000 in lines
    assert "web     | no end" in lines
    assert portal.process.returncode == 1


def test_a_child_that_dies_is_started_again_after_longer_and_longer_waits(supervise):
    portal = supervise(
        """python("web", "import sys, time; open(sys.argv[1], 'a').write(f'web {time.time()} 0\\\\n'); sys.exit(3)"),
        noting("sending")"""
    )
    eventually(lambda: len([1 for name, *_ in portal.events() if name == "web"]) >= 3, "three starts")
    portal.until("sending", "began")
    output = portal.stop()
    assert "web     | ended (exit status 3); starting it again in 1 s." in output
    assert "web     | ended (exit status 3); starting it again in 2 s." in output
    times = [float(when) for name, when, _ in portal.events() if name == "web"]
    assert 1 <= times[1] - times[0] < times[2] - times[1]
    assert [what for name, what, _ in portal.events() if name == "sending"] == ["began", "SIGTERM", "ended"]
    assert portal.process.returncode == 0


def test_children_stop_stage_by_stage_and_ctrl_c_reaches_only_the_supervisor(supervise):
    portal = supervise(
        """noting("gateway", stop_stage=2), noting("sending", 0.5, stop_stage=1), noting("work", 0.5, stop_stage=1),
        noting("web", 0.5)"""
    )
    for name in ("gateway", "sending", "work", "web"):
        portal.until(name, "began")
    os.killpg(portal.process.pid, signal.SIGINT)
    portal.ended()
    events = [(name, what) for name, what, _ in portal.events() if what != "began"]
    assert not [name for name, what in events if what == "SIGINT"]
    assert events.index(("web", "ended")) < events.index(("sending", "SIGTERM"))
    assert events.index(("work", "SIGTERM")) < events.index(("sending", "ended"))
    assert events.index(("sending", "ended")) < events.index(("gateway", "SIGTERM"))
    assert events.index(("work", "ended")) < events.index(("gateway", "SIGTERM"))


def test_the_stop_signal_goes_to_the_main_process_and_to_the_group_only_where_asked(supervise):
    family = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: ({last_act}, sys.exit()))
child = subprocess.Popen([sys.executable, "-c", sys.argv[2], {name!r}, sys.argv[1], "0"])
signal.pause()
"""
    both = [
        f"python('{name}', {family.format(name=name + '-child', last_act=last_act)!r}, signal_group={group})"
        for name, last_act, group in (("alone", None, False), ("group", "child.wait()", True))
    ]
    portal = supervise(", ".join(both))
    pids = [portal.until(f"{name}-child", "began") for name in ("alone", "group")]
    portal.stop()
    assert ("group-child", "SIGTERM") in [(name, what) for name, what, _ in portal.events()]
    assert ("alone-child", "SIGTERM") not in [(name, what) for name, what, _ in portal.events()]
    assert not any(is_alive(pid) for pid in pids)


def test_a_child_that_does_not_stop_in_time_is_ended_by_force(supervise):
    portal = supervise("""noting("web", 600, stop_timeout=0.5)""")
    pid = portal.until("web", "began")
    assert "web | did not stop in time" in portal.stop()
    assert not is_alive(pid)


def test_a_second_ctrl_c_hurries(supervise):
    portal = supervise("""noting("web", 600, stop_timeout=600), noting("work", 600, stop_timeout=600)""")
    pids = [portal.until(name, "began") for name in ("web", "work")]
    portal.process.send_signal(signal.SIGINT)
    portal.until("web", "SIGTERM")
    # At once it would be taken for the first one come twice, as when a terminal and a parent both pass it on.
    portal.process.send_signal(signal.SIGINT)
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        portal.process.wait(timeout=2)
    portal.process.send_signal(signal.SIGINT)
    assert "Stopping at once" in portal.ended()
    assert time.monotonic() - began < 30
    assert not any(is_alive(pid) for pid in pids)


def test_kill_9_of_the_supervisor_leaves_no_child(supervise):
    portal = supervise("""noting("web"), noting("work")""")
    pids = [portal.until(name, "began") for name in ("web", "work")]
    portal.process.kill()
    portal.ended()
    eventually(lambda: not any(is_alive(pid) for pid in pids), "the children are gone")


def test_it_is_said_once_when_all_that_can_tell_are_ready(supervise):
    portal = supervise(
        """noting("web", ready=lambda: os.path.exists(NOTES)), noting("work"),
        noting("beat", ready=lambda: os.path.exists(NOTES + ".go"))"""
    )
    portal.until("work", "began")
    portal.notes.with_name("notes.go").touch()
    assert portal.until_said("all ready") == ["all ready\n"]
    assert "all ready" not in portal.stop()


def test_a_program_that_is_not_there_is_said_and_tried_again(supervise):
    portal = supervise("""Child("web", ["/nowhere/at/all"], os.environ), noting("work")""")
    portal.until("work", "began")
    lines = portal.until_said("starting it again in 2 s")
    portal.stop()
    assert "No such file or directory" in lines[0]


def test_a_child_is_started_again_though_processes_of_its_own_outlive_it(supervise):
    """As a worker's pool may: they hold its output open, and would run on beside the pool of its successor."""
    portal = supervise(
        '''python("work", """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[2], "pool", sys.argv[1], "0"])
while "pool began" not in open(sys.argv[1], "a+").read() + open(sys.argv[1]).read():
    time.sleep(0.02)
sys.exit(3)
""")'''
    )
    orphan = portal.until("pool", "began")
    portal.until_said("starting it again in 1 s")
    eventually(lambda: not is_alive(orphan), "what the first one left is gone")
    portal.stop()
