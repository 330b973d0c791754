"""A text compiled once and rendered for one person after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from campaigns.placeholders.filling import filler
from campaigns.placeholders.formats import formatter
from campaigns.placeholders.grammar import Field, Literal, Piece, PlaceholderError, key_of, normalised, parse
from campaigns.placeholders.joining import UnknownFormat, joining
from campaigns.placeholders.known import keys_by_name
from campaigns.placeholders.pieces import Choice, CompiledPiece, Missing, Slot, Values, Words, joined_by, slots_of

BUILT_IN = {"name": "text", "phone": "text", "today": "date", "sender": "text"}

Render = Callable[[str, str, Values], "str | Missing"]


class Template:
    """A text ready for rendering. `names` are the keys that it uses, `required` those that have no fallback.

    `asked` are those of its conditions.
    """

    def __init__(self, text: str, fields: Mapping[str, str] | None, language: str) -> None:
        self.text = normalised(text)
        self.language = language
        own = fields or {}
        self._known = {name: (key, own[key]) for name, key in keys_by_name(own).items()}
        self._known |= {key_of(key): (key, type_) for key, type_ in BUILT_IN.items()}
        self.pieces: tuple[CompiledPiece, ...] = tuple(self._piece(piece) for piece in parse(self.text))
        found = [one for piece in self.pieces for one in slots_of(piece)]
        self.asked = tuple(one.key for one in self.pieces if isinstance(one, Choice))
        self.names = tuple(dict.fromkeys(key for key, _ in found))
        self.required = tuple(dict.fromkeys(key for key, needed in found if needed))

    def renderer(self, *, today: date, sender: str, refuses_zeros: bool = False) -> Render:
        """A function of (phone, name, values) that gives the text, or Missing; Zero of whom an amount would be 0.00."""
        fixed = fixed_values(today, sender)
        pieces = [piece if isinstance(piece, Words) else filler(piece, fixed, refuses_zeros) for piece in self.pieces]
        join = joined_by(self.pieces)

        def render(phone: str, name: str, values: Values) -> str | Missing:
            written: list[str] = []
            for piece in pieces:
                if isinstance(piece, Words):
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

    def _piece(self, piece: Piece) -> CompiledPiece:
        if isinstance(piece, Literal):
            return Words(piece.text)
        if isinstance(piece, Field):
            return self._slot(piece)
        key, type_ = self._look_up(piece.name)
        return Choice(key, type_, tuple(map(self._inner, piece.body)), tuple(map(self._inner, piece.otherwise)))

    def _inner(self, piece: Literal | Field) -> Words | Slot:
        return Words(piece.text) if isinstance(piece, Literal) else self._slot(piece)

    def _slot(self, field: Field) -> Slot:
        key, type_ = self._look_up(field.name)
        try:
            how, rest = joining(field.name, type_, field.formats)
            write = None if type_ is None else formatter(type_, rest, self.language)
        except UnknownFormat as error:
            raise PlaceholderError("format", field.start, str(error), error.suggestion) from error
        return Slot(key, type_ in ("text", None), write, field.fallback, type_ == "money", how)

    def _look_up(self, name: str) -> tuple[str, str | None]:
        """The key and type of a field; no type where the group has no such field, so any format of it will do."""
        return self._known.get(key_of(name), (key_of(name), None))


def compile(text: str, fields: Mapping[str, str] | None = None, *, language: str = "en") -> Template:
    """Read a text once. `fields` are the group's keys and types; without them only the grammar is checked.

    `FieldTypes` has their other names too. Raises PlaceholderError. A field that the group lacks is no error here: each
    person misses it.
    """
    return Template(text, fields, language)


def fixed_values(today: date, sender: str) -> dict[str, str]:
    """The values that are the same for everybody."""
    return {"today": today.isoformat(), "sender": sender}
