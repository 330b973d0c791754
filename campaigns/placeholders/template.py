"""A text compiled once and rendered for one person after another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from campaigns.placeholders.formats import NUMBERS, Formatter, UnknownFormat, formatter
from campaigns.placeholders.grammar import Field, Literal, Piece, PlaceholderError, key_of, normalised, parse

BUILT_IN = {"name": "text", "phone": "text", "today": "date", "sender": "text"}
# What people and programs write for nothing, in small letters; of two columns that were joined, twice.
BY_PROGRAMS = (
    "none", "null", "(null)", "[null]", "<null>", "\\n", "nan", "nat", "<na>", "n/a", "undefined", "(none)", "(blank)",
    "(empty)", "[object object]", "#n/a", "#n/a!", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!",
    "#spill!", "#calc!", "#error!",
)  # fmt: skip
NO_VALUE = frozenset({
    "-", "--", "---", "–", "—", ".", "..", "...", "…", "?", "??", "???", "_", "*", "/", "na", "n.a", "n.a.", "nil",
    *BY_PROGRAMS, *(f"{one} {one}" for one in BY_PROGRAMS),
})  # fmt: skip
YES = frozenset({"yes", "true", "1"})
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # categories of Unicode
_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

Values = Mapping[str, str]
Render = Callable[[str, str, Values], "str | Missing"]
Fill = Callable[[str, str, Values], "str | list[str] | Missing"]


@dataclass(frozen=True, slots=True)
class Missing:
    """In place of a text: this person has no value for `key`, and the text no fallback."""

    key: str


@dataclass(frozen=True, slots=True)
class Zero(Missing):
    """In place of a text: this person would read an amount of 0.00, that of `key`."""


class _Words(str):
    """The writer's own words, from which a blank beside an empty field may be taken; from a value none is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Slot:
    """A field that is ready to be filled in."""

    key: str
    blank_words: bool  # whether "n/a" and the like count as missing
    write: Formatter | None
    fallback: str | None
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class _Choice:
    key: str
    type: str | None
    body: tuple[_Words | _Slot, ...]
    otherwise: tuple[_Words | _Slot, ...]


EMPTY = (_Words(""),)


class Template:
    """A text ready for rendering. `names` are the keys that it uses, `required` those that have no fallback."""

    def __init__(self, text: str, fields: Mapping[str, str] | None, language: str) -> None:
        self.text = normalised(text)
        self._known = {key_of(key): (key, type_) for key, type_ in {**(fields or {}), **BUILT_IN}.items()}
        self._language = language
        self._pieces = tuple(self._piece(piece) for piece in parse(self.text))
        found = [one for piece in self._pieces for one in _slots(piece)]
        self.names = tuple(dict.fromkeys(key for key, _ in found))
        self.required = tuple(dict.fromkeys(key for key, needed in found if needed))

    def renderer(self, *, today: date, sender: str, refuses_zeros: bool = False) -> Render:
        """A function of (phone, name, values) that gives the text, or Missing; Zero of whom an amount would be 0.00."""
        fixed = {"today": today.isoformat(), "sender": sender}
        pieces = [
            piece if isinstance(piece, _Words) else _filler(piece, fixed, refuses_zeros) for piece in self._pieces
        ]
        join = _joined if any(_may_be_empty(piece) for piece in self._pieces) else "".join

        def render(phone: str, name: str, values: Values) -> str | Missing:
            written: list[str] = []
            for piece in pieces:
                if isinstance(piece, _Words):
                    written.append(piece)
                    continue
                filled = piece(phone, name, values)
                if isinstance(filled, str):
                    written.append(filled)
                elif isinstance(filled, Missing):
                    return filled
                else:
                    written += filled
            return join(written)

        return render

    def _piece(self, piece: Piece) -> _Words | _Slot | _Choice:
        if isinstance(piece, Literal):
            return _Words(piece.text)
        if isinstance(piece, Field):
            return self._slot(piece)
        key, type_ = self._look_up(piece.name)
        return _Choice(key, type_, tuple(map(self._inner, piece.body)), tuple(map(self._inner, piece.otherwise)))

    def _inner(self, piece: Literal | Field) -> _Words | _Slot:
        return _Words(piece.text) if isinstance(piece, Literal) else self._slot(piece)

    def _slot(self, field: Field) -> _Slot:
        key, type_ = self._look_up(field.name)
        if type_ is None:
            return _Slot(key, True, None, field.fallback)
        try:
            write = formatter(type_, field.formats, self._language)
        except UnknownFormat as error:
            raise PlaceholderError("format", field.start, str(error), error.suggestion) from error
        return _Slot(key, type_ == "text", write, field.fallback, type_ == "money")

    def _look_up(self, name: str) -> tuple[str, str | None]:
        """The key and type of a field; no type where the group has no such field, so any format of it will do."""
        return self._known.get(key_of(name), (key_of(name), None))


