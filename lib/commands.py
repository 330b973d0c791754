"""Management commands that work in the database: one that is away or behind is said in a sentence, at their start."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class DatabaseCommand(BaseCommand):
    """A command that ends with status 1 before its work where the database does not answer, or lacks migrations."""

    # Django's own name for the question that it asks before `handle`; it would print an answer and go on.
    requires_migrations_checks = True
    works_with_any_tables = False

    def check_migrations(self) -> None:
        try:
            connection.ensure_connection()
            missing = 0 if self.works_with_any_tables else missing_migrations()
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip()}") from error
        if missing:
            are = "1 migration is" if missing == 1 else f"{missing} migrations are"
            raise CommandError(
                f"The database does not have the tables of this version: {are} missing. "
                f"Run `manage.py migrate`, or `make up`, which migrates."
            )


def missing_migrations() -> int:
    """How many migrations the database lacks. Raises DatabaseError where it cannot be asked.

    By their names: to read them all costs a process that only asks 20 MB and half a second.
    """
    return len(_migrations() - set(MigrationRecorder(connection).applied_migrations()))


@cache
def _migrations() -> set[tuple[str, str]]:
    """App and name of each that there is, found as Django's own loader finds them."""
    found = set()
    for app in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(app.label)
        if module is None or find_spec(module) is None:
            continue
        files = pkgutil.iter_modules(import_module(module).__path__)
        found |= {(app.label, one.name) for one in files if not one.ispkg and one.name[0] not in "_~"}
    return found
