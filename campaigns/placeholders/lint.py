"""What is likely wrong with a text although its grammar is right; some of it blocks a launch."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from campaigns.placeholders.gaps import gaps
from campaigns.placeholders.grammar import Field, Literal, PlaceholderError, When, key_of, normalised, parse
from campaigns.placeholders.known import keys_by_name, type_by_name, written_by_name
from campaigns.placeholders.template import BUILT_IN, compile
from lib.counts import people_in_words

# At each place anew: in "10% off, %balance%" the first two signs are no mark.
FOREIGN = re.compile(
    r"(?=(\{\{\s*([^{}]{1,60}?)\s*\}\}|\{\s*([^{}]{1,60}?)\s*\}|\[\s*([^\[\]]{1,60}?)\s*\]"
    r"|\(\(\s*([^()]{1,60}?)\s*\)\)|#\s*([^#\n]{1,60}?)\s*#|%\s*([^%\n]{1,60}?)\s*%"
    r"|&lt;\s*([^&<>]{1,60}?)\s*&gt;|<\s+([^<>\n]{1,60}?)\s*>))"
)
DOUBLED = re.compile(r"<<([^<>\n]{1,60})>>")
CURRENCY_BEFORE = re.compile(r"(kes|kshs?|shs?|/=)\s*[.:]?\s*$", re.IGNORECASE)
CURRENCY_AFTER = re.compile(r"\s*(/=|/-|kes\b|kshs?\b|shillings?\b|bob\b)", re.IGNORECASE)
BEGINS_A_NAME = re.compile(r"\w[\w ]{0,58}")

Groups = Mapping[str, Mapping[str, str]]
Pieces = list[Literal | Field | When]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something at `position` of the normalised text, `length` characters long, for which `suggestion` may be written.

    `blocks`: no launch until it is mended.
    """

    code: str
    position: int
    length: int
    words: str
    suggestion: str = ""
    blocks: bool = False


def lint(
    text: str,
    fields_by_group: Groups,
    people: Mapping[str, int] | None = None,
    readers: Mapping[int, str] | None = None,
) -> list[Problem]:
    """All that is to be said of a text that goes to these groups (name -> field key -> type); `people` are in each.

    `readers`: who would read what the empty fallback at that place leaves, as "Dear ,": "20 people".
    """
    text = normalised(text)
    known = _known(fields_by_group)
    try:
        pieces = parse(text)
        for fields in fields_by_group.values():
            compile(text, fields)
    except PlaceholderError as error:
        return [_broken(text, error, known)]
    found = [
        *_marks(text, known),
        *_fields(text, pieces, fields_by_group, known, people or {}),
        *_gaps(text, pieces, readers or {}),
    ]
    return sorted(found, key=lambda problem: problem.position)


def _known(groups: Groups) -> dict[str, str]:
    """How each field is written, by all of its names; what is called so now goes before what was."""
    written = [written_by_name(fields) for fields in groups.values()]
    known = {name: now for one in written for name, now in one.items()}
    known |= {key_of(now): now for one in written for now in one.values()}
    return known | {key: key for key in BUILT_IN}


def _broken(text: str, error: PlaceholderError, known: Mapping[str, str]) -> Problem:
    """A text that cannot be read; of `Dear <name, ...` it is plain what was meant."""
    problem = Problem(error.code, error.position, 1, error.words, error.suggestion, blocks=True)
    if error.code == "format":
        return replace(problem, length=text.index(">", error.position) + 1 - error.position, suggestion="")
    begun = BEGINS_A_NAME.match(text, error.position + 1)
    if error.code != "unclosed" or begun is None:
        return problem
    words = begun[0].split(" ")
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        if key := known.get(key_of(name)):
            return replace(problem, length=1 + len(name), suggestion=f"<{key}>")
    return problem


def _marks(text: str, known: Mapping[str, str]) -> Iterator[Problem]:
    for match in DOUBLED.finditer(text):
        if key := known.get(key_of(match[1])):
            yield _mark("doubled", match.start(), match[0], key)
    end = 0
    for match in FOREIGN.finditer(text):
        name = next(one for one in match.groups()[1:] if one is not None)
        if match.start() >= end and (key := known.get(key_of(name))):
            yield _mark("foreign_mark", match.start(), match[1], key)
            end = match.start() + len(match[1])


def _mark(code: str, position: int, written: str, key: str) -> Problem:
    words = f"{written} would be sent as it stands. Write <{key}>."
    return Problem(code, position, len(written), words, f"<{key}>", blocks=True)


def _fields(
    text: str, pieces: Pieces, groups: Groups, known: Mapping[str, str], people: Mapping[str, int]
) -> Iterator[Problem]:
    for field, optional in _all_fields(pieces):
        length = field.end - field.start
        quoted = text[field.start : field.end]
        key = known.get(key_of(field.name))
        if key is None:
            yield _unknown(field, quoted, known, blocks=not optional)
            continue
        for group, fields in groups.items():
            has = key in BUILT_IN or key_of(field.name) in keys_by_name(fields)
            if not has and not optional:
                words = f"Group {group} has no field <{key}>{_counted(people.get(group))}."
                yield Problem("group_lacks_field", field.start, length, words, blocks=True)
        is_amount = isinstance(field, Field) and not field.counts_rows and _is_money(field.name, groups)
        if is_amount and not _names_currency(text, field):
            yield Problem("no_currency", field.start, length, f"Write KES before {quoted}.", f"KES {quoted}")


def _gaps(text: str, pieces: Pieces, readers: Mapping[int, str]) -> Iterator[Problem]:
    for gap in gaps(text, pieces):
        start, end = gap.field.start, gap.field.end
        who = readers.get(start, "People without a value")
        words = f"{who} would read “{gap.reads}”. Give {text[start:end]} a fallback."
        yield Problem("empty_fallback", start, end - start, words, blocks=True)


def _unknown(field: Field | When, quoted: str, known: Mapping[str, str], *, blocks: bool) -> Problem:
    shown = quoted if isinstance(field, Field) else f"<{field.name}>"
    words, suggestion = f"No group has a field {shown}.", ""
    if near := difflib.get_close_matches(key_of(field.name), known, n=1, cutoff=0.6):
        key = known[near[0]]
        words += f" Did you mean <{key}>?"
        # Only the name is another one: its formats and its fallback stay.
        suggestion = f"<{key}{quoted[1 + len(field.name) :].lstrip()}"
    return Problem("unknown_field", field.start, len(quoted), words, suggestion, blocks)


def _counted(people: int | None) -> str:
    return "" if people is None else f": {people_in_words(people)}"


def _all_fields(pieces: Pieces) -> list[tuple[Field | When, bool]]:
    """Each field, and whether a person may lack its value."""
    found: list[tuple[Field | When, bool]] = []
    for piece in pieces:
        if isinstance(piece, Field):
            found.append((piece, piece.fallback is not None))
        elif isinstance(piece, When):
            found.append((piece, True))
            inner = [one for one in (*piece.body, *piece.otherwise) if isinstance(one, Field)]
            found += [(one, True) for one in inner]
    return found


def _is_money(name: str, groups: Groups) -> bool:
    return any(type_by_name(fields, name) == "money" for fields in groups.values())


def _names_currency(text: str, field: Field | When) -> bool:
    return bool(CURRENCY_BEFORE.search(text[: field.start]) or CURRENCY_AFTER.match(text, field.end))
