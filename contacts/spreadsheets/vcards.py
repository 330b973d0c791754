"""The child that reads vCards: `python -m contacts.spreadsheets.vcards FILE SPOOL CHOICES`; the rows of a workbook's.

A card is a row: the first one is row 2, under headings that are made here.
"""

from __future__ import annotations

import gzip
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from vobject.base import ContentLine, getLogicalLines, textLineToContentLine

from contacts.spreadsheets.bounds import LONG_CELL, LONGEST_CELL_LETTERS
from contacts.spreadsheets.headings import number_in
from contacts.spreadsheets.reading import MOST_ROWS, BadFile
from contacts.spreadsheets.spool import GZIP_LEVEL, TAB, answer_as_child
from contacts.spreadsheets.text import encoding_of
from contacts.values import clean_row
from lib.phones import numbers_in

BEGIN, END = "BEGIN:VCARD", "END:VCARD"
MOST_PHONES = 5
# With a photograph of a phone's camera in it.
MOST_CARD_LETTERS = 16 << 20
BASE64 = frozenset(["B", "BASE64"])
MOBILE_TYPES, PREFERRED = frozenset(["CELL", "MOBILE", "IPHONE"]), "PREF"
OTHERS = {"Email": "email", "Organisation": "org", "Birthday": "bday"}
# Whoever is a group, or a calendar's entry, is called by another name.
NAMES = ("fn", "nickname", "org")

