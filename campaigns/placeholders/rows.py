"""One text for all rows of a number: joined where the text says how, otherwise they must agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from campaigns.placeholders.filling import Fixed, is_zero, slot_filler, truth
from campaigns.placeholders.joining import COUNT, EARLIEST, LATEST, LIST, SUM
from campaigns.placeholders.pieces import (
    NOTHING,
    Choice,
    CompiledPiece,
    Missing,
    Several,
    Slot,
    Values,
    Words,
    Zero,
    joined_by,
)
from campaigns.placeholders.template import Template, fixed_values

# The place of a row's group among the templates, the row's name and its values.
Row = tuple[int, str, Values]
RenderRows = Callable[[str, Sequence[Row]], "str | Missing"]
FillRows = Callable[[str, Sequence[Row]], "str | list[str] | Missing"]
FillRow = Callable[[str, Row], "str | Missing"]
AND = {"en": "and", "sw": "na"}
CENT = Decimal("0.01")
MOST_DIGITS = 18  # of a number that is added up


def joiner(templates: Sequence[Template], *, today: date, sender: str, refuses_zeros: bool = False) -> RenderRows:
    """A function of (phone, rows) that gives the text of all of them, or Missing, Zero, Several.

    `templates`: the same text compiled for each group that rows may be of, in the campaign's order; so stand the rows.
    What is not joined is looked at in the rows of the group that comes first. One row reads as the plain text does.
    """
    fixed = fixed_values(today, sender)
    plain = [one.renderer(today=today, sender=sender, refuses_zeros=refuses_zeros) for one in templates]
    language = templates[0].language
    by_place = list(zip(*(one.pieces for one in templates), strict=True))
    fillers = [_filler(pieces, fixed, refuses_zeros, language) for pieces in by_place]
    join = joined_by(templates[0].pieces)

    def render(phone: str, rows: Sequence[Row]) -> str | Missing:
        if len(rows) == 1:
            place, name, values = rows[0]
            return plain[place](phone, name, values)
        written = _filled(fillers, phone, rows)
        return written if isinstance(written, Missing) else join(written)

    return render


def _filled(fillers: Sequence[Words | FillRows], phone: str, rows: Sequence[Row]) -> list[str] | Missing:
    written: list[str] = []
    for piece in fillers:
        filled = piece if isinstance(piece, Words) else piece(phone, rows)
        if isinstance(filled, Missing):
            return filled
        if isinstance(filled, str):
            written.append(filled)
        else:
            written += filled
    return written


def _filler(pieces: Sequence[CompiledPiece], fixed: Fixed, refuses_zeros: bool, language: str) -> Words | FillRows:
    """What a piece of the text comes to; `pieces` are that piece as each group has it."""
    first = pieces[0]
    if isinstance(first, Words):
        return first
    if isinstance(first, Choice):
        return _choice([one for one in pieces if isinstance(one, Choice)], fixed, refuses_zeros, language)
    slots = [one for one in pieces if isinstance(one, Slot)]
    if first.how == COUNT:
        return lambda _phone, rows: str(len(rows))
    if first.how == LIST:
        return _list(slots, fixed, refuses_zeros, language)
    if first.how:
        return _total(slots, fixed, refuses_zeros)
    return _agreed(slots, fixed, refuses_zeros)


def _choice(choices: list[Choice], fixed: Fixed, refuses_zeros: bool, language: str) -> FillRows:
    truths = [truth(one, fixed) for one in choices]
    branches = {
        is_true: [_filler(part, fixed, refuses_zeros, language) for part in zip(*inner, strict=True)]
        for is_true, inner in (
            (True, [one.body or NOTHING for one in choices]),
            (False, [one.otherwise or NOTHING for one in choices]),
        )
    }

    def fill(phone: str, rows: Sequence[Row]) -> list[str] | Missing:
        found = {truths[place](phone, name, values) for place, name, values in _of_first_group(rows)}
        if len(found) > 1:
            return Several(choices[rows[0][0]].key, asked=True)
        return _filled(branches[found.pop()], phone, rows)

    return fill


def _agreed(slots: list[Slot], fixed: Fixed, refuses_zeros: bool) -> FillRows:
    """The one value that all rows of the first group have, compared as it would be written."""
    write, refused = _writer(slots, fixed), _zero(slots, fixed, refuses_zeros)

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        slot, mine = slots[rows[0][0]], _of_first_group(rows)
        written = [write(phone, row) for row in mine]
        if isinstance(values := _all_or_none(slot, written), (str, Missing)):
            return values
        if len(set(values)) > 1:
            return Several(slot.key)
        return refused(phone, mine) or values[0]

    return fill


def _list(slots: list[Slot], fixed: Fixed, refuses_zeros: bool, language: str) -> FillRows:
    write, refused = _writer(slots, fixed), _zero(slots, fixed, refuses_zeros)
    and_ = AND.get(language, AND["en"])

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        written = [write(phone, row) for row in rows]
        if isinstance(values := _all_or_none(slots[rows[0][0]], written), (str, Missing)):
            return values
        *others, last = dict.fromkeys(values)
        return refused(phone, rows) or (f"{', '.join(others)} {and_} {last}" if others else last)

    return fill


def _total(slots: list[Slot], fixed: Fixed, refuses_zeros: bool) -> FillRows:
    """The sum, the earliest or the latest of the rows' values, written as one value is."""
    bare = _writer([replace(one, write=None) for one in slots], fixed)
    looked_at: Callable[[str | Missing], str | Missing] = _number if slots[0].how == SUM else lambda value: value

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        slot = slots[rows[0][0]]
        raw = [looked_at(bare(phone, row)) for row in rows]
        if isinstance(values := _all_or_none(slot, raw), (str, Missing)):
            return values
        total, place = _BY_HOW[slot.how](values, slots, rows)
        if refuses_zeros and slots[place].is_money and is_zero(total):
            return Zero(slots[place].key)
        write = slots[place].write
        return total if write is None else write(total)

    return fill


