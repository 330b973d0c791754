"""Reports come in: kept as they came, beside what they were understood to say, in one INSERT that has committed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _text
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.pq import ConnStatus, ExecStatus

from campaigns.gateway.loose import storable
from campaigns.gateway.reports import Report, read_report
from campaigns.models import DeliveryReport

STORE = "SELECT campaigns_store_reports(%s)"
NOTHING = read_report({})


def store(bodies: Sequence[Any]) -> None:
    """Keep reports as they came, committed when this returns; what is no report is kept as unreadable."""
    store_rows([row_of(body) for body in bodies])


def store_rows(rows: Sequence[str]) -> None:
    """Keep reports that `row_of` has read, committed when this returns. Raises DatabaseError, InterfaceError.

    Whether the connection still stands is not asked beforehand, which would cost as much again: it shows, and then a
    new one is tried. Had the first try committed after all, the reports are there twice, which changes nothing.
    """
    reports = f"[{','.join(rows)}]"
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(STORE, [reports])
        return
    try:
        _store_at_once(reports)
    except (OperationalError, InterfaceError):
        connection.close()
        _store_at_once(reports)


def _store_at_once(reports: str) -> None:
    """By the driver's own call: a cursor takes ten times as long on this side, and lets other threads in between.

    It knows of no transaction that Django has begun.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        link = connection.connection.pgconn
        result = link.exec_params(STORE.replace("%s", "$1").encode(), [reports.encode()])
        if link.status != ConnStatus.OK:
            raise psycopg.OperationalError("The connection to the database broke.")
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)


def row_of(body: Any) -> str:
    """A posted report as the JSON of its row: as it came, and what it says."""
    try:
        if isinstance(body, dict):
            return _row(body, read_report(body), DeliveryReport.State.NEW)
        return _row(json.dumps(body), NOTHING, DeliveryReport.State.UNREADABLE)
    except RecursionError:
        return _row("A report that was nested too deeply to be kept.", NOTHING, DeliveryReport.State.UNREADABLE)


def _row(body: Any, report: Report, state: str) -> str:
    """A report by the letters that `campaigns/sql/store_reports.sql` explains.

    Written by hand: putting a mapping together only to have it written took as long as reading the report.
    """
    kept = json.dumps(body)
    # Only these signs tell of what `storable` takes out, and few reports have any.
    if "\\u" in kept or "NaN" in kept or "Infinity" in kept:
        kept = json.dumps(storable(body))
    at = "null" if report.at is None else f'"{report.at.isoformat()}"'
    return (
        f'{{"b":{kept},"g":{_text(report.message_id)},"p":{_text(report.phone)},"c":{_text(report.code)},'
        f'"d":{_text(report.description)},"o":"{report.outcome.value}","r":"{report.reason}",'
        f'"n":{_text(report.network)},"t":{at},"f":{_text(report.sender)},"s":"{state}"}}'
    )
