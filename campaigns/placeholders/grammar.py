"""From a text to its pieces, in one pass; what cannot be read is an error with its position."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from campaigns.placeholders.joining import COUNT

MOST_NAME = 60
# Characters of a text as it is written, wherever it is written: page, API, one occurrence of what recurs.
LONGEST_TEXT = 2_000
_name_end = re.compile(r"[<>|:?\n]")
_trailing_blanks = re.compile(r"[ \t]+(?=\n)")


class PlaceholderError(ValueError):
    """What is wrong with a text: `code`, the `position` of its `<`, and `words` for whoever wrote it."""

    def __init__(self, code: str, position: int, words: str, suggestion: str = "") -> None:
        super().__init__(words)
        self.code, self.position, self.words, self.suggestion = code, position, words, suggestion


@dataclass(frozen=True, slots=True)
class Literal:
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """`<name:format|fallback>`; `fallback` is None where there is none."""

    name: str
    formats: tuple[str, ...]
    fallback: str | None
    start: int
    end: int

    @property
    def counts_rows(self) -> bool:
        """Whether it writes how many rows there are: 1 at least, and never a value."""
        return [one.lower() for one in self.formats] == [COUNT]


@dataclass(frozen=True, slots=True)
class When:
    """`<name?body|otherwise>`."""

    name: str
    body: tuple[Literal | Field, ...]
    otherwise: tuple[Literal | Field, ...]
    start: int
    end: int


Piece = Literal | Field | When


def key_of(name: str) -> str:
    """What names are compared by: letters and digits, ignoring case and accents."""
    flat = unicodedata.normalize("NFKD", name).casefold()
    return "".join(char for char in flat if char.isalnum())


def normalised(text: str) -> str:
    """The text as it is counted and stored: LF for CRLF, no blanks at line ends or at the end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _trailing_blanks.sub("", text).rstrip()


def parse(text: str) -> list[Piece]:
    """The pieces of a text. Raises PlaceholderError."""
    return Reader(text).pieces()


class Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def pieces(self) -> list[Piece]:
        found: list[Piece] = []
        plain: list[str] = []
        while self.at < len(self.text):
            if self.opens():
                _flush(plain, found)
                found.append(self.field())
            else:
                plain.append(self.char())
        _flush(plain, found)
        return found

    def opens(self) -> bool:
        """Whether a field begins here: `<` before a letter; `<<` is a literal one."""
        following = self.text[self.at + 1 : self.at + 2]
        return self.text[self.at] == "<" and following.isalpha()

    def char(self) -> str:
        if self.text.startswith("<<", self.at):
            self.at += 2
            return "<"
        self.at += 1
        return self.text[self.at - 1]

    def field(self, *, nested: bool = False) -> Field | When:
        start = self.at
        end = _name_end.search(self.text, start + 1)
        if end is None or self.text[end.start()] in "<\n":
            raise _unclosed(start)
        name = self.text[start + 1 : end.start()].rstrip()
        if len(name) > MOST_NAME:
            raise _unclosed(start)
        self.at = end.start()
        if self.text[self.at] == "?":
            if nested:
                raise PlaceholderError("nested", start, "A condition cannot stand inside another one.")
            return self._when(start, name)
        formats = []
        while self._is(":"):
            formats.append(self._until(start, ":|>", "<\n"))
            if not formats[-1].strip():
                raise PlaceholderError("empty_format", start, f"After the colon of <{name}:> a format is missing.")
        fallback = self._until(start, ">", "<|\n") if self._is("|") else None
        self.at += 1
        return Field(name, tuple(one.strip() for one in formats), fallback, start, self.at)

    def _when(self, start: int, name: str) -> When:
        self.at += 1
        body = self._body(start)
        otherwise: tuple[Literal | Field, ...] = ()
        if self._is("|"):
            self.at += 1
            otherwise = self._body(start)
        if not self._is(">"):
            raise _unclosed(start)
        self.at += 1
        return When(name, body, otherwise, start, self.at)

    def _body(self, start: int) -> tuple[Literal | Field, ...]:
        found: list[Piece] = []
        plain: list[str] = []
        while self.at < len(self.text) and self.text[self.at] not in ">|":
            if self.opens():
                _flush(plain, found)
                found.append(self.field(nested=True))
            elif self.text[self.at] == "<" and not self.text.startswith("<<", self.at):
                raise _unclosed(start)
            else:
                plain.append(self.char())
        if self.at >= len(self.text):
            raise _unclosed(start)
        _flush(plain, found)
        return tuple(found)  # type: ignore[arg-type]  # `_flush` leaves no loose characters

    def _is(self, char: str) -> bool:
        return self.text[self.at : self.at + 1] == char

    def _until(self, start: int, ends: str, forbidden: str) -> str:
        """What follows the sign under the cursor, up to one of `ends`, where the cursor then stands."""
        first = self.at + 1
        for position in range(first, len(self.text)):
            if self.text[position] in ends:
                self.at = position
                return self.text[first:position]
            if self.text[position] in forbidden:
                break
        raise _unclosed(start)


def _flush(plain: list[str], found: list[Piece]) -> None:
    if plain:
        found.append(Literal("".join(plain)))
        plain.clear()


def _unclosed(start: int) -> PlaceholderError:
    return PlaceholderError(
        "unclosed", start, "This < opens a field. Close it with >, or write << for a plain <.", suggestion="<<"
    )
