"""Management commands that work in the database: one that is away or behind is said in a sentence, at their start."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


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
    """How many migrations the database lacks. Raises DatabaseError where it cannot be asked."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
