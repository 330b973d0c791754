"""Delivery reports by month: a partition for each, made ahead of time, and dropped whole when it is old.

What comes for a month that has none goes into the default partition, so that a report is never refused, and moves when
the month gets its own. https://www.postgresql.org/docs/18/ddl-partitioning.html
"""

# ruff: noqa: S608 - what stands in the statements are names and dates that were made here

from __future__ import annotations

import re
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction

TABLE = "campaigns_deliveryreport"
OTHER = f"{TABLE}_other"
MONTHS_AHEAD = 2
NAME = re.compile(rf"{TABLE}_(\d{{4}})_(\d\d)")

# Making or dropping one needs the table for a moment: whoever cannot have it soon tries again in an hour.
NOT_LONG = "SET LOCAL lock_timeout = '3s'"
EXISTING = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"


def ensure_partitions(today: date) -> list[str]:
    """Make the partitions of this month and the next two, where there are none; returns those made.

    Safe in any number. Raises OperationalError where the table is too busy for it now.
    """
    months = [today.replace(day=1) + relativedelta(months=number) for number in range(MONTHS_AHEAD + 1)]
    return [_name(month) for month in months if _name(month) not in _existing() and _make(month)]


def drop_partitions_before(day: date) -> list[str]:
    """Drop the partitions of months that ended before `day`; returns their names. Nothing of them can be had again.

    What the default one holds from before then goes row by row: it came for months that never had a partition.
    """
    dropped = []
    for name in sorted(_existing()):
        found = NAME.fullmatch(name)
        if found and date(int(found[1]), int(found[2]), 1) + relativedelta(months=1) <= day:
            _do(f"DROP TABLE {name}")
            dropped.append(name)
    _do(f"DELETE FROM {OTHER} WHERE received_at < '{day} 00:00+00'")
    return dropped


@transaction.atomic
def _make(month: date) -> bool:
    """A table of its own first, with what came for that month already, and then attached. False: another made it.

    Made as a partition at once it would be refused for as long as the default one has rows of that month.
    """
    name, start, end = _name(month), f"{month} 00:00+00", f"{month + relativedelta(months=1)} 00:00+00"
    with connection.cursor() as cursor:
        cursor.execute(NOT_LONG)
        cursor.execute(f"LOCK TABLE {OTHER} IN ACCESS EXCLUSIVE MODE")
        if name in _existing():
            return False
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {OTHER} WHERE received_at >= '{start}' AND received_at < '{end}' RETURNING *) "
            f"INSERT INTO {name} SELECT * FROM moved"
        )
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')")
    return True


def _name(month: date) -> str:
    return f"{TABLE}_{month:%Y_%m}"


def _existing() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(EXISTING, [TABLE])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _do(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOT_LONG)
        cursor.execute(statement)
