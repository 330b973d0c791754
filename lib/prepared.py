"""The few statements that each call of the gateway needs: parsed and planned once a connection.

Django writes values into a statement's text, so that PostgreSQL parses and plans each anew, and a settlement's text is
its results. Behind a pooler in transaction mode (`DATABASE_POOLER`) nothing is prepared: the next transaction may be
another connection's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection


def execute(statement: LiteralString, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run `statement`, within the transaction if there is one; returns its cursor. Raises as Django's cursors do."""
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return psycopg.Cursor(connection.connection).execute(statement, values, prepare=True)
