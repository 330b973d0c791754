"""Reports come in: kept as they came, beside what they were understood to say, in one INSERT that has committed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.pq import ConnStatus, ExecStatus

from campaigns.gateway.loose import storable
from campaigns.gateway.reports import Report, read_report
from campaigns.models import DeliveryReport

STORE = "SELECT campaigns_store_reports(%s)"
STORE_AT_ONCE = STORE.replace("%s", "$1").encode()
NOTHING = read_report({})


def store(bodies: Sequence[Any]) -> None:
    """Keep reports as they came, committed when this returns; what is no report is kept as unreadable."""
    store_rows([row_of(body) for body in bodies])


def store_rows(rows: Sequence[bytes]) -> None:
    """Keep reports that `row_of` has read, committed when this returns. Raises DatabaseError, InterfaceError.

    Whether the connection still stands is not asked beforehand, which would cost as much again: it shows, and then a
    new one is tried. Had the first try committed after all, the reports are there twice, which changes nothing.
    """
    reports = b"[%b]" % b",".join(rows)
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(STORE, [reports.decode()])
        return
    try:
        _store_at_once(reports)
    except (OperationalError, InterfaceError):
        connection.close()
        _store_at_once(reports)


def _store_at_once(reports: bytes) -> None:
    """By the driver's own call: a cursor takes ten times as long on this side, and lets other threads in between.

    It knows of no transaction that Django has begun.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        link = connection.connection.pgconn
        result = link.exec_params(STORE_AT_ONCE, [reports])
        if link.status != ConnStatus.OK:
            raise psycopg.OperationalError("The connection to the database broke.")
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)


def row_of(body: Any) -> bytes:
    """A posted report as the JSON of its row: as it came, and what it says."""
    try:
        if isinstance(body, dict):
            return _row(_kept(body), read_report(body), DeliveryReport.State.NEW)
        return _row(_kept(json.dumps(body)), NOTHING, DeliveryReport.State.UNREADABLE)
    except RecursionError:
        words = "A report that was nested too deeply to be kept."
        return _row(words, NOTHING, DeliveryReport.State.UNREADABLE)


def row_of_plain(body: Mapping[str, str | int]) -> bytes:
    """The same of a report that holds nothing but texts and whole numbers that every JSON can have."""
    return _row(body, read_report(body), DeliveryReport.State.NEW)


def _kept(body: Any) -> orjson.Fragment:
    """Written by Python's own JSON, which knows more than that of others: numbers of any size, halves of pairs."""
    kept = json.dumps(body)
    # Only these signs tell of what `storable` takes out, and few reports have any.
    if "\\u" in kept or "NaN" in kept or "Infinity" in kept:
        kept = json.dumps(storable(body))
    return orjson.Fragment(kept)


def _row(body: Any, report: Report, state: str) -> bytes:
    """A report by the letters that `campaigns/sql/store_reports.sql` explains."""
    meaning = report.meaning
    return orjson.dumps(
        {
            "b": body, "g": report.message_id, "p": report.phone, "c": report.code, "d": report.description,
            "o": meaning.outcome, "r": meaning.reason, "n": report.network,
            "t": None if report.at is None else _written(report.at), "f": report.sender, "s": state,
        }
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _written(moment: datetime) -> str:
    """Of the many reports that name the same second the first is written out."""
    return moment.isoformat()
