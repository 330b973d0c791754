"""Fills a fresh data folder from a backup. Nothing goes out until a person has looked and lifted the stop."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.audit import record
from lib.commands import DatabaseCommand
from qsms_portal.backups import BackupFailed, RestoreFailed, restore_backup


class Command(DatabaseCommand):
    help = "Restore a backup into a fresh data folder. The emergency stop is on until a person lifts it."
    works_with_any_tables = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            restore_backup(file)
        except (BackupFailed, RestoreFailed) as error:
            raise CommandError(
                f"{error}\nGive a new folder: PORTAL_DATA_DIR=/a/new/folder manage.py restore FILE"
            ) from error
        call_command("migrate", interactive=False, verbosity=0)
        record("backup restored", "the database", name=file.name)
        self.stdout.write(
            f"{file} is restored. All sending is stopped: look at what waits, which may have gone out since, "
            f"cancel what should not go, then lift the stop."
        )
        if settings.EMBEDDED_DATABASE:
            self.stdout.write(
                f"Secrets are not in a backup. Copy secret-key and dlr-token from the old data folder into "
                f"{settings.DATA_DIR}, or give the gateway the new address of reports and have everybody sign in again."
            )