_pictures = re.compile(r"^(?:\w+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)
_semicolon = re.compile(r"(?<!\\);")
_escaped = re.compile(r"\\([\\;,:nN])")
# What a phone dials after a pause, or waits to dial.
_dialled_later = re.compile(r"\s*[,;pw][\d,;pw*#]{0,7}$", re.IGNORECASE)
_tel_line = re.compile(r"^(?:[\w-]+\.)?TEL[^:\r\n]*:(?:tel:)?([^\r\n;]+)", re.IGNORECASE | re.MULTILINE)
_day = re.compile(r"(\d{4})(\d\d)(\d\d)")


@dataclass(frozen=True)
class Card:
    name: str
    phones: tuple[str, ...]
    others: tuple[str, ...] = ("",) * len(OTHERS)


def main(source: Path, spool: Path, _: dict[str, Any]) -> dict[str, Any]:
    """Write the cards of `source` to `spool`. Raises BadFile."""
    logging.disable(logging.CRITICAL)
    cards = [_card(text) for text in islice(_texts(source), MOST_ROWS + 1)]
    if len(cards) > MOST_ROWS:
        raise BadFile("too_large", f"The file has more than {MOST_ROWS:,} cards. Split it.")
    phones = max((len(card.phones) for card in cards), default=1)
    kept = [index for index, _ in enumerate(OTHERS) if any(card.others[index] for card in cards)]
    headings = ["Name", "Phone", *(f"Phone {number}" for number in range(2, phones + 1))]
    headings += [heading for index, heading in enumerate(OTHERS) if index in kept]
    with gzip.open(spool, "wt", GZIP_LEVEL, encoding="utf-8", newline="\n") as out:
        out.write(f"1\t{TAB.join(headings)}\n")
        for number, card in enumerate(cards, start=2):
            numbers = [*card.phones, *[""] * (max(phones, 1) - len(card.phones))]
            cells = clean_row([card.name, *numbers, *(card.others[index] for index in kept)])
            if max(map(len, cells)) > LONGEST_CELL_LETTERS:
                raise BadFile("too_large", f"Card {number - 1}: {LONG_CELL}")
            if any(cells):
                out.write(f"{number}\t{TAB.join(cells)}\n")
    return {"kind": "vcard", "sheet": "", "rows": len(cards) + 1}


def _texts(source: Path) -> Iterator[str]:
    """The text of each card, without its pictures."""
    lines: list[str] = []
    depth = letters = 0
    is_picture = False
    with source.open(encoding=encoding_of(source), errors="replace", newline=None) as file:
        while line := file.readline(MOST_CARD_LETTERS):
            mark = line.strip().upper()
            if mark == BEGIN:
                # An agent is a card within a card; else the end of the last one is missing.
                if depth and not lines[-1].upper().startswith("AGENT"):
                    yield "".join([*lines, *[f"{END}\n"] * depth])
                    depth = 0
                if not depth:
                    lines, letters = [], 0
                depth += 1
            if not depth:
                continue
            is_picture = (is_picture and line[:1] in " \t") or bool(_pictures.match(line))
            if not is_picture and letters < MOST_CARD_LETTERS:
                lines.append(line)
                letters += len(line)
            if mark == END:
                depth -= 1
                if not depth:
                    yield "".join(lines)
    if depth:
        yield "".join([*lines, *[f"{END}\n"] * depth])


def _card(text: str) -> Card:
    lines = list(_lines(text))
    numbers = sorted((_rank(line, one, at), one) for at, line in enumerate(lines) for one in _numbers(line))
    # The library stumbles in many ways; a number stands plainly in its line.
    phones = [one for _, one in numbers if one] or _tel_line.findall(text)
    return Card(
        _name(lines), tuple(dict.fromkeys(phones))[:MOST_PHONES], tuple(_value(lines, name) for name in OTHERS.values())
    )


def _lines(text: str) -> Iterator[ContentLine]:
    """The lines of the card itself that can be read, their values as they stand there.

    Of a whole card the library reads names and numbers as lists, and keeps what stands before the first comma.
    """
    depth = 0
    # allowQP: in vCards of 2.1 a line of quoted-printable goes on in the next.
    for logical, _ in getLogicalLines(io.StringIO(text), allowQP=True):
        try:
            line = textLineToContentLine(logical)
        except Exception:  # noqa: S112 - it stumbles in many ways
            continue
        depth += (line.name == "BEGIN") - (line.name == "END")
        encodings = [*line.params.get("ENCODING", ()), *line.singletonparams]
        if depth == 1 and BASE64.isdisjoint(map(str.upper, encodings)):
            yield line


def _rank(line: ContentLine, number: str, place: int) -> tuple[bool, bool, bool, int]:
    """Good mobile numbers first, then what is said to be one, then the preferred one."""
    types = {type_.upper() for value in line.params.values() for one in value for type_ in one.split(",")}
    types |= {one.upper() for one in line.singletonparams}
    good, _ = number_in(number)
    return (not good, not types & MOBILE_TYPES, PREFERRED not in types, place)


def _numbers(line: ContentLine) -> list[str]:
    """Those of a TEL: tel:+254-712-345-678;ext=1 without what is no number of it, and without what is dialled later."""
    if line.name != "TEL":
        return []
    value = _unescaped(line.value).strip()
    if value.lower().startswith("tel:"):
        value = value[4:].partition(";")[0]
    number = _dialled_later.sub("", value)
    return numbers_in(number if number_in(number)[0] else value)


def _name(lines: list[ContentLine]) -> str:
    """The full name, else the given and the family name, else what else it is called."""
    if name := _value(lines, "fn"):
        return name
    for line in lines:
        if line.name == "N":
            family, given, middle = ([_unescaped(one) for one in _semicolon.split(line.value)] + ["", "", ""])[:3]
            if name := " ".join(filter(None, (part.strip() for part in (given, middle, family)))):
                return name
    return next(filter(None, (_value(lines, name) for name in NAMES)), "")


def _value(lines: list[ContentLine], name: str) -> str:
    value = next((line.value.strip() for line in lines if line.name == name.upper() and line.value.strip()), "")
    if name == "bday":
        return "-".join(day.groups()) if (day := _day.fullmatch(value)) else value
    return _unescaped(" ".join(filter(None, _semicolon.split(value))))


def _unescaped(value: str) -> str:
    return _escaped.sub(lambda one: " " if one[1] in "nN" else one[1], value)


if __name__ == "__main__":
    answer_as_child(main)
