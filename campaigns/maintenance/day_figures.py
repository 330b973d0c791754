"""The day's figures brought up to what batches came to: of each that changed the old figures go and the new ones come.

One at a time works; a batch that changes meanwhile is looked at again. So the figures of days are at any moment the sum
of those of batches, and once nothing changes any more, of the texts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from campaigns.ledger.counted import note_counted
from campaigns.ledger.figures import WHO, Place, TextFigures, count_figures
from campaigns.ledger.locks import lock_batches
from campaigns.models import BatchFigures, DayFigures
from campaigns.models.figures import ALL

LOCK = 7_301_005
SLICE = 200

CHANGED = """
SELECT b.id, b.changes FROM campaigns_batch b WHERE b.changes <> b.counted
    AND (%(only)s::bigint[] IS NULL OR b.id = ANY(%(only)s)) ORDER BY b.id LIMIT %(slice)s
"""
WHOSE = f"""
SELECT b.id, coalesce(r.campaign_id, 0), coalesce(b.sender_id, 0), coalesce(m.source, 'campaign'),
    {WHO}
FROM campaigns_batch b
    LEFT JOIN campaigns_run r ON r.id = b.run_id LEFT JOIN campaigns_campaign c ON c.id = r.campaign_id
    LEFT JOIN LATERAL (SELECT source, created_by_id FROM campaigns_message WHERE batch_id = b.id LIMIT 1) m ON true
WHERE b.id = ANY(%s)
"""  # noqa: S608 - names of ours
COUNTED = """
UPDATE campaigns_batch b SET counted = t.changes FROM unnest(%s::bigint[], %s::integer[]) AS t(id, changes)
WHERE b.id = t.id
"""


class Whose(NamedTuple):
    """What a batch's figures are added up under, beside its places."""

    campaign: int
    sender: int
    source: str
    who: str


DayKey = tuple[Place, Whose]


def bring_up_to_date(only: Sequence[int] | None = None) -> int:
    """Count a slice of the batches that changed, or of `only` these, in one transaction; returns of how many.

    Where it is a slice there may be more.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        looked_at = timezone.now()
        cursor.execute(CHANGED, {"only": None if only is None else list(only), "slice": SLICE})
        changes = dict(cursor.fetchall())
        if not changes:
            return 0
        batches = list(changes)
        now = count_figures(batches)
        whose = whose_are(batches)
        before = list(BatchFigures.objects.filter(batch__in=batches))
        _add_to_days(with_sums(_differences(before, now, whose)))
        BatchFigures.objects.filter(batch__in=batches).delete()
        _keep(now, whose)
        lock_batches(batches)
        cursor.execute(COUNTED, [batches, [changes[pk] for pk in batches]])
        if len(batches) < SLICE and only is None:
            note_counted(looked_at)
        return len(batches)


def forget(batches: Sequence[int]) -> None:
    """Take the figures of batches, which are about to go with their texts, out of their days; in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    rows = BatchFigures.objects.filter(batch__in=batches)
    _add_to_days(with_sums(_differences(rows, {}, {})))
    rows.delete()


def _keep(now: Mapping[int, Mapping[Place, TextFigures]], whose: Mapping[int, Whose]) -> None:
    """By COPY: with models this was two thirds of the time of counting."""
    columns = ", ".join(("batch", *Place._fields, *Whose._fields, *TextFigures().values()))
    with connection.cursor() as cursor, cursor.copy(f"COPY campaigns_batchfigures ({columns}) FROM STDIN") as copy:
        for batch, places in now.items():
            for place, figures in places.items():
                values = [json.dumps(one) if isinstance(one, dict) else one for one in figures.values().values()]
                copy.write_row((batch, *place, *whose[batch], *values))


def whose_are(batches: Sequence[int]) -> dict[int, Whose]:
    """Of those that are there."""
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, [list(batches)])
        return {pk: Whose(*rest) for pk, *rest in cursor.fetchall()}


def _differences(
    before: Iterable[BatchFigures], now: Mapping[int, Mapping[Place, TextFigures]], whose: Mapping[int, Whose]
) -> dict[DayKey, TextFigures]:
    found: dict[DayKey, TextFigures] = defaultdict(TextFigures)
    for row in before:
        # Under whom it was counted: whose it is may have changed since.
        found[key_of(row)].add(TextFigures.of(row), -1)
    for batch, places in now.items():
        for place, figures in places.items():
            found[place, whose[batch]].add(figures)
    return {key: figures for key, figures in found.items() if figures != TextFigures()}


def with_sums(figures: Mapping[DayKey, TextFigures]) -> dict[DayKey, TextFigures]:
    """These, and under ALL what they come to over all campaigns and single texts."""
    found = dict(figures)
    for (place, whose), one in figures.items():
        found.setdefault((place, whose._replace(campaign=ALL)), TextFigures()).add(one)
    return found


def _add_to_days(differences: Mapping[DayKey, TextFigures]) -> None:
    days: Sequence[date] = sorted({place.day for place, _ in differences})
    campaigns = sorted({whose.campaign for _, whose in differences})
    there = {key_of(row): row for row in DayFigures.objects.filter(day__in=days, campaign__in=campaigns)}
    changed, new = [], []
    for (place, whose), difference in differences.items():
        row = there.get((place, whose))
        figures = TextFigures() if row is None else TextFigures.of(row)
        figures.add(difference)
        if row is None:
            new.append(DayFigures(**place._asdict(), **whose._asdict(), **figures.values()))
        else:
            for name, value in figures.values().items():
                setattr(row, name, value)
            changed.append(row)
    DayFigures.objects.bulk_create(new)
    if changed:
        DayFigures.objects.bulk_update(changed, list(TextFigures().values()))


def key_of(row: BatchFigures | DayFigures) -> DayKey:
    return (Place(row.day, row.network, row.group_name), Whose(row.campaign, row.sender, row.source, row.who))
