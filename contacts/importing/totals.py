"""Control totals, as a bursar checks a list: of each column of amounts or days that is taken how many, from what to
what, and of amounts the sum.

They are reckoned of the values that a chunk has read anyway, and kept with the upload's counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

import orjson
from django.utils import timezone

from contacts import value_display
from contacts.importing import mapping
from contacts.importing.rows import RowReader
from contacts.models import Upload
from contacts.values import DATE, DATETIME, MONEY

TOTALLED = (MONEY, DATE, DATETIME)
EXACT_FLOATS = 2**53

# A row's values by their fields.
Values = dict[str, str | None]

# A field's key to what its column comes to: `{"owed": {"count": 2, "least": "1.00", "most": "2.00", "sum": "3.00"}}`.
StoredTotals = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class ColumnTotals:
    """What the people of an upload have in one column, as pages write it; `sum` of amounts alone.

    `sum_before` is that of the group's last upload; both empty where there is none.
    """

    name: str
    count: int
    least: str
    most: str
    sum: str
    sum_before: str


class Tally:
    """The values of one chunk in the columns that are totalled.

    A good row is added by `put(pick(its values))`: by a method of its own each of a million would take half as long
    again. One with a bad cell lacks that value, and is added by `add_damaged`.
    """

    def __init__(self, reader: RowReader) -> None:
        self._types = {key: type_ for key, type_ in reader.types.items() if type_ in TOTALLED}
        self._values: list[str | None] = []
        # Of one field it picks the value alone, of several a tuple.
        self.pick: Callable[[Values], Any] = itemgetter(*self._types) if self._types else lambda _values: ()
        self.put: Callable[[Any], None] = self._values.append if len(self._types) == 1 else self._values.extend

    def add_damaged(self, values: Values) -> None:
        self._values += [values.get(key) for key in self._types]

    def totals(self) -> StoredTotals:
        found = {}
        for place, (key, type_) in enumerate(self._types.items()):
            if values := list(filter(None, self._values[place :: len(self._types)])):
                found[key] = _amounts(values) if type_ == MONEY else _days(values)
        return found


def with_totals(stored: StoredTotals, more: StoredTotals) -> StoredTotals:
    """`stored` and what another chunk comes to."""
    return stored | {key: _together(stored[key], new) if key in stored else new for key, new in more.items()}


def describe_totals(upload: Upload) -> list[ColumnTotals]:
    """What an upload that is checked or written comes to, column by column, beside the last one before it."""
    stored: StoredTotals = upload.counts.get("totals") or {}
    before = _totals_before(upload) if stored else {}
    fields = {field.key: field for field in upload.group.fields.all()}
    described = []
    for choice in mapping.from_json(upload.mapping):
        if choice.gives_value and (totals := stored.get(choice.key)):
            type_ = MONEY if "sum" in totals else DATETIME if "T" in totals["least"] else DATE
            least, most = (value_display.display(type_, totals[name]) for name in ("least", "most"))
            sums = [_amount(one.get("sum", "")) for one in (totals, before.get(choice.key) or {})]
            name = fields[choice.key].label if choice.key in fields else choice.label or choice.heading
            described.append(ColumnTotals(name, totals["count"], least, most, *sums))
    return described


def totals_in_words(upload: Upload) -> list[str]:
    """A line for each column, as the command says it."""
    return [
        f"“{one.name}”: {one.count:,} from {one.least} to {one.most}"
        + (f", sum {one.sum}" if one.sum else "")
        + (f" (last upload: {one.sum_before})" if one.sum_before else "")
        + "."
        for one in describe_totals(upload)
    ]


def _totals_before(upload: Upload) -> StoredTotals:
    done = Upload.objects.filter(group=upload.group_id, status=Upload.Status.DONE).exclude(pk=upload.pk)
    earlier = done.filter(finished_at__lt=upload.finished_at or timezone.now()).order_by("-finished_at")
    counts = earlier.values_list("counts", flat=True).first()
    return (counts or {}).get("totals") or {}


def _amounts(values: list[str]) -> dict[str, Any]:
    # Whole cents are exact in floats, and read in a third of the time that decimals take.
    cents: list[Any] = orjson.loads(f"[{'e2,'.join(values)}e2]")
    least, most = min(cents), max(cents)
    if max(most, -least) * len(cents) >= EXACT_FLOATS:
        cents = [int(Decimal(value).scaleb(2)) for value in values]
        least, most = min(cents), max(cents)
    least, most, total = (str(Decimal(int(one)).scaleb(-2)) for one in (least, most, sum(cents)))
    return {"count": len(cents), "least": least, "most": most, "sum": total}


def _days(values: list[str]) -> dict[str, Any]:
    # Canonical days stand in the order of their letters, and few stand in many rows.
    different = set(values)
    return {"count": len(values), "least": min(different), "most": max(different)}


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    if "sum" not in one:
        return {
            "count": one["count"] + other["count"],
            "least": min(one["least"], other["least"]),
            "most": max(one["most"], other["most"]),
        }
    return {
        "count": one["count"] + other["count"],
        "least": str(min(_decimals(one, other, "least"))),
        "most": str(max(_decimals(one, other, "most"))),
        "sum": str(sum(_decimals(one, other, "sum"))),
    }


def _decimals(one: dict[str, Any], other: dict[str, Any], name: str) -> Iterable[Decimal]:
    return (Decimal(one[name]), Decimal(other[name]))


def _amount(value: str) -> str:
    return value_display.display(MONEY, value) if value else ""
