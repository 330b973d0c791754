"""One database with all tables, made once for a state of the migrations; that of each test process is a copy of it."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from qsms_portal.embedded import locks

REPOSITORY = Path(__file__).resolve().parents[2]
WHAT_MAKES_TABLES = ("*/migrations/*.py", "[ac]*/sql/**/*.sql", "requirements*.txt")


def template():
    """The name of the template, made if there is none."""
    name = f"template_of_tests_{_digest()}"
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with locks.held(settings.DATA_DIR / "template.making"):
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_of\\_tests\\_%'")
            there = [found for (found,) in cursor.fetchall()]
            if name in there:
                return name
            for old in there:
                cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}_new"')
        _migrate(f"{name}_new")
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def _migrate(name):
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _digest():
    digest = hashlib.sha256()
    for pattern in WHAT_MAKES_TABLES:
        for path in sorted(REPOSITORY.glob(pattern)):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
