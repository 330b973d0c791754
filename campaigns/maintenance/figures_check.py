"""The figures laid beside what they are made of: those of batches beside the texts, those of days beside the batches.

Nothing is counted meanwhile (`day_figures.LOCK`, for a slice at a time); what changed and waits to be counted is no
difference. Of batches that are gone the figures stay, and stand in their days as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import F

from campaigns.ledger.figures import Place, TextFigures, count_figures
from campaigns.ledger.locks import lock_batches
from campaigns.maintenance.day_figures import LOCK, SLICE, DayKey, Whose, bring_up_to_date, key_of, with_sums
from campaigns.models import Batch, BatchFigures, DayFigures
from campaigns.models.figures import ALL

COUNTED_BATCHES = "SELECT id FROM campaigns_batch WHERE id > %s AND changes = counted ORDER BY id LIMIT %s"
MONTHS = """
SELECT DISTINCT date_trunc('month', day)::date FROM (
    SELECT day FROM campaigns_dayfigures UNION SELECT day FROM campaigns_batchfigures) t ORDER BY 1
"""
READ_AT_ONCE = 2_000


@dataclass(frozen=True)
class Difference:
    """What is not as it should be, in words, and whether it was mended."""

    words: str
    is_mended: bool = False


def differences(mend: bool = False) -> Iterator[Difference]:
    """All of them, batches first; with `mend` each is put right."""
    after = 0
    while (found := _slice_of_batches(after, mend)) is not None:
        after, differing = found
        yield from differing
    with connection.cursor() as cursor:
        cursor.execute(MONTHS)
        months = [month for (month,) in cursor.fetchall()]
    for month in months:
        yield from _month(month, mend)


def _slice_of_batches(after: int, mend: bool) -> tuple[int, list[Difference]] | None:
    """The last batch that was looked at, and what differs; None where there was none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(COUNTED_BATCHES, [after, SLICE])
        batches = [pk for (pk,) in cursor.fetchall()]
        if not batches:
            return None
        now = count_figures(batches)
        kept: dict[int, dict[Place, TextFigures]] = defaultdict(dict)
        for row in BatchFigures.objects.filter(batch__in=batches):
            place = Place(row.day, row.network, row.group_name)
            figures = kept[row.batch].setdefault(place, TextFigures())
            figures.add(TextFigures.of(row))
        found = {pk: words for pk in batches if (words := _apart(kept.get(pk, {}), now.get(pk, {})))}
        # Whatever changed since they were chosen has raised `changes`, and is counted anyway.
        still = list(Batch.objects.filter(pk__in=found, changes=F("counted")).values_list("pk", flat=True))
        if mend and still:
            lock_batches(still)
            Batch.objects.filter(pk__in=still).update(counted=F("changes") - 1)
            bring_up_to_date(only=still)
        return batches[-1], [Difference(f"batch {pk}, {words}", mend) for pk in sorted(still) for words in found[pk]]


def _month(month: date, mend: bool) -> list[Difference]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        after = (month + timedelta(days=31)).replace(day=1)
        should = _sums_of_batches(month, after)
        rows = {key_of(row): row for row in DayFigures.objects.filter(day__gte=month, day__lt=after)}
        kept = {key: TextFigures.of(row) for key, row in rows.items()}
        found: list[Difference] = []
        for key in sorted(kept.keys() | should.keys()):
            place, whose = key
            words = _words(kept.get(key) or TextFigures(), should.get(key) or TextFigures())
            found += [Difference(f"{_place(place)}, {_whose(whose)}: {one}", mend) for one in words]
            if words and mend:
                _put(rows.get(key), key, should.get(key) or TextFigures())
        return found


def _sums_of_batches(first: date, after: date) -> dict[DayKey, TextFigures]:
    found: dict[DayKey, TextFigures] = defaultdict(TextFigures)
    for row in BatchFigures.objects.filter(day__gte=first, day__lt=after).iterator(chunk_size=READ_AT_ONCE):
        found[key_of(row)].add(TextFigures.of(row))
    return with_sums(found)


def _put(row: DayFigures | None, key: DayKey, figures: TextFigures) -> None:
    place, whose = key
    if row is None:
        DayFigures.objects.create(**place._asdict(), **whose._asdict(), **figures.values())
    else:
        DayFigures.objects.filter(pk=row.pk).update(**figures.values())


def _apart(kept: Mapping[Place, TextFigures], now: Mapping[Place, TextFigures]) -> list[str]:
    return [
        f"{_place(place)}: {words}"
        for place in sorted(kept.keys() | now.keys())
        for words in _words(kept.get(place) or TextFigures(), now.get(place) or TextFigures())
    ]


def _words(stands: TextFigures, should: TextFigures) -> Sequence[str]:
    """One piece for all that differs; none where nothing does."""
    mine, theirs = stands.values(), should.values()
    apart = [f"{name} {mine[name]} instead of {theirs[name]}" for name in mine if mine[name] != theirs[name]]
    return [", ".join(apart)] if apart else []


def _place(place: Place) -> str:
    return f"{place.day} {place.network or 'no network'} {place.group_name or 'no group'}"


def _whose(whose: Whose) -> str:
    campaign = "all campaigns" if whose.campaign == ALL else f"campaign {whose.campaign}"
    return f"{campaign}, sender {whose.sender}, {whose.source}, {whose.who or 'nobody'}"
