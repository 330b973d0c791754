"""Delivery reports by month: a partition for each, made ahead of time, and dropped whole when it is old.

What comes for a month that has none goes into the default partition, so that a report is never refused.
https://www.postgresql.org/docs/18/ddl-partitioning.html
"""

from __future__ import annotations

import re
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction

TABLE = "campaigns_deliveryreport"
MONTHS_AHEAD = 2
NAME = re.compile(rf"{TABLE}_(\d{{4}})_(\d\d)")

# Making or dropping one needs the table for a moment: whoever cannot have it soon tries again in an hour.
NOT_LONG = "SET LOCAL lock_timeout = '3s'"
EXISTING = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"


def ensure(today: date) -> list[str]:
    """Make the partitions of this month and the next two, where there are none; returns those made."""
    made = []
    months = [today.replace(day=1) + relativedelta(months=number) for number in range(MONTHS_AHEAD + 1)]
    existing = set(_existing())
    for month in months:
        name = f"{TABLE}_{month:%Y_%m}"
        if name not in existing:
            end = month + relativedelta(months=1)
            _do(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {TABLE} "
                f"FOR VALUES FROM ('{month} 00:00+00') TO ('{end} 00:00+00')"
            )
            made.append(name)
    return made


def drop_before(day: date) -> list[str]:
    """Drop the partitions of months that ended before `day`; returns their names. Nothing of them can be had again."""
    dropped = []
    for name in sorted(_existing()):
        found = NAME.fullmatch(name)
        if found and date(int(found[1]), int(found[2]), 1) + relativedelta(months=1) <= day:
            _do(f"DROP TABLE {name}")
            dropped.append(name)
    return dropped


def _existing() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(EXISTING, [TABLE])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _do(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOT_LONG)
        cursor.execute(statement)
