"""Backups: one file of the whole database, and with the embedded one a file a day by themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from qsms_portal.embedded.programs import postgresql_client

# Its row says what is stopped. Without it nothing is sent: whoever restores the file cannot forget that.
LEFT_OUT = "campaigns_gate"
DAILY = timedelta(hours=24)
OLD = timedelta(hours=36)
# An advisory lock's number: of two workers one writes the day's file.
BACKING_UP = 7_402_114
SUFFIX = ".dump"


class BackupFailed(Exception):
    """No backup was written; the words say why. What was there before is untouched."""


class RestoreFailed(Exception):
    """The database is as empty as it was; the words say why."""


def write_backup(file: Path) -> None:
    """Write all but the gate's row into `file`, which must not be there, for its owner alone. Raises BackupFailed."""
    command = [_program("pg_dump"), "--format=custom", f"--exclude-table-data={LEFT_OUT}"]
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BackupFailed(f"{file} exists. A backup never overwrites: give another name.") from error
    except OSError as error:
        raise BackupFailed(f"{file} cannot be written: {error.strerror}") from error
    is_whole = False
    try:
        with os.fdopen(descriptor, "wb") as target:
            ended = subprocess.run(command, stdout=target, stderr=subprocess.PIPE, env=_environment(), check=False)  # noqa: S603
            os.fsync(target.fileno())
        is_whole = ended.returncode == 0
    finally:
        if not is_whole:
            file.unlink()
    if not is_whole:
        raise BackupFailed(f"pg_dump failed: {ended.stderr.decode().strip()}")


def restore_backup(file: Path) -> None:
    """Fill an empty database from `file`, whole or not at all; nothing of it is migrated yet. Raises RestoreFailed."""
    if connection.introspection.table_names():
        raise RestoreFailed("The database has tables already. A backup is restored into an empty one.")
    command = [_program("pg_restore"), "--no-owner", "--single-transaction", "--exit-on-error"]
    command += [f"--dbname={connection.settings_dict['NAME']}", str(file)]
    ended = subprocess.run(command, capture_output=True, env=_environment(), check=False)  # noqa: S603
    if ended.returncode:
        raise RestoreFailed(f"pg_restore failed: {ended.stderr.decode().strip()}")


def back_up_daily(now: datetime) -> Path | None:
    """Write the day's file where it is due, and let the oldest go beyond BACKUPS_KEPT; returns it. Raises BackupFailed.

    With DATABASE_URL, or BACKUPS_KEPT=0, it is somebody else's business.
    """
    if not settings.EMBEDDED_DATABASE or not settings.BACKUPS_KEPT:
        return None
    with _alone() as is_mine:
        age = age_of_last_backup(now)
        if not is_mine or (age is not None and age < DAILY):
            return None
        folder = _folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        _see_that_there_is_room(folder)
        aside = folder / "being-written"
        aside.unlink(missing_ok=True)
        write_backup(aside)
        file = folder / f"portal-{timezone.localtime(now):%Y-%m-%d-%H%M}{SUFFIX}"
        aside.rename(file)
        for old in _files()[: -settings.BACKUPS_KEPT]:
            old.unlink()
        return file


def last_backup_at() -> datetime | None:
    """When the newest of the daily files was written; None where there is none."""
    last = _last()
    return None if last is None else datetime.fromtimestamp(last.stat().st_mtime, tz=timezone.get_current_timezone())


def age_of_last_backup(now: datetime) -> timedelta | None:
    at = last_backup_at()
    return None if at is None else now - at


def is_backup_missing(now: datetime) -> bool:
    """Whether one should have been written by now and was not: a person has to look."""
    if not settings.EMBEDDED_DATABASE or not settings.BACKUPS_KEPT:
        return False
    age = age_of_last_backup(now)
    return age is not None and age > OLD


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else backs up. The lock is the session's: a dump of minutes is to hold no transaction open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [BACKING_UP])
        (is_mine,) = cursor.fetchone()
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [BACKING_UP])


def _files() -> list[Path]:
    """By their names, which begin with the day: the oldest first."""
    return sorted(_folder().glob(f"portal-*{SUFFIX}"))


def _last() -> Path | None:
    files = _files()
    return files[-1] if files else None


def _folder() -> Path:
    return settings.DATA_DIR / "backups"


def _see_that_there_is_room(folder: Path) -> None:
    """As much as the last one took, twice, is to be left for the ledger itself."""
    last = _last()
    needed = 2 * last.stat().st_size if last else 0
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupFailed(f"{folder} has {free >> 20:,} MB left; no backup is written below {needed >> 20:,} MB.")


def _program(name: str) -> str:
    """The program of the server's own version, else of a newer one."""
    connection.ensure_connection()
    major = connection.connection.info.server_version // 10_000
    found = postgresql_client(name, major)
    if found is None:
        raise BackupFailed(f"{name} of version {major} is not installed: apt install postgresql-client-{major}")
    return str(found)


def _environment() -> dict[str, str]:
    """Where the database is and how to get in: not on a command line, where all could read the password."""
    connection.ensure_connection()
    given = connection.get_connection_params()
    names = {"PGDATABASE": "dbname", "PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    return {**os.environ, **{name: str(given[key]) for name, key in names.items() if given.get(key)}}
