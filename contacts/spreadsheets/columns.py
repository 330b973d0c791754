"""What the columns of a file are likely to be: guessed from headings and values, shown, and open to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contacts.spreadsheets.field_types import guess_type
from contacts.spreadsheets.heading_words import heading_words, is_private, says_name
from contacts.spreadsheets.phone_column import PhoneVerdict, judge_phone_column
from contacts.values import field_key, plain_key

PHONE, NAME, FIELD, NEW, IGNORE = "phone", "name", "field", "new", "ignore"
SAMPLES_SHOWN = 3
# The last column of our own files: whom it names is on the list of opt-outs, and no field says it.
OPTED_OUT, LEFT_OUT = "opted_out", {"", "no texts", "no marketing"}
# Of a column under Member so many cells hold no digit, where it has their names.
MOST_WORDS = 0.8


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` and `type` are of the field that it fills, or would make."""

    index: int
    heading: str
    role: str
    key: str = ""
    label: str = ""
    type: str = "text"
    samples: tuple[str, ...] = ()


def guess_fields(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    existing: Mapping[str, tuple[str, str]],
    *,
    first_upload: bool,
    had_heading: bool = True,
    verdict: PhoneVerdict | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Column]:
    """What each column is. `existing` has the label and type of each field by its key, `names` the key by any name.

    A first upload makes new fields; later ones ignore what they do not know. The phone is as in `verdict`, or judged.
    """
    columns = [[row[index] if index < len(row) else "" for row in rows] for index in range(len(headings))]
    phone = (verdict or judge_phone_column(headings, rows)).index
    name = _name_column(headings, columns)
    guessed: list[Column] = []
    taken = {*existing, *(names or ())}
    for index, heading in enumerate(headings):
        samples = tuple(dict.fromkeys(cell for cell in columns[index] if cell))[:SAMPLES_SHOWN]
        if index in (phone, name):
            guessed.append(Column(index, heading, PHONE if index == phone else NAME, samples=samples))
            continue
        known = field_of_heading(heading, existing, names)
        key = known or field_key(heading, taken)
        type_ = existing[known][1] if known else guess_type(heading, columns[index])
        new = first_upload and had_heading and any(columns[index]) and not is_private(heading_words(heading))
        new = new and not (plain_key(heading) == OPTED_OUT and LEFT_OUT.issuperset(columns[index]))
        role = FIELD if known else NEW if new else IGNORE
        if role == NEW:
            taken.add(key)
        guessed.append(Column(index, heading, role, key, existing[known][0] if known else heading, type_, samples))
    return guessed


def _name_column(headings: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    """The first that says name by its heading, else the first that says a person and holds words."""
    says = [says_name(heading) for heading in headings]
    if 2 in says:
        return says.index(2)
    return next((index for index, cells in enumerate(columns) if says[index] and _are_words(cells)), None)


def _are_words(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(_is_word, filled)) >= len(filled) * MOST_WORDS


def _is_word(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and not any(map(str.isdecimal, cell))


def field_of_heading(
    heading: str, existing: Mapping[str, tuple[str, str]], names: Mapping[str, str] | None = None
) -> str | None:
    """The key of the field that a column is by its heading, of those with a label and type by their keys.

    `names`: the key of each name that a field has or had.
    """
    key = field_key(heading)
    key = (names or {}).get(key, key)
    if key in existing:
        return key
    return next((key for key, (label, _) in existing.items() if label.casefold() == heading.casefold()), None)
