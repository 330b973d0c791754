"""The keys by which a person, or a row of theirs, is reminded of a date once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from campaigns.models import Run

# In one order, so that two planners of the same reminder wait for each other and never in a ring. A key without a
# reference is of all rows of its number: it was written before their group had a key, or after it was taken away.
NEW_KEYS = """
INSERT INTO campaigns_reminderkey (campaign_id, stage, phone, reference, told_by, stands_for, run_id)
SELECT %(campaign)s, %(stage)s, k.phone, k.reference, k.told_by, k.stands_for, %(run)s
FROM unnest(%(phones)s::varchar[], %(references)s::varchar[], %(told_by)s::varchar[], %(dates)s::date[])
    AS k(phone, reference, told_by, stands_for)
WHERE NOT EXISTS (
    SELECT FROM campaigns_reminderkey o
    WHERE o.campaign_id = %(campaign)s AND o.stage = %(stage)s AND o.phone = k.phone AND o.stands_for = k.stands_for
        AND o.reference <> k.reference AND '' IN (o.reference, k.reference))
ORDER BY k.phone, k.reference, k.stands_for ON CONFLICT DO NOTHING RETURNING phone, reference
"""
TOLD_OTHERWISE = """
UPDATE campaigns_reminderkey r SET told_by = k.told_by
FROM unnest(%(phones)s::varchar[], %(references)s::varchar[], %(told_by)s::varchar[], %(dates)s::date[])
    AS k(phone, reference, told_by, stands_for)
WHERE r.campaign_id = %(campaign)s AND r.stage = %(stage)s AND r.run_id = %(run)s
    AND r.phone = k.phone AND r.reference = k.reference AND r.stands_for = k.stands_for
"""
NOT_TOLD = """
DELETE FROM campaigns_reminderkey r
USING unnest(%(phones)s::varchar[], %(references)s::varchar[], %(dates)s::date[]) AS k(phone, reference, stands_for)
WHERE r.campaign_id = %(campaign)s AND r.stage = %(stage)s AND r.run_id = %(run)s
    AND r.phone = k.phone AND r.reference = k.reference AND r.stands_for = k.stands_for
"""


class NewKey(NamedTuple):
    """That a row is told of a date; `told_by` is the reference of the text that does it."""

    phone: str
    reference: str
    told_by: str
    stands_for: date


def write_keys(run: Run, keys: Sequence[NewKey]) -> set[tuple[str, str]]:
    """Write those that are not there; the numbers and references of those that were new."""
    return {(phone, reference) for phone, reference in _execute(NEW_KEYS, run, keys, returns=True)}


def change_keys(run: Run, keys: Sequence[NewKey]) -> None:
    """Let keys that this chunk wrote say by which text they are told after all."""
    _execute(TOLD_OTHERWISE, run, keys)


def take_keys_back(run: Run, keys: Sequence[NewKey]) -> None:
    """Take keys that this chunk wrote away: their rows are not told after all."""
    _execute(NOT_TOLD, run, keys)


def _execute(statement: str, run: Run, keys: Sequence[NewKey], *, returns: bool = False) -> list[tuple[str, str]]:
    if not keys:
        return []
    values: dict[str, Any] = {
        "campaign": run.campaign_id,
        "stage": run.stage,
        "run": run.pk,
        "phones": [one.phone for one in keys],
        "references": [one.reference for one in keys],
        "told_by": [one.told_by for one in keys],
        "dates": [one.stands_for for one in keys],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if returns else []
