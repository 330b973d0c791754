"""Which column is the phone: each is scored by its cells and its heading, and where two are close a person is asked.

It decides who is texted a debt, so that nothing is settled by the order of columns or by a single cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from contacts.spreadsheets.heading_words import (
    heading_words,
    is_another_line,
    is_for_reference,
    is_money,
    is_private,
    is_somebody_else_s,
    may_be_money,
    says_phone,
)
from contacts.spreadsheets.headings import looks_like_number, number_in
from contacts.spreadsheets.within_words import where_numbers_are
from lib import phones

# Of two columns whose scores are nearer than this nobody can tell which is meant.
CLOSE = 0.2
# A cell that is no number as it stands, but was one.
DAMAGED = 0.1
# Under a heading that says nothing: 712345678 may be anything, and so may a column with few numbers among its cells.
BARE = 0.5
FEWEST_OF_FILLED = 0.3
MOST_NAMED = 3
# Of a wide sheet fewer rows are looked at, so that no request waits: an odd cell takes a tenth of a millisecond.
MOST_CELLS = 10_000
# 712345678,712345679
FEWEST_LETTERS_OF_TWO = 19

_words = re.compile(r"[^\W\d_xX]{2,}")
_written_out = re.compile(r"\D*(?:0|254)|\+")


class Standing(Enum):
    """What a heading says of the numbers under it; the value, in words."""

    OWN = ""
    ANOTHER_LINE = "is by its heading another line of theirs"
    REFERENCE = "is by its heading an account or a reference"
    SOMEBODY_ELSE = "is by its heading somebody else's"
    NEVER = "is by its heading no phone"


# Never taken by themselves, even where there is no other.
ASKED_ABOUT = (Standing.REFERENCE, Standing.SOMEBODY_ELSE)
# What the share of good numbers, from 0 to 1, is raised by where the heading says nothing, perhaps a phone, a phone.
# Their own phone comes before another line unless it is nearly empty, and before somebody else's whatever is in it.
RAISED_BY = {
    Standing.OWN: (0.0, 0.7, 1.0),
    Standing.ANOTHER_LINE: (0.1, 0.1, 0.1),
    Standing.REFERENCE: (-1.0, -1.0, -1.0),
    Standing.SOMEBODY_ELSE: (-1.0, -1.0, -1.0),
}


@dataclass(frozen=True, slots=True)
class PhoneVerdict:
    """`index` is the column that is taken, None where nobody can tell; `doubtful`, those between which to choose.

    `words` say why it was taken, or what stands against each; or, where no column holds numbers,
    what the file looks like, if anything.
    """

    index: int | None = None
    words: str = ""
    doubtful: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> PhoneVerdict:
        return cls(**{**stored, "doubtful": tuple(stored.get("doubtful", ()))})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One column. `numbers` has the digits of each row's good number, `share` counts the damaged ones a little.

    One that is never the phone has neither.
    """

    index: int
    heading: str
    standing: Standing
    says_phone: int
    numbers: tuple[str, ...]
    share: float
    share_of_filled: float

    @property
    def good(self) -> int:
        return sum(map(bool, self.numbers))

    @property
    def holds_numbers(self) -> bool:
        """Whether it may be the phone at all."""
        return self.share > 0 and (self.says_phone > 0 or self.share_of_filled >= FEWEST_OF_FILLED)

    @property
    def score(self) -> float:
        """The share, half of it for numbers that are all different; then what the heading says."""
        different = len(set(self.numbers) - {""}) / self.good if self.good else 1.0
        return self.share * (1 + different) / 2 + RAISED_BY[self.standing][self.says_phone]

    def says_the_same(self, other: Candidate) -> bool:
        """Whether both have one number wherever both have any: then it is all the same which is taken."""
        both = [(own, its) for own, its in zip(self.numbers, other.numbers, strict=True) if own and its]
        return bool(both) and all(own == its for own, its in both)


