"""The processes of the worker for everything but sending: one at rest, more while tasks last, none ended over one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kombu import Connection

from qsms_portal.celery import app
from qsms_portal.embedded import addresses, ensure
from tests.servers.conftest import REPOSITORY, eventually

pytestmark = pytest.mark.servers

MOST = 3


@pytest.fixture
def worker(data_dir):
    ensure(data_dir, redis=True)
    environment = {**os.environ, "BROKER": addresses(data_dir).broker_url, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = ["celery", "-q", "-A", "tests.servers.scaling", "worker", f"--autoscale={MOST},1"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--without-gossip", "--without-mingle"],
        env=environment, cwd=REPOSITORY, start_new_session=True,
    )  # fmt: skip
    eventually(lambda: len(children(process)) == 1, "it has one process")
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children(process):
    try:
        return set(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    except FileNotFoundError:
        return set()


def give(data_dir, *seconds):
    notes = str(data_dir / "notes")
    with Connection(addresses(data_dir).broker_url) as broker:
        for each in seconds:
            app.send_task("tests.servers.scaling.last", [notes, each], queue="celery", connection=broker)


def noted(data_dir):
    notes = data_dir / "notes"
    return [tuple(line.split()) for line in notes.read_text().splitlines()] if notes.exists() else []


def test_short_tasks_that_come_together_make_no_processes(data_dir, worker):
    (only,) = children(worker)
    give(data_dir, *[0] * 20)
    eventually(lambda: len(noted(data_dir)) == 40, "all are done")
    assert {pid for pid, _ in noted(data_dir)} == {only}
    assert children(worker) == {only}


def test_a_task_does_not_wait_behind_those_that_last_and_what_they_needed_goes_again(data_dir, worker):
    give(data_dir, *[5] * (MOST - 1), 0)
    eventually(lambda: "ended" in [what for _, what in noted(data_dir)], "the short one is done")
    began = [pid for pid, what in noted(data_dir) if what == "began"]
    assert len(set(began)) == MOST
    assert [what for _, what in noted(data_dir)] == ["began"] * MOST + ["ended"]
    sizes = set()
    eventually(lambda: sizes.add(len(children(worker))) or len(noted(data_dir)) > MOST + 1, "another one is done")
    # A task that has just been handed to a process looks like none to whoever ends it.
    assert sizes == {MOST}
    eventually(lambda: len(children(worker)) == 1, "one process is left")
    assert len([1 for _, what in noted(data_dir) if what == "ended"]) == MOST


def test_there_are_never_more_than_asked_for_and_every_task_is_done(data_dir, worker):
    give(data_dir, *[0.5] * 12)
    seen = set()
    eventually(lambda: seen.add(len(children(worker))) or len(noted(data_dir)) == 24, "all are done")
    assert max(seen) == MOST
