"""What is likely wrong with a text although its grammar is right; some of it blocks a launch."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.placeholders.grammar import Field, Literal, PlaceholderError, When, key_of, normalised, parse
from campaigns.placeholders.template import BUILT_IN, compile

FOREIGN = re.compile(
    r"\{\{\s*([^{}]{1,60})\s*\}\}|\{\s*([^{}]{1,60})\s*\}|\[\s*([^\[\]]{1,60})\s*\]|\(\(\s*([^()]{1,60})\s*\)\)"
    r"|#\s*([^#\n]{1,60})\s*#|%\s*([^%\n]{1,60})\s*%|&lt;\s*([^&<>]{1,60})\s*&gt;|<\s+([^<>\n]{1,60}?)\s*>"
)
DOUBLED = re.compile(r"<<([^<>\n]{1,60})>>")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something at `position` of the text, in words; `blocks`: no launch until it is mended."""

    code: str
    position: int
    length: int
    words: str
    suggestion: str = ""
    blocks: bool = False


def lint(text: str, fields_by_group: Mapping[str, Mapping[str, str]]) -> list[Problem]:
    """All that is to be said of a text that goes to these groups (name -> field key -> type)."""
    text = normalised(text)
    try:
        pieces = parse(text)
        for fields in fields_by_group.values():
            compile(text, fields)
    except PlaceholderError as error:
        return [Problem(error.code, error.position, 1, error.words, error.suggestion, blocks=True)]
    known = {key_of(key): key for fields in fields_by_group.values() for key in fields}
    known |= {key: key for key in BUILT_IN}
    return [*_marks(text, known), *_fields(text, pieces, fields_by_group, known)]


def _marks(text: str, known: Mapping[str, str]) -> list[Problem]:
    found = []
    for match in DOUBLED.finditer(text):
        if key := known.get(key_of(match[1])):
            words = f"{match[0]} would be sent as it stands. Write <{key}>."
            found.append(Problem("doubled", match.start(), len(match[0]), words, f"<{key}>", blocks=True))
    for match in FOREIGN.finditer(text):
        name = next(one for one in match.groups() if one is not None)
        if key := known.get(key_of(name)):
            words = f"{match[0]} would be sent as it stands. Write <{key}>."
            found.append(Problem("foreign_mark", match.start(), len(match[0]), words, f"<{key}>", blocks=True))
    return found


def _fields(
    text: str,
    pieces: list[Literal | Field | When],
    fields_by_group: Mapping[str, Mapping[str, str]],
    known: Mapping[str, str],
) -> list[Problem]:
    found = []
    for field, optional in _all_fields(pieces):
        length = field.end - field.start
        quoted = text[field.start : field.end]
        key = known.get(key_of(field.name))
        if key is None:
            near = difflib.get_close_matches(key_of(field.name), known, n=1, cutoff=0.6)
            suggestion = f"<{known[near[0]]}>" if near else ""
            words = f"No group has a field {quoted}." + (f" Did you mean {suggestion}?" if suggestion else "")
            blocks = not optional
            found.append(Problem("unknown_field", field.start, length, words, suggestion, blocks))
            continue
        if isinstance(field, Field) and field.fallback == "" and text[field.end : field.end + 1] in tuple(",.!?"):
            before = text[: field.start].rpartition("\n")[2][-20:].rstrip()
            words = f"People without a value would read “{before}{text[field.end]}”. Give {quoted} a fallback."
            found.append(Problem("empty_fallback", field.start, length, words, blocks=True))
        for group, fields in fields_by_group.items():
            has = key in BUILT_IN or any(key_of(one) == key_of(key) for one in fields)
            if not has and not optional:
                words = f"Group {group} has no field <{key}>."
                found.append(Problem("group_lacks_field", field.start, length, words, blocks=True))
        if isinstance(field, Field) and _is_money(key, fields_by_group) and not _names_currency(text, field.start):
            found.append(Problem("no_currency", field.start, length, f"Write KES before {quoted}.", f"KES {quoted}"))
    return found


def _all_fields(pieces: list[Literal | Field | When]) -> list[tuple[Field | When, bool]]:
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


def _is_money(key: str, fields_by_group: Mapping[str, Mapping[str, str]]) -> bool:
    return any(fields.get(key) == "money" for fields in fields_by_group.values())


def _names_currency(text: str, position: int) -> bool:
    return re.search(r"(kes|ksh|kshs|sh|/=)\.?\s*$", text[:position], re.IGNORECASE) is not None
