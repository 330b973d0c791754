"""A real dump, restored into another database: all is there, and nothing goes out until a person lifts the stop."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import stop
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Gate
from qsms_portal import checkup
from qsms_portal.backups import BackupFailed, _environment, _program, back_up_daily, last_backup_at, write_backup
from tests.makers import make_campaign, make_group, make_run
from tests.servers.conftest import REPOSITORY, cut_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

RESTORED = """
from campaigns.models import Gate, Message
print(Message.objects.count(), Gate.objects.get().stopped_by, sep="\\n")
"""
LOOK = """
import os, tests.settings as own
own.DATABASES["default"]["NAME"] = os.environ["OTHER"]
import django; django.setup()
from datetime import timedelta
from campaigns.sending.claim import claim_next
from campaigns.models import Gate, Message
from django.core.management import call_command
print(Message.objects.count(), claim_next(timedelta(seconds=70)), sep="\\n")
call_command("migrate", verbosity=0)
gate = Gate.objects.get()
print(gate.stopped_by, claim_next(timedelta(seconds=70)), sep="\\n")
from campaigns.actions.stop import let_sending_go_on
let_sending_go_on()
print(len(claim_next(timedelta(seconds=70)).texts))
"""


@pytest.fixture
def other():
    """The name of an empty database beside the tests' own."""
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_restored_database_is_stopped_until_a_person_lifts_it(tmp_path, other):
    run = make_run(make_campaign(make_group(contacts=7), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
    file = tmp_path / "portal.dump"
    call_command("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="never overwrites"):
        call_command("backup", str(file))
    environment = {**_environment(), "PGDATABASE": other}
    subprocess.run([_program("pg_restore"), "--no-owner", f"--dbname={other}", str(file)], env=environment, check=True)
    looked = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=REPOSITORY, env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "OTHER": other},
        capture_output=True, text=True,
    )  # fmt: skip
    assert looked.stdout.split("\n")[:5] == ["7", "None", "a restore", "None", "7"], looked.stderr


def test_after_any_other_restore_a_command_says_so():
    call_command("restored")
    gate = Gate.objects.get()
    assert (gate.stopped_by, gate.stop_reason) == ("a restore", stop.RESTORED)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "nowhere" / "file"))


@pytest.fixture
def daily(tmp_path, monkeypatch):
    """The day's backup, written where this test says."""
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(settings, "BACKUPS_KEPT", 3)
    return tmp_path / "backups"


def test_a_backup_is_written_once_a_day_and_so_many_are_kept(daily):
    now = timezone.now()
    first = back_up_daily(now)
    assert first.parent == daily
    assert (first.stat().st_mode & 0o777, daily.stat().st_mode & 0o777) == (0o600, 0o700)
    assert back_up_daily(now + timedelta(hours=23)) is None
    for day in range(1, 6):
        for file in daily.iterdir():
            os.utime(file, (0, file.stat().st_mtime - 86_400 * day))
        assert back_up_daily(now + timedelta(days=day)) is not None
    assert len(list(daily.iterdir())) == 3
    assert first not in daily.iterdir()


def test_one_that_was_cut_off_is_never_taken_for_a_backup(daily):
    daily.mkdir(mode=0o700)
    (daily / "being-written").write_bytes(b"half of it")
    assert last_backup_at() is None
    assert back_up_daily(timezone.now()) is not None
    assert len(list(daily.iterdir())) == 1


def test_one_that_is_cut_off_leaves_no_file(tmp_path):
    file = tmp_path / "portal.dump"
    with pytest.raises(BackupFailed, match="pg_dump failed"):
        cut_off(lambda: write_backup(file))
    assert not file.exists()


def test_none_is_written_with_a_database_of_ones_own_nor_where_none_are_kept(daily, monkeypatch):
    monkeypatch.setattr(settings, "BACKUPS_KEPT", 0)
    assert back_up_daily(timezone.now()) is None
    monkeypatch.setattr(settings, "BACKUPS_KEPT", 3)
    monkeypatch.setattr(settings, "EMBEDDED_DATABASE", False)
    assert back_up_daily(timezone.now()) is None


def test_its_age_is_told_by_the_doctor_and_at_home_where_it_is_old(daily, sign_in):
    def told():
        return [(state.value, words) for state, words in checkup._backups()]

    assert told()[0][0] == "WARN"
    file = back_up_daily(timezone.now())
    assert told() == [("OK", "the last was written 0 hours ago")]
    client = sign_in(Role.VIEWER)
    assert "The last backup was written" not in client.get("/").content.decode()
    os.utime(file, (0, file.stat().st_mtime - 40 * 3600))
    assert told() == [("FAIL", "the last was written 40 hours ago")]
    assert "The last backup was written" in client.get("/").content.decode()


def test_restore_fills_a_fresh_data_folder_and_everything_is_stopped(tmp_path, data_dir):
    run = make_run(make_campaign(make_group(contacts=7), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    file = tmp_path / "portal.dump"
    call_command("backup", str(file))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
    environment |= {"PORTAL_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}

    def manage(*words):
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)

    assert "There is no file" in manage("restore", "nowhere.dump").stderr
    done = manage("restore", str(file))
    assert "All sending is stopped" in done.stdout, done.stderr
    looked = manage("shell", "-c", RESTORED)
    assert looked.stdout.split("\n")[-3:-1] == ["7", "a restore"], looked.stderr
    assert "into an empty one" in manage("restore", str(file)).stderr


def test_a_file_that_is_no_backup_leaves_the_new_folder_empty(tmp_path, data_dir):
    wrong = tmp_path / "wrong.dump"
    wrong.write_bytes(b"PGDMP and no more")
    environment = {**os.environ, "PORTAL_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "manage.py", "restore", str(wrong)],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert "pg_restore failed" in done.stderr
