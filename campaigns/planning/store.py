"""A chunk of planned texts written down: whole or not at all, each number and each reminder once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, repeat
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from campaigns.models import Run
from campaigns.planning import as_planned
from lib.copy_lines import copy_text

MOVE_CURSOR = """
UPDATE campaigns_run SET cursor_group = %s, cursor_contact = %s, planning_touched_at = clock_timestamp(), failures = 0
WHERE id = %s AND status = 'planning' AND cursor_group = %s AND cursor_contact = %s
"""
ADD_UP = """
UPDATE campaigns_run
SET audience = audience + %s, merged = merged + %s, parts = parts + %s, estimate = estimate + %s WHERE id = %s
"""
# In one order, so that two planners of the same reminder wait for each other and never in a ring.
NEW_KEYS = """
INSERT INTO campaigns_reminderkey (campaign_id, stage, phone, stands_for, run_id)
SELECT %s, %s, k.phone, k.stands_for, %s FROM unnest(%s::varchar[], %s::date[]) AS k(phone, stands_for)
ORDER BY k.phone, k.stands_for ON CONFLICT DO NOTHING RETURNING phone
"""
RESERVE = "SELECT nextval('campaigns_batch_id_seq'), clock_timestamp() FROM generate_series(1, %s)"


class Planned(NamedTuple):
    """One person of a chunk: the text to be sent, or why there is none; of a reminder the date that it stands for.

    `writer`: who has written the contact since the campaign was approved.
    """

    contact: int
    phone: str
    text: str = ""
    parts: int = 0
    cost: Decimal = Decimal(0)
    reason: str = ""
    stands_for: date | None = None
    writer: str = ""


def write_chunk(run: Run, people: list[Planned], *, merge: bool) -> bool:
    """Write one chunk in one transaction. False: the run was moved on or stopped by another; nothing was written.

    `merge`: numbers of an earlier group are expected. Otherwise that is found by the key and the chunk done again.
    """
    if not merge:
        try:
            return _chunk(run, people, merge=False)
        except IntegrityError:
            pass
    return _chunk(run, people, merge=True)


def _chunk(run: Run, people: list[Planned], *, merge: bool) -> bool:
    last = people[-1].contact
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MOVE_CURSOR, [run.cursor_group, last, run.pk, run.cursor_group, run.cursor_contact])
        if cursor.rowcount != 1:
            return False
        once = _not_yet_planned(run, people) if merge else people
        kept = _not_yet_reminded(run, once)
        _insert(run, kept)
        totals = [
            len(kept),
            len(people) - len(once),
            sum(one.parts for one in kept),
            sum((one.cost for one in kept), Decimal(0)),
        ]
        cursor.execute(ADD_UP, [*totals, run.pk])
        noted = as_planned.note(run, kept)
    run.cursor_contact, run.as_planned = last, noted
    return True


def _not_yet_planned(run: Run, people: list[Planned]) -> list[Planned]:
    """Those whose number has no message in this run. Nobody else inserts: the cursor's row is locked by this chunk."""
    first = {one.phone: position for position, one in reversed(list(enumerate(people)))}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phone FROM campaigns_message WHERE run_id = %s AND phone = ANY(%s)", [run.pk, list(first)]
        )
        for (phone,) in cursor.fetchall():
            del first[phone]
    return [people[position] for position in sorted(first.values())]


def _not_yet_reminded(run: Run, people: list[Planned]) -> list[Planned]:
    """Of a reminder, those whose key was not there; who is left out gets none and may be reminded another day."""
    keys = {one.phone: one.stands_for for one in people if one.stands_for is not None}
    if not keys:
        return people
    with connection.cursor() as cursor:
        cursor.execute(NEW_KEYS, [run.campaign_id, run.stage, run.pk, list(keys), list(keys.values())])
        new = {phone for (phone,) in cursor.fetchall()}
    return [one for one in people if one.stands_for is None or one.phone in new]


def _insert(run: Run, people: list[Planned]) -> None:
    to_send = [one for one in people if not one.reason]
    left_out = [one for one in people if one.reason]
    size = settings.QSMS_BATCH_SIZE
    batches = [to_send[start : start + size] for start in range(0, len(to_send), size)]
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
    people = [one for _, batch in batches for one in batch]
    return {
        "run_id": repeat(str(run.pk)),
        "batch_id": chain.from_iterable(repeat(str(pk), len(batch)) for pk, batch in batches),
        "contact": [str(one.contact) for one in people],
        "phone": [one.phone for one in people],
        "source": repeat("campaign"),
        "text": [copy_text(one.text) for one in people],
        "parts": [str(one.parts) for one in people],
        "cost": [str(one.cost) for one in people],
        "cost_is_actual": repeat("f"),
        "status": ["skipped" if one.reason else "queued" for one in people],
        "reason": [copy_text(one.reason) for one in people],
        "detail": repeat(""),
        "attempt": repeat("1"),
        "gateway_id": repeat(""),
        "network": repeat(""),
        "created_at": repeat(str(now)),
    }


def next_group(run: Run) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(MOVE_CURSOR, [run.cursor_group + 1, 0, run.pk, run.cursor_group, run.cursor_contact])
        if cursor.rowcount != 1:
            return False
    run.cursor_group, run.cursor_contact = run.cursor_group + 1, 0
    return True
