"""Writes the whole database into one file, in a shape that starts stopped wherever it is restored."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError

from accounts.audit import record
from lib.commands import DatabaseCommand, missing_migrations
from qsms_portal.backups import BackupFailed, write_backup


class Command(DatabaseCommand):
    help = "Write a backup that `restore` reads. After a restore the emergency stop is on until a person lifts it."
    # The backup before an upgrade is made with the new version too.
    works_with_any_tables = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            write_backup(file)
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        # Where a migration is missing there may be no table for it yet.
        if not missing_migrations():
            record("backup written", "the database", name=file.name)
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes. How to restore it: docs/operations.md")