def compile(text: str, fields: Mapping[str, str] | None = None, *, language: str = "en") -> Template:
    """Read a text once. `fields` are the group's keys and types; without them only the grammar is checked.

    Raises PlaceholderError. A field that the group lacks is no error here: each person misses it.
    """
    return Template(text, fields, language)


def local(phone: str) -> str:
    """A Kenyan number as people write it, 0712345678; others with their plus sign."""
    return "0" + phone[3:] if phone.startswith("254") and len(phone) == 12 else "+" + phone


def _filler(piece: _Slot | _Choice, fixed: Mapping[str, str], refuses_zeros: bool) -> Fill:
    """What a field, or a condition with what is in it, comes to for one person."""
    fill = _slot_filler if isinstance(piece, _Slot) else _choice_filler
    return fill(piece, fixed, refuses_zeros)  # type: ignore[arg-type]  # each fills its own


def _slot_filler(slot: _Slot, fixed: Mapping[str, str], refuses_zeros: bool) -> Fill:
    value_of, write, blank_words = _value_of(slot.key, fixed), slot.write, slot.blank_words
    without = Missing(slot.key) if slot.fallback is None else slot.fallback
    zero = Zero(slot.key) if refuses_zeros and slot.is_money else None

    def fill(phone: str, name: str, values: Values) -> str | Missing:
        value = value_of(phone, name, values)
        if not value:
            return without
        if not value.isprintable():
            value = _cleaned(value)
        if not value or value.isspace() or (blank_words and value.strip().lower() in NO_VALUE):
            return without
        if zero is not None and not value.strip("-0."):
            return zero
        return (value if write is None else write(value)) or without

    return fill


def _choice_filler(choice: _Choice, fixed: Mapping[str, str], refuses_zeros: bool) -> Fill:
    value_of, type_ = _value_of(choice.key, fixed), choice.type
    branches = {
        holds: [one if isinstance(one, _Words) else _slot_filler(one, fixed, refuses_zeros) for one in inner or EMPTY]
        for holds, inner in ((True, choice.body), (False, choice.otherwise))
    }

    def fill(phone: str, name: str, values: Values) -> list[str] | Missing:
        written: list[str] = []
        for piece in branches[_holds(type_, _cleaned(value_of(phone, name, values)).strip().lower())]:
            filled = piece if isinstance(piece, _Words) else piece(phone, name, values)
            if isinstance(filled, Missing):
                return filled
            written.append(filled)  # type: ignore[arg-type]  # no choice stands within a choice
        return written

    return fill


def _value_of(key: str, fixed: Mapping[str, str]) -> Callable[[str, str, Values], str]:
    if key == "name":
        return lambda _phone, name, _values: name
    if key == "phone":
        return lambda phone, _name, _values: local(phone)
    if key in fixed:
        constant = fixed[key]
        return lambda _phone, _name, _values: constant
    return lambda _phone, _name, values: values.get(key, "")


def _slots(piece: _Words | _Slot | _Choice) -> list[tuple[str, bool]]:
    if isinstance(piece, str):
        return []
    if isinstance(piece, _Slot):
        return [(piece.key, piece.fallback is None)]
    inner = [one for part in (*piece.body, *piece.otherwise) for one in _slots(part)]
    return [(piece.key, False), *((key, False) for key, _ in inner)]


def _holds(type_: str | None, value: str) -> bool:
    if type_ == "boolean":
        return value in YES
    if type_ in NUMBERS:
        return value.strip("-0.") != ""
    return value != "" and not (type_ in ("text", None) and value in NO_VALUE)


def _cleaned(value: str) -> str:
    """Blanks for line breaks and control characters; nothing for a value that nobody would see."""
    if value.isprintable():
        return value
    if all(unicodedata.category(char) in INVISIBLE for char in value):
        return ""
    return _control.sub(" ", value)


def _may_be_empty(piece: _Words | _Slot | _Choice) -> bool:
    return isinstance(piece, _Choice) or (isinstance(piece, _Slot) and piece.fallback == "")


def _joined(written: list[str]) -> str:
    """The pieces as one text. An empty one between two blanks takes one of them away, the writer's and no value's."""
    done: list[str] = []
    gap = False
    for piece in written:
        if gap and isinstance(piece, _Words) and piece.startswith(" ") and (not done or done[-1][-1] in " \n"):
            piece = _Words(piece[1:])
        elif gap and piece.startswith("\n"):
            _take_last_blank(done)
        if piece:
            done.append(piece)
        gap = not piece
    if gap:
        _take_last_blank(done)
    return "".join(done)


def _take_last_blank(done: list[str]) -> None:
    if done and isinstance(done[-1], _Words) and done[-1].endswith(" "):
        shorter = _Words(done.pop()[:-1])
        if shorter:
            done.append(shorter)
