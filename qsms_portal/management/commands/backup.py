"""Writes the whole database into one file, in a shape that starts stopped wherever it is restored."""

from __future__ import annotations

import os
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.db import connection

from lib.commands import DatabaseCommand
from qsms_portal.embedded.programs import postgresql_client

# Its row says what is stopped. Without it nothing is sent: whoever restores the file cannot forget that.
LEFT_OUT = "campaigns_gate"


class Command(DatabaseCommand):
    help = "Write a backup that pg_restore reads. After a restore the emergency stop is on until a person lifts it."
    # The backup before an upgrade is made with the new version too.
    works_with_any_tables = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        environment = _environment()
        command = [_program("pg_dump"), "--format=custom", f"--exclude-table-data={LEFT_OUT}"]
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError(f"{file} exists. A backup never overwrites: give another name.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        is_whole = False
        try:
            with os.fdopen(descriptor, "wb") as target:
                ended = subprocess.run(command, stdout=target, stderr=subprocess.PIPE, env=environment, check=False)  # noqa: S603
            is_whole = ended.returncode == 0
        finally:
            if not is_whole:
                file.unlink()
        if not is_whole:
            raise CommandError(f"pg_dump failed: {ended.stderr.decode().strip()}")
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes. How to restore it: docs/operations.md")


def _program(name: str) -> str:
    """The program of the server's own version, else of a newer one."""
    connection.ensure_connection()
    major = connection.connection.info.server_version // 10_000
    found = postgresql_client(name, major)
    if found is None:
        raise CommandError(f"{name} of version {major} is not installed: apt install postgresql-client-{major}")
    return str(found)


def _environment() -> dict[str, str]:
    """Where the database is and how to get in: not on a command line, where all could read the password."""
    connection.ensure_connection()
    given = connection.get_connection_params()
    names = {"PGDATABASE": "dbname", "PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    return {**os.environ, **{name: str(given[key]) for name, key in names.items() if given.get(key)}}
