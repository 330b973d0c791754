"""No process starts with settings that cannot be read or meant: each says a sentence and ends, the real ones here."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
NOT_OURS = ("PORTAL_", "QSMS_", "DATABASE_", "REDIS_", "SECRET_KEY", "PUBLIC_URL", "EMAIL_", "PRACTICE_")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


COMMANDS = {
    "check": ["manage.py", "check"],
    "up": ["manage.py", "up"],
    "web": ["-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "2", "qsms_portal.wsgi"],
    "worker": ["-m", "celery", "-A", "qsms_portal", "worker", "-P", "threads", "-c", "1", "-Q", "sending"],
    "beat": ["-m", "celery", "-A", "qsms_portal", "beat", "--pidfile=", "-s", os.devnull],
}


def ended(arguments, folder, **variables):
    """The status and all that was said by a process that is expected to end by itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    environment |= {"DJANGO_SETTINGS_MODULE": "qsms_portal.settings", "PORTAL_DATA_DIR": str(folder), **variables}
    if arguments[-1] == "up" or "granian" in arguments:
        arguments = [*arguments, "--port", free_port()]
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
        pytest.fail(f"it went on: {said}")
    return process.returncode, said


@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_read_is_a_sentence_and_no_traceback(name, tmp_path):
    status, said = ended(COMMANDS[name], tmp_path, QSMS_BATCH_SIZE="abc", TIME_ZONE="Nairobi")
    assert "QSMS_BATCH_SIZE is “abc”. Write a whole number, such as 100.\n" in said
    assert "TIME_ZONE is “Nairobi”. Write a time zone as Africa/Nairobi is written.\n" in said
    assert "Traceback" not in said
    assert status == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_meant_is_a_sentence_and_no_traceback(name, tmp_path):
    status, said = ended(COMMANDS[name], tmp_path, QSMS_COST_UNIT="KES", QSMS_BATCH_SIZE="0")
    assert "QSMS_COST_UNIT is “KES”." in said
    assert "Write kes.\n" in said
    assert "QSMS_BATCH_SIZE is 0." in said
    assert "Traceback" not in said
    assert status == 1


@pytest.mark.parametrize("name", ["check", "web", "worker"])
def test_a_database_of_ones_own_needs_secrets_of_ones_own(name, tmp_path):
    status, said = ended(COMMANDS[name], tmp_path, DATABASE_URL="postgres://me:hidden@127.0.0.1:1/portal")
    assert "SECRET_KEY is not set." in said
    assert "QSMS_DLR_TOKEN is not set." in said
    assert "Traceback" not in said
    assert "hidden" not in said
    assert status == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_https_needs_a_trusted_proxy(name, tmp_path):
    status, said = ended(COMMANDS[name], tmp_path, PUBLIC_URL="https://portal.example.com")
    assert "TRUSTED_PROXIES is empty." in said
    assert "Write the address of what takes https" in said
    assert "Traceback" not in said
    assert status == 1


def test_a_data_folder_that_is_none_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    status, said = ended(COMMANDS["up"], tmp_path / "file")
    assert f"The folder of PORTAL_DATA_DIR, {tmp_path / 'file'}, cannot be used." in said
    assert "Traceback" not in said
    assert status == 1


@pytest.mark.parametrize("port", ["abc", "0", "65536"])
def test_a_port_that_is_none_is_a_sentence(port, tmp_path):
    status, said = ended(["manage.py", "up", "--no-beat"], tmp_path, PORT=port)
    assert f"“{port}” is no port: write a number from 1 to 65535" in said
    assert "Traceback" not in said
    assert status == 2


def test_a_portal_in_production_has_nothing_to_mend(tmp_path):
    status, said = ended(
        ["manage.py", "check", "--deploy", "--fail-level", "ERROR"], tmp_path,
        DATABASE_URL="postgres://me:word@db.example.com/portal", REDIS_URL="redis://redis.example.com:6379/0",
        SECRET_KEY="".join(map(chr, range(48, 110))), QSMS_DLR_TOKEN=f"{'n' * 40},{'o' * 40}",
        QSMS_BASE_URL="https://sms.qorami.io/", QSMS_ACCOUNT_URL="https://api.qsms.co.ke", QSMS_API_KEY="qsms_live_a",
        QSMS_SENDER_ID="LENDERS", PUBLIC_URL="https://portal.example.com",
        TRUSTED_PROXIES="127.0.0.1", TIME_ZONE="Africa/Kampala",
        EMAIL_URL="smtp+tls://me:word@mail.example.com:587", EMAIL_FROM="Portal <portal@example.com>",
        QSMS_BALANCE_GUARD="halt", QSMS_COST_UNIT="kes", QSMS_BATCH_SIZE="", DATABASE_POOLER="transaction",
    )  # fmt: skip
    assert "(qsms_portal." not in said
    assert "Traceback" not in said
    assert status == 0
