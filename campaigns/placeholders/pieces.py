"""What a compiled text is made of, what may stand in a text's place, and how the pieces become one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, str]
Formatter = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Missing:
    """In place of a text: this person has no value for `key`, and the text no fallback.

    Of several rows of one number: `row` is the place of the first one that has none.
    """

    key: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Zero(Missing):
    """In place of a text: this person would read an amount of 0.00, that of `key`."""


@dataclass(frozen=True, slots=True)
class Several(Missing):
    """In place of a text: the rows of this number have several values of `key`, and the text does not say which.

    `asked`: the text asks for it as a condition, which is true of some of the rows and not of others.
    """

    asked: bool = False


class Words(str):
    """The writer's own words, from which a blank beside an empty field may be taken; from a value none is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A field that is ready to be filled in."""

    key: str
    blank_words: bool  # whether "n/a" and the like count as missing
    write: Formatter | None
    fallback: str | None
    is_money: bool = False
    how: str = ""  # several rows become one value


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    type: str | None
    body: tuple[Words | Slot, ...]
    otherwise: tuple[Words | Slot, ...]


CompiledPiece = Words | Slot | Choice
NOTHING = (Words(""),)


def slots_of(piece: CompiledPiece) -> list[tuple[str, bool]]:
    """The keys that a piece uses, each with whether a value is needed."""
    if isinstance(piece, str):
        return []
    if isinstance(piece, Slot):
        return [(piece.key, piece.fallback is None)]
    inner = [one for part in (*piece.body, *piece.otherwise) for one in slots_of(part)]
    return [(piece.key, False), *((key, False) for key, _ in inner)]


def joined_by(pieces: tuple[CompiledPiece, ...]) -> Callable[[list[str]], str]:
    """How what these pieces come to becomes one text: plainly where none of them can be empty."""
    return _joined if any(_may_be_empty(piece) for piece in pieces) else "".join


def _may_be_empty(piece: CompiledPiece) -> bool:
    return isinstance(piece, Choice) or (isinstance(piece, Slot) and piece.fallback == "")


def _joined(written: list[str]) -> str:
    """The pieces as one text. An empty one between two blanks takes one of them away, the writer's and no value's."""
    done: list[str] = []
    gap = False
    for piece in written:
        if gap and isinstance(piece, Words) and piece.startswith(" ") and (not done or done[-1][-1] in " \n"):
            piece = Words(piece[1:])
        elif gap and piece.startswith("\n"):
            _take_last_blank(done)
        if piece:
            done.append(piece)
        gap = not piece
    if gap:
        _take_last_blank(done)
    return "".join(done)


def _take_last_blank(done: list[str]) -> None:
    if done and isinstance(done[-1], Words) and done[-1].endswith(" "):
        shorter = Words(done.pop()[:-1])
        if shorter:
            done.append(shorter)
