"""Data folders of their own for tests that start real servers, and the processes that use them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from qsms_portal.embedded.places import places

REPOSITORY = Path(__file__).resolve().parents[2]
DEADLINE = 60.0

USER = """
import sys
from pathlib import Path
from qsms_portal.embedded import ensure
ensure(Path(sys.argv[1]), database="database" in sys.argv, redis="redis" in sys.argv)
print("ready", flush=True)
sys.stdin.read()
"""


END_WHO_WAITS = """
SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'contacts_optout'::regclass
"""


def cut_off(work):
    """What `work` gives, whose connection to the database is ended as soon as it asks for opt-outs."""
    with ThreadPoolExecutor(1) as pool, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE contacts_optout IN ACCESS EXCLUSIVE MODE")
        working = pool.submit(work)
        eventually(lambda: cursor.execute(END_WHO_WAITS).fetchone(), "it asks for opt-outs")
        return working.result(timeout=30)


def eventually(happened, what):
    """Wait until `happened()` is true and return what it gave; fail after a deadline, saying what did not happen."""
    until = time.monotonic() + DEADLINE
    while not (given := happened()):
        assert time.monotonic() < until, f"did not happen: {what}"
        time.sleep(0.02)
    return given


def processes_of(data_dir):
    """The numbers of all living processes that were started on this data folder, the servers included."""
    mark = os.fsencode(data_dir)
    # Valkey writes over its command line, but works in its own folder, as PostgreSQL does.
    bases = [str(data_dir)] + ([str(base_of(data_dir))] if (data_dir / "embedded-place").exists() else [])
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
            works_in = str((entry / "cwd").readlink())
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z" and (mark in words or works_in.startswith(tuple(bases))):
            found.add(int(entry.name))
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def base_of(data_dir):
    """Where the servers of this data folder keep their data."""
    return Path((data_dir / "embedded-place").read_text().strip())


def postgresql_pid(data_dir):
    return int((base_of(data_dir) / "postgresql/postmaster.pid").read_text().split("\n")[0])


class User:
    """A process that uses the embedded servers until it is told to leave."""

    def __init__(self, data_dir, wanted=("database", "redis"), python=sys.executable, script=USER, **options):
        options.setdefault("env", {**os.environ, "PYTHONPATH": str(REPOSITORY)})
        self.process = subprocess.Popen(
            [python, "-c", script, str(data_dir), *wanted],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            **options,
        )

    def until_ready(self):
        line = self.process.stdout.readline()
        assert line == "ready\n", (line, self.process.stderr.read())
        return self

    def leave(self):
        _, errors = self.process.communicate(timeout=DEADLINE)
        assert self.process.returncode == 0, errors

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=DEADLINE)


@pytest.fixture
def data_dir():
    """An empty data folder that every account of the machine may pass through, cleared with all that ran on it."""
    parent = Path(tempfile.mkdtemp(prefix="qsms-servers-test-", dir="/tmp"))
    parent.chmod(0o755)
    folder = parent / "data"
    yield folder
    clear(folder)
    shutil.rmtree(parent)


def kill_all(folder):
    """Kill with -9 whatever runs on this data folder, and wait until it is gone."""
    for pid in processes_of(folder):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
    eventually(lambda: not processes_of(folder), f"every process of {folder} is gone")


def clear(folder):
    kill_all(folder)
    if (folder / "embedded-place").exists():
        found = places(folder)
        shutil.rmtree(found.sockets, ignore_errors=True)
        shutil.rmtree(found.base, ignore_errors=True)


@pytest.fixture
def user(data_dir):
    """Starts users of the data folder; those that are left at the end are killed."""
    users = []

    def start(*arguments, **options):
        users.append(User(options.pop("data_dir", data_dir), *arguments, **options))
        return users[-1]

    yield start
    for one in users:
        if one.process.poll() is None:
            one.kill()
