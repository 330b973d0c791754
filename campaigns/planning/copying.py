"""Planned texts copied in with their batches: cut to the size of a call, no mobile twice in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection

from campaigns.models import Run
from lib.copy_lines import copy_text

RESERVE = "SELECT nextval('campaigns_batch_id_seq'), clock_timestamp() FROM generate_series(1, %s)"
NULL = r"\N"

T = TypeVar("T")


class Planned(NamedTuple):
    """One text of a chunk, or why there is none, of one contact; of a reminder the date that it stands for.

    `writer`: who has written the contact since the campaign was approved. `rows`: the contacts whose rows came together
    in the text, of which `contact` is the first, and `digest` what it takes of them. `person`: None where their names
    differ, `group_name` where their groups do.
    """

    contact: int
    phone: str
    text: str = ""
    parts: int = 0
    cost: Decimal = Decimal(0)
    reason: str = ""
    stands_for: date | None = None
    writer: str = ""
    person: str | None = ""
    group_name: str | None = ""
    reference: str = ""
    detail: str = ""
    rows: list[int] | None = None
    digest: int | None = None


def copy_in(run: Run, texts: list[Planned]) -> None:
    """Copy the texts in; those that are left out are in a batch of their own, which is settled from the beginning."""
    left_out = [one for one in texts if one.reason]
    going = [one for one in texts if not one.reason]
    batches = cut_to_calls(going, settings.QSMS_BATCH_SIZE, phone=attrgetter("phone"))
    if left_out:
        batches.append(left_out)
    if not batches:
        return
    # Django leaves what COPY raises as psycopg's own.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(RESERVE, [len(batches)])
        reserved = cursor.fetchall()
        # The database's clock: a claim compares with it.
        now = reserved[0][1]
        numbered = list(zip([row[0] for row in reserved], batches, strict=True))
        rows = [_batch_row(run, pk, batch, now) for pk, batch in numbered]
        with cursor.copy(f"COPY campaigns_batch ({', '.join(rows[0])}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row.values()))
        columns = _message_columns(run, numbered, now)
        with cursor.copy(f"COPY campaigns_message ({', '.join(columns)}) FROM STDIN") as copy:
            # What is the same in all rows is repeated without end.
            copy.write("".join(f"{line}\n" for line in map("\t".join, zip(*columns.values(), strict=False))))


def cut_to_calls(texts: list[T], size: int, *, phone: Callable[[T], str]) -> list[list[T]]:
    """Batches, none with a mobile twice: the gateway's reply tells a call's texts apart by their mobiles."""
    layers = [texts]
    if len(set(map(phone, texts))) < len(texts):
        layers = []
        met: dict[str, int] = {}
        for one in texts:
            mobile = phone(one)
            nth = met[mobile] = met.get(mobile, -1) + 1
            if nth == len(layers):
                layers.append([])
            layers[nth].append(one)
    return [layer[start : start + size] for layer in layers for start in range(0, len(layer), size)]


def _batch_row(run: Run, pk: int, batch: list[Planned], now: datetime) -> dict[str, object]:
    """A batch by its columns, in the order in which COPY is told them."""
    left_out: dict[str, int] = {}
    for one in batch:
        if one.reason:
            left_out[one.reason] = left_out.get(one.reason, 0) + 1
    born_settled = bool(left_out)
    return {
        "id": pk,
        "run_id": run.pk,
        "sender_id": run.campaign.sender_id,
        "kind": run.campaign.kind,
        "api_key_id": run.campaign.made_by_key_id,
        "status": "settled" if born_settled else "ready",
        "size": len(batch),
        "claim": 0,
        "not_before": now,
        "tries": 0,
        "problem": "",
        "tally": json.dumps({"skipped" if born_settled else "queued": len(batch)}),
        "left_out": json.dumps(left_out),
        "parts": sum(one.parts for one in batch),
        "cost": sum((one.cost for one in batch), Decimal(0)),
        "settled_at": now if born_settled else None,
    }


def _message_columns(run: Run, batches: list[tuple[int, list[Planned]]], now: datetime) -> dict[str, Iterable[str]]:
    """Messages by their columns, as COPY reads them: psycopg would write value by value, in five times as long."""
    texts = [one for _, batch in batches for one in batch]
    # Turned round at once: asking each text for each field takes half as long again.
    planned: dict[str, tuple[Any, ...]] = dict(zip(Planned._fields, zip(*texts, strict=True), strict=True))
    groups = {name: NULL if name is None else copy_text(name) for name in set(planned["group_name"])}
    columns: dict[str, Iterable[str]] = {
        "run_id": repeat(str(run.pk)),
        "batch_id": chain.from_iterable(repeat(str(pk), len(batch)) for pk, batch in batches),
        "contact": map(str, planned["contact"]),
        "phone": planned["phone"],
        "source": repeat("campaign"),
        "text": map(copy_text, planned["text"]),
        "parts": map(str, planned["parts"]),
        "cost": map(str, planned["cost"]),
        "cost_is_actual": repeat("f"),
        "status": ["skipped" if reason else "queued" for reason in planned["reason"]],
        "reason": map(copy_text, planned["reason"]),
        "detail": map(copy_text, planned["detail"]) if any(planned["detail"]) else repeat(""),
        "attempt": repeat("1"),
        "gateway_id": repeat(""),
        "network": repeat(""),
        "created_at": repeat(str(now)),
        "person": [NULL if person is None else copy_text(person) for person in planned["person"]],
        "group_name": map(groups.__getitem__, planned["group_name"]),
    }
    if run.campaign.calls_back:
        columns["calls_back"] = repeat("t")
    # What tells the texts of a number apart; where nothing does, the columns keep what they begin with.
    if run.by_number:
        columns["reference"] = map(copy_text, planned["reference"])
    if any(planned["rows"]):
        columns["rows"] = [f"{{{','.join(map(str, rows))}}}" if rows else NULL for rows in planned["rows"]]
        columns["rows_digest"] = [NULL if digest is None else str(digest) for digest in planned["digest"]]
    return columns
