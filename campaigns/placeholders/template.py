"""A text compiled once and rendered for one person after another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from campaigns.placeholders.formats import Formatter, UnknownFormat, formatter
from campaigns.placeholders.grammar import Field, Literal, Piece, PlaceholderError, key_of, normalised, parse

BUILT_IN = {"name": "text", "phone": "text", "today": "date", "sender": "text"}
NO_VALUE = frozenset({"-", ".", "n/a", "na", "nil", "none", "null", "#n/a"})
YES = frozenset({"yes", "true", "1"})
_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

Values = Mapping[str, str]
Render = Callable[[str, str, Values], "str | Missing"]


@dataclass(frozen=True, slots=True)
class Missing:
    """In place of a text: this person has no value for `key`, and the text no fallback."""

    key: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """A field that is ready to be filled in."""

    key: str
    blank_words: bool  # whether "n/a" and the like count as missing
    write: Formatter | None
    fallback: str | None


@dataclass(frozen=True, slots=True)
class _Choice:
    key: str
    type: str
    body: tuple[str | _Slot, ...]
    otherwise: tuple[str | _Slot, ...]


class Template:
    """A text ready for rendering. `names` are the keys that it uses, `required` those that have no fallback."""

    def __init__(self, text: str, fields: Mapping[str, str] | None, language: str) -> None:
        self.text = normalised(text)
        self._known = {key_of(key): (key, type_) for key, type_ in {**(fields or {}), **BUILT_IN}.items()}
        self._language = language
        self._strict = fields is not None
        self._pieces = tuple(self._piece(piece) for piece in parse(self.text))
        found = [one for piece in self._pieces for one in _slots(piece)]
        self.names = tuple(dict.fromkeys(key for key, _ in found))
        self.required = tuple(dict.fromkeys(key for key, needed in found if needed))

    def renderer(self, *, today: date, sender: str) -> Render:
        """A function of (phone, name, values) that gives the text, or Missing."""
        fixed = {"today": today.isoformat(), "sender": sender}
        pieces = self._pieces
        tidy = any(_may_be_empty(piece) for piece in pieces)

        def value_of(key: str, phone: str, name: str, values: Values) -> str:
            if key == "name":
                return name
            if key == "phone":
                return local(phone)
            return fixed[key] if key in fixed else values.get(key, "")

        def fill(slot: _Slot, phone: str, name: str, values: Values) -> str | Missing:
            value = value_of(slot.key, phone, name, values)
            if not value or value.isspace() or (slot.blank_words and value.strip().lower() in NO_VALUE):
                return Missing(slot.key) if slot.fallback is None else slot.fallback
            if slot.write is not None:
                value = slot.write(value)
            return value if value.isprintable() else _control.sub(" ", value)

        def render(phone: str, name: str, values: Values) -> str | Missing:
            written: list[str] = []
            for piece in pieces:
                if isinstance(piece, str):
                    written.append(piece)
                    continue
                if isinstance(piece, _Slot):
                    filled = fill(piece, phone, name, values)
                    if isinstance(filled, Missing):
                        return filled
                    _put(written, filled)
                    continue
                holds = _holds(piece, value_of(piece.key, phone, name, values))
                for inner in piece.body if holds else piece.otherwise or ("",):
                    filled = inner if isinstance(inner, str) else fill(inner, phone, name, values)
                    if isinstance(filled, Missing):
                        return filled
                    _put(written, filled)
            return _joined(written) if tidy else "".join(written)

        return render

    def _piece(self, piece: Piece) -> str | _Slot | _Choice:
        if isinstance(piece, Literal):
            return piece.text
        if isinstance(piece, Field):
            return self._slot(piece)
        key, type_ = self._look_up(piece.name)
        return _Choice(key, type_, tuple(map(self._inner, piece.body)), tuple(map(self._inner, piece.otherwise)))

    def _inner(self, piece: Literal | Field) -> str | _Slot:
        return piece.text if isinstance(piece, Literal) else self._slot(piece)

    def _slot(self, field: Field) -> _Slot:
        key, type_ = self._look_up(field.name)
        if not self._strict and key not in BUILT_IN:
            return _Slot(key, False, None, field.fallback)
        try:
            write = formatter(type_, field.formats, self._language)
        except UnknownFormat as error:
            raise PlaceholderError("format", field.start, str(error)) from error
        return _Slot(key, type_ in ("text", "choice"), write, field.fallback)

    def _look_up(self, name: str) -> tuple[str, str]:
        return self._known.get(key_of(name), (key_of(name), "text"))


def compile(text: str, fields: Mapping[str, str] | None = None, *, language: str = "en") -> Template:
    """Read a text once. `fields` are the group's keys and types; without them only the grammar is checked.

    Raises PlaceholderError. A field that the group lacks is no error here: each person misses it.
    """
    return Template(text, fields, language)


def local(phone: str) -> str:
    """A Kenyan number as people write it, 0712345678; others with their plus sign."""
    return "0" + phone[3:] if phone.startswith("254") and len(phone) == 12 else "+" + phone


def _slots(piece: str | _Slot | _Choice) -> list[tuple[str, bool]]:
    if isinstance(piece, str):
        return []
    if isinstance(piece, _Slot):
        return [(piece.key, piece.fallback is None)]
    inner = [one for part in (*piece.body, *piece.otherwise) for one in _slots(part)]
    return [(piece.key, False), *((key, False) for key, _ in inner)]


def _holds(choice: _Choice, value: str) -> bool:
    value = value.strip().lower()
    if not value or value in NO_VALUE:
        return False
    if choice.type == "boolean":
        return value in YES
    if choice.type in ("integer", "decimal", "money"):
        return value.strip("-0.") != ""
    return True


def _may_be_empty(piece: str | _Slot | _Choice) -> bool:
    return isinstance(piece, _Choice) or (isinstance(piece, _Slot) and piece.fallback == "")


def _put(written: list[str], filled: str) -> None:
    """An empty fallback or branch is marked by an empty piece, so that one of two blanks around it can go."""
    written.append(filled)


def _joined(written: list[str]) -> str:
    text = ""
    for number, piece in enumerate(written):
        if piece == "" and (not text or text[-1] in " \n") and number + 1 < len(written):
            following = written[number + 1]
            if following.startswith(" "):
                written[number + 1] = following[1:]
        text += piece
    return text.rstrip(" ")
