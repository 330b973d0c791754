"""One text for all rows of a number: joined where the text says how, otherwise they must agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from campaigns.placeholders.filling import Fixed, slot_filler, truth
from campaigns.placeholders.joining import COUNT, EARLIEST, LIST, SUM
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
    if first.how == SUM:
        return _sum(slots, fixed, refuses_zeros)
    if first.how:
        return _first_or_last(slots, fixed)
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
    read, refused = _reader(slots, fixed), _zero(slots, fixed, refuses_zeros)

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        mine = _of_first_group(rows)
        written = read(phone, mine)
        if not all(written):
            return _lacking(slots[rows[0][0]], written)
        if written.count(written[0]) < len(written):
            return Several(slots[rows[0][0]].key)
        return (refused and refused(phone, mine)) or written[0]

    return fill


def _list(slots: list[Slot], fixed: Fixed, refuses_zeros: bool, language: str) -> FillRows:
    read, refused = _reader(slots, fixed), _zero(slots, fixed, refuses_zeros)
    and_ = f" {AND.get(language, AND['en'])} "

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        written = read(phone, rows)
        if not all(written):
            return _lacking(slots[rows[0][0]], written)
        *others, last = dict.fromkeys(written)
        return (refused and refused(phone, rows)) or (", ".join(others) + and_ + last if others else last)

    return fill


def _sum(slots: list[Slot], fixed: Fixed, refuses_zeros: bool) -> FillRows:
    read = _reader([replace(one, write=None) for one in slots], fixed)

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        slot, raw = slots[rows[0][0]], read(phone, rows)
        numbers = [number for one in raw if (number := _number(one)) is not None]
        if len(numbers) < len(raw):
            return _lacking(slot, ["" if _number(one) is None else one for one in raw])
        total = sum(numbers, Decimal(0))
        if refuses_zeros and slot.is_money and not total:
            return Zero(slot.key)
        written = f"{total.quantize(CENT) if slot.is_money else total:f}"
        return written if slot.write is None else slot.write(written)

    return fill


def _first_or_last(slots: list[Slot], fixed: Fixed) -> FillRows:
    """The earliest or the latest date, which are kept canonical: in the order of their letters."""
    read = _reader([replace(one, write=None) for one in slots], fixed)
    chosen = min if slots[0].how == EARLIEST else max

    def fill(phone: str, rows: Sequence[Row]) -> str | Missing:
        raw = read(phone, rows)
        if not all(raw):
            return _lacking(slots[rows[0][0]], raw)
        value = chosen(raw)
        write = slots[rows[raw.index(value)][0]].write
        return value if write is None else write(value)

    return fill


def _reader(slots: list[Slot], fixed: Fixed) -> Callable[[str, Sequence[Row]], list[str]]:
    """What the rows' values are written as; empty where one has none, whatever the fallback."""
    fillers = [slot_filler(replace(one, fallback=""), fixed, refuses_zeros=False) for one in slots]

    def read(phone: str, rows: Sequence[Row]) -> list[str]:
        # With a fallback none is Missing.
        return [fillers[place](phone, name, values) for place, name, values in rows]  # type: ignore[misc]

    return read


def _zero(slots: list[Slot], fixed: Fixed, refuses_zeros: bool) -> Callable[[str, Sequence[Row]], Zero | None] | None:
    """The first amount of 0.00 that would be read; None where none is looked for."""
    if not (refuses_zeros and any(one.is_money for one in slots)):
        return None
    fillers = [slot_filler(replace(one, fallback=""), fixed, refuses_zeros) for one in slots]

    def refused(phone: str, rows: Sequence[Row]) -> Zero | None:
        filled = (fillers[place](phone, name, values) for place, name, values in rows)
        return next((one for one in filled if isinstance(one, Zero)), None)

    return refused


def _lacking(slot: Slot, written: list[str]) -> str | Missing:
    """Where only some of the rows have a value, the first that has none; where none has any what the text says then."""
    if any(written):
        return Missing(slot.key, written.index(""))
    return Missing(slot.key) if slot.fallback is None else slot.fallback


def _number(value: str) -> Decimal | None:
    """What can be added up; None: nothing, or no number."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else None


def _of_first_group(rows: Sequence[Row]) -> Sequence[Row]:
    first = rows[0][0]
    return rows if rows[-1][0] == first else [row for row in rows if row[0] == first]
