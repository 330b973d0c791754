"""PostgreSQL is stopped under a running web server: the gateway is told to try again, and loses nothing by it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from qsms_portal.embedded import addresses
from tests.servers.conftest import REPOSITORY, eventually, is_alive, postgresql_pid

pytestmark = pytest.mark.servers

COUNT = """
import django; django.setup()
from campaigns.models import DeliveryReport
print(sorted(DeliveryReport.objects.values_list("gateway_id", flat=True)))
"""


def post(port, gateway_id):
    body = json.dumps({"messageId": gateway_id, "dlrDesc": "DELIVERED", "destaddr": "254722000000"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/dlr/receive/secret", body)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_gateway_is_told_to_try_again_until_the_database_is_back(data_dir, user):
    first = user(("database",)).until_ready()
    environment = {
        **os.environ,
        "DATABASE_URL": addresses(data_dir).database_url,
        "PORTAL_DATA_DIR": str(data_dir),
        "DJANGO_SETTINGS_MODULE": "qsms_portal.settings",
        "SECRET_KEY": "x" * 50,
        "QSMS_DLR_TOKEN": "secret",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=environment, cwd=REPOSITORY, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--log-level", "error")]
    web = subprocess.Popen([*command, "qsms_portal.wsgi:application"], env=environment, cwd=REPOSITORY)
    try:
        eventually(lambda: listens(port), "the web server listens")
        assert post(port, "1") == (200, "OK;1;DELIVERED;")

        database = postgresql_pid(data_dir)
        os.kill(database, signal.SIGQUIT)
        eventually(lambda: not is_alive(database), "the database has stopped")
        began = time.monotonic()
        assert post(port, "2") == (503, "FAILED;could not be stored, try again")
        assert time.monotonic() - began < 10

        user(("database",)).until_ready()
        eventually(lambda: post(port, "2") == (200, "OK;2;DELIVERED;"), "the report is taken")
        counted = subprocess.run(
            [sys.executable, "-c", COUNT], env=environment, cwd=REPOSITORY, check=True, capture_output=True, text=True
        )
        assert counted.stdout.strip() == "['1', '2']"
    finally:
        web.terminate()
        web.wait(timeout=30)
        first.kill()
