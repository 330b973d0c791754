"""The embedded PostgreSQL on a small disk that is full: what fails, what the ballast gives back, and the stop."""

import json
import os
import subprocess
import sys

import pytest

from tests.servers.conftest import REPOSITORY

pytestmark = pytest.mark.servers

SCRIPT = """
import json, os, sys, time
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from accounts.models import ApiKey
from accounts.roles import Role
from campaigns.models import Gate
from contacts.models import StoredFile
from lib import room
from qsms_portal.embedded import ensure

settings.ALLOWED_HOSTS = ["testserver"]
room.BALLAST_BYTES = 40 << 20
room.ROOM_FOR_BALLAST_BYTES = 2 * room.BALLAST_BYTES
call_command("migrate", interactive=False, verbosity=0)
_, key = ApiKey.make("script", Role.MANAGER)
client, asked = Client(), {"headers": {"Authorization": f"Bearer {key}"}}
told = {"ballast": room.ballast.stat().st_size}
filler = Path(sys.argv[1]) / "filler"

def fill():
    with filler.open("ab", buffering=0) as file:
        try:
            while file.write(bytes(1 << 16)):
                pass
        except OSError as error:
            assert room.is_full(error), error

def log_more():
    # More than a segment of its log: PostgreSQL needs another one, and finds no room for it.
    try:
        with connection.cursor() as cursor:
            for _ in range(40):
                cursor.execute("SELECT pg_logical_emit_message(true, 'x', repeat('y', 1000000))")
    except OperationalError:
        connection.close()
        return "down"
    return "up"

def store():
    try:
        StoredFile.store("file", (os.urandom(1 << 20) for _ in range(4)))
    except OperationalError as error:
        return "full" if room.is_full(error) else str(error)
    return "kept"

def until_it_answers():
    # It ends by itself where its recovery finds no room either; whoever looks after it, as `up` does, starts it again.
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            ensure(settings.DATA_DIR, database=True)
            return Gate.objects.get()
        except OperationalError:
            connection.close()
            time.sleep(0.2)

told["ready"] = client.get("/readyz").json()["database_writes"]
fill()
told["ready_when_full"] = client.get("/readyz").json()
told["file"] = store()
told["files"] = StoredFile.objects.count()
told["stop"] = client.post("/v1/stop", {"reason": "full"}, "application/json", **asked).status_code
told["stopped"] = Gate.objects.get().stop_reason
told["ballast_after"] = room.ballast.exists()

# The next round: the database itself finds no room for its log.
filler.unlink()
client.delete("/v1/stop", **asked)
room.keep_ballast()
told["ballast_again"] = room.ballast.exists()
fill()
told["log"] = log_more()
until_it_answers()
told["stop_again"] = client.post("/v1/stop", {"reason": "again"}, "application/json", **asked).status_code
told["stopped_again"] = Gate.objects.get().stop_reason
told["ballast_at_last"] = room.ballast.exists()
print(json.dumps(told))
"""


@pytest.fixture
def small_disk(data_dir):
    """The data folder on a disk of 400 MB."""
    data_dir.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(data_dir)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        yield data_dir
    finally:
        subprocess.run(["umount", "--lazy", str(data_dir)], check=True)


def test_on_a_full_disk_nothing_is_half_kept_and_the_emergency_stop_works(small_disk):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "PORTAL_DATA_DIR")
    }
    environment |= {"PORTAL_DATA_DIR": str(small_disk), "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(small_disk)], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    full = told.pop("ready_when_full")
    assert (full["status"], full["database"], full["database_writes"]) == ("unavailable", "ok", "full")
    assert full["data_folder"] == "full"
    assert told == {
        "ballast": 40 << 20,
        "ready": "ok",
        "file": "full",
        "files": 0,
        "stop": 200,
        "stopped": "full",
        "ballast_after": False,
        "ballast_again": True,
        "log": "down",
        "stop_again": 200,
        "stopped_again": "again",
        "ballast_at_last": False,
    }
