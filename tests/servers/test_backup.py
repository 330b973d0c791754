"""A real dump, restored into another database: all is there, and nothing goes out until a person lifts the stop."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from campaigns import planning
from campaigns.actions import stop
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Gate
from qsms_portal.management.commands.backup import _environment, _program
from tests.makers import make_campaign, make_group, make_run
from tests.servers.conftest import REPOSITORY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

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
