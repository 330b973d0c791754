"""Our commands on a database that is empty, behind or away: a sentence and status 1."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection

from lib.commands import DatabaseCommand

PROJECT = Path(__file__).resolve().parents[2]
PEOPLE = PROJECT / "tests" / "data" / "loan_clients.csv"
OURS = ("accounts", "contacts", "campaigns", "qsms_portal")
NEED_THE_TABLES = {
    "import_contacts": [str(PEOPLE), "--group", "people", "--create-group"],
    "create_api_key": ["a script"],
    "push_contacts": ["--group", "people"],
    "sign_in_link": ["admin"],
    "check_figures": [],
    "setting": [],
    "restored": [],
}
# The doctor tells of each part by itself, `up` migrates; the simulator and the drawing of states ask no database.
OF_THEIR_OWN = {"doctor", "draw_states", "up", "simulate_gateway"}
NOWHERE = "postgres://me:hidden@127.0.0.1:1/portal"


@pytest.fixture
def empty_database(db):
    """The address of a database without a table, on the tests' own server."""
    connection.ensure_connection()
    to, name = connection.get_connection_params(), f"{connection.settings_dict['NAME']}_empty"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield f"postgres://{to['user']}:{quote(to['password'], safe='')}@/{name}?host={quote(to['host'])}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(name, arguments, database):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database}
    environment |= {"SECRET_KEY": "k" * 50, "QSMS_DLR_TOKEN": "t" * 40}
    command = [sys.executable, "manage.py", name, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)


def test_commands_in_an_empty_database_name_the_command_that_migrates(empty_database):
    for name in ("import_contacts", "setting"):
        done = run(name, NEED_THE_TABLES[name], empty_database)
        assert "migrations are missing. Run `manage.py migrate`, or `make up`, which migrates.\n" in done.stderr, name
        assert (len(done.stderr.splitlines()), done.stdout, done.returncode) == (1, "", 1), name


def test_a_backup_is_made_of_whatever_tables_there_are(empty_database, tmp_path):
    done = run("backup", [str(tmp_path / "portal.dump")], empty_database)
    assert (done.stderr, done.returncode) == ("", 0)
    assert (tmp_path / "portal.dump").stat().st_size


@pytest.mark.parametrize("name", ["import_contacts", "backup"])
def test_a_database_that_is_away_is_a_sentence(name, tmp_path):
    done = run(name, NEED_THE_TABLES.get(name, [str(tmp_path / "portal.dump")]), NOWHERE)
    assert done.stderr.startswith("CommandError: The database cannot be used: ")
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr
    assert (done.stdout, done.returncode, list(tmp_path.iterdir())) == ("", 1, [])


@pytest.mark.django_db
@pytest.mark.parametrize("name", NEED_THE_TABLES)
def test_a_database_that_is_behind_by_a_migration_is_not_worked_in(name):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE (app, name) IN (SELECT app, max(name) FROM django_migrations "
            "WHERE app = 'campaigns' GROUP BY app)"
        )
    with pytest.raises(CommandError, match=r"1 migration is missing. Run `manage.py migrate`"):
        call_command(name, *NEED_THE_TABLES[name])


def test_each_command_of_ours_says_what_the_database_lacks():
    ours = {name for name, app in get_commands().items() if app in OURS}
    of_the_kind = {name for name in ours if isinstance(load_command_class(get_commands()[name], name), DatabaseCommand)}
    assert ours - of_the_kind == OF_THEIR_OWN
    assert of_the_kind == {*NEED_THE_TABLES, "backup", "restore"}