def _sum(values: list[str], slots: list[Slot], rows: Sequence[Row]) -> tuple[str, int]:
    place = rows[0][0]
    total = sum(map(Decimal, values), Decimal(0))
    return f"{total.quantize(CENT) if slots[place].is_money else total:f}", place


def _earliest(values: list[str], _slots: list[Slot], rows: Sequence[Row]) -> tuple[str, int]:
    # Dates are kept canonical: in the order of their letters.
    return min((value, row[0]) for value, row in zip(values, rows, strict=True))


def _latest(values: list[str], _slots: list[Slot], rows: Sequence[Row]) -> tuple[str, int]:
    return max((value, row[0]) for value, row in zip(values, rows, strict=True))


_BY_HOW = {SUM: _sum, EARLIEST: _earliest, LATEST: _latest}


def _writer(slots: list[Slot], fixed: Fixed) -> FillRow:
    """What one row's value is written as; Missing where it has none, whatever the fallback."""
    fillers = [slot_filler(replace(one, fallback=None), fixed, refuses_zeros=False) for one in slots]
    return lambda phone, row: fillers[row[0]](phone, row[1], row[2])


def _zero(slots: list[Slot], fixed: Fixed, refuses_zeros: bool) -> Callable[[str, Sequence[Row]], Zero | None]:
    fillers = [slot_filler(replace(one, fallback=None), fixed, refuses_zeros) for one in slots]

    def refused(phone: str, rows: Sequence[Row]) -> Zero | None:
        filled = (fillers[place](phone, name, values) for place, name, values in rows)
        return next((one for one in filled if isinstance(one, Zero)), None)

    return refused


def _all_or_none(slot: Slot, written: Sequence[str | Missing]) -> list[str] | str | Missing:
    """The rows' values; where none has any what the text says then, and Missing where only some have."""
    values = [one for one in written if isinstance(one, str)]
    if len(values) == len(written):
        return values
    if values:
        return Missing(slot.key, next(row for row, one in enumerate(written) if isinstance(one, Missing)))
    return Missing(slot.key) if slot.fallback is None else slot.fallback


def _number(value: str | Missing) -> str | Missing:
    """What can be added up; Missing: nothing, or no number."""
    if isinstance(value, Missing):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return Missing("")
    return value if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else Missing("")


def _of_first_group(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row[0] == rows[0][0]]
