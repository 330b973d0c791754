"""The whole of sending through PgBouncer in transaction mode: no statement may lean on what a session remembers."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from tests.servers.conftest import REPOSITORY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

PGBOUNCER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"

JOURNEY = """
import django; django.setup()
import threading
from django.conf import settings
from django.db import connection, connections
assert settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"] is None
from campaigns import delivery, planning, sending
from campaigns.maintenance.start_runs import start_run
from campaigns.maintenance.tick import run_tick
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.models import Message, Run
from campaigns.ledger.tallies import totals
from django.core.management import call_command
from tests.makers import make_campaign, make_run
from contacts.models import ContactGroup

call_command("import_contacts", "tests/data/loan_clients.csv", group="loans", create_group=True)
run = make_run(make_campaign(ContactGroup.objects.get(), status="active"))
assert planning.plan_run(run.pk)
run.refresh_from_db()
assert start_run(run)

def work(gateway):
    sending.send_while_there_is_work(gateway, seconds=30)
    connections.close_all()

with SimulatorProcess() as simulator:
    gateway = Gateway(simulator.url, simulator.url, "k")
    threads = [threading.Thread(target=work, args=[gateway]) for _ in range(4)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    accepted = [one["mobile"] for one in simulator.ledger()]
assert len(accepted) == len(set(accepted)) == 200, len(accepted)
for one in Message.objects.all():
    delivery.store([{"messageId": one.gateway_id, "dlrDesc": "DeliveredToTerminal", "destaddr": one.phone}])
assert delivery.apply_waiting() == 200
run_tick()
run.refresh_from_db()
print(totals(run).counts["delivered"], run.status)
"""


@pytest.fixture
def pooler():
    """The port of a PgBouncer of this test's own, in front of the tests' PostgreSQL."""
    if not Path(PGBOUNCER).exists():
        if os.environ.get("REQUIRE_POOLER"):
            pytest.fail(f"{PGBOUNCER} is missing: apt install pgbouncer")
        pytest.skip(f"{PGBOUNCER} is missing")
    connection.ensure_connection()
    to = connection.get_connection_params()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="pooler-"))
    users, config = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text(f'"{to["user"]}" "{to["password"]}"\n')
    config.write_text(
        f"[databases]\n* = host={to['host']} user={to['user']} password={to['password']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\npool_mode = transaction\n"
        f"auth_type = scram-sha-256\nauth_file = {users}\ndefault_pool_size = 2\nignore_startup_parameters = options\n"
    )
    command = [PGBOUNCER, str(config)]
    owner = Path(to["host"]).stat().st_uid
    if os.getuid() == 0:
        # It does not run as root; the sockets' owner reaches them.
        for path in (folder, users, config):
            os.chown(path, owner, -1)
        command = [*command, "-u", pwd.getpwuid(owner).pw_name]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < until
            time.sleep(0.05)
    yield f"postgres://{to['user']}:{to['password']}@127.0.0.1:{port}/{to['dbname']}"
    process.terminate()
    process.wait(timeout=20)
    shutil.rmtree(folder)


def test_from_upload_to_delivered_through_a_transaction_pool(pooler):
    environment = {
        **os.environ, "DATABASE_URL": pooler, "DATABASE_POOLER": "transaction", "SECRET_KEY": "k",
        "QSMS_DLR_TOKEN": "t",
        "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(REPOSITORY),
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", JOURNEY], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert ended.stdout.strip().endswith("200 finished"), ended.stderr[-3000:]
    call_command("flush", interactive=False, verbosity=0)