def judge_phone_column(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> PhoneVerdict:
    """The column of phone numbers by its heading and the sampled rows, whichever way columns and rows are ordered."""
    rows = [row for row in rows if any(row)][: MOST_CELLS // max(len(headings), 1)]
    columns = [_candidate(index, heading, rows) for index, heading in enumerate(headings)]
    candidates = sorted((one for one in columns if one.holds_numbers), key=lambda one: -one.score)
    if not candidates:
        return PhoneVerdict(None, where_numbers_are(headings, rows))
    best, *others = candidates
    close = [best, *(one for one in others if best.score - one.score < CLOSE)]
    asked = tuple(one.index for one in close)
    if not all(best.says_the_same(one) for one in close[1:]):
        counts = listed([f"{one.good:,}" for one in close[:MOST_NAMED]])
        words = (
            f"{_headings(close)} may each be the phone number (of {_rows(rows)}, {counts} have a mobile number there)"
        )
        return PhoneVerdict(None, words, asked)
    if words := _doubt(close, columns):
        return PhoneVerdict(None, words, asked)
    return PhoneVerdict(best.index, _why(best, others, rows))


def holds_numbers(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Whether a column that was chosen before can still be the phone, whatever its heading."""
    found = [_number(row[index]) for row in rows if index < len(row)]
    return any(digits or damage not in ("", "length") for digits, damage in found)


def is_asked_about(heading: str) -> bool:
    """Whether by its heading a person has to say that a column is the phone."""
    return _standing(heading_words(heading)) in (*ASKED_ABOUT, Standing.NEVER)


def _candidate(index: int, heading: str, rows: Sequence[Sequence[str]]) -> Candidate:
    words = heading_words(heading)
    standing, says = _standing(words), says_phone(words)
    cells = [row[index] if index < len(row) else "" for row in rows]
    numbers: list[str] = []
    weight, clearly = 0.0, 0
    for cell in cells:
        digits, damage = _number(cell) if standing is not Standing.NEVER else ("", "")
        numbers.append(digits)
        clearly += bool(digits) or damage not in ("", "length")
        if digits:
            written_out = bool(says or _written_out.match(cell))
            weight += 1 if written_out else 0 if standing is Standing.REFERENCE else BARE
        elif damage:
            weight += DAMAGED
    filled = sum(map(bool, cells))
    return Candidate(
        index,
        heading,
        standing,
        says,
        tuple(numbers),
        weight / len(cells) if cells else 0,
        clearly / filled if filled else 0,
    )


def _standing(words: tuple[str, ...]) -> Standing:
    if is_private(words) or is_money(words):
        return Standing.NEVER
    if is_somebody_else_s(words):
        return Standing.SOMEBODY_ELSE
    if is_for_reference(words):
        return Standing.REFERENCE
    if may_be_money(words) and not says_phone(words):
        return Standing.NEVER
    return Standing.ANOTHER_LINE if is_another_line(words) else Standing.OWN


def _number(cell: str) -> tuple[str, str]:
    """As `number_in`; of several numbers the first one."""
    digits, damage = number_in(cell)
    if damage == "masked" and _words.search(cell):
        # 2547****151 - JANE DEMO
        return "", ""
    if digits or not FEWEST_LETTERS_OF_TWO <= len(cell) <= phones.LONGEST_CELL:
        return digits, damage
    pieces = phones.numbers_in(cell)
    if len(pieces) > 1 and all(map(looks_like_number, pieces)):
        return number_in(pieces[0])
    return digits, damage


def _doubt(close: Sequence[Candidate], columns: Iterable[Candidate]) -> str:
    """Why the best columns, which hold the same numbers, are not taken without asking; "" where they are."""
    best = close[0]
    if best.standing in ASKED_ABOUT:
        hold = "hold" if len(close) > 1 else "holds"
        return f"Only {_headings(close)} {hold} what may be mobile numbers, and “{best.heading}” {best.standing.value}"
    if best.says_phone and best.standing is Standing.OWN:
        return ""
    empty = [one for one in columns if one.says_phone > 1 and one.standing is Standing.OWN and not one.share]
    has = "have" if len(empty) > 1 else "has"
    return f"{_headings(empty)} {has} no mobile number, and “{best.heading}” has some" if empty else ""


def _why(best: Candidate, others: Sequence[Candidate], rows: Sequence[Sequence[str]]) -> str:
    words = f"{best.good:,} of {_rows(rows)} {'has' if best.good == 1 else 'have'} a mobile number here"
    if best.says_phone:
        words += ", and the heading says so"
    for other in others[:MOST_NAMED]:
        less = f"has {other.good:,}" if other.good < best.good else "says less by its heading, or repeats its numbers"
        words += f"; “{other.heading}” {other.standing.value or less}"
    return f"{words}."


def _rows(rows: Sequence[object]) -> str:
    return "1 row looked at" if len(rows) == 1 else f"{len(rows):,} rows looked at"


def _headings(named: Sequence[Candidate]) -> str:
    quoted = [f"“{one.heading}”" for one in named[:MOST_NAMED]]
    return listed([*quoted, f"{len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else quoted)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
