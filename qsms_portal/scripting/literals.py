"""A JSON value as each language writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WIDTH = 84
A_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z", re.IGNORECASE)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _php_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _ruby_quoted(text: str) -> str:
    return re.sub(r"#(?=[{$@])", r"\\#", _quoted(text))


@dataclass(frozen=True)
class Notation:
    """How values are spelt: true, false, none, texts, and what stands around and in lists and objects.

    `entry` writes the name of an object's entry with what follows it. `trails`: a comma after the last entry is a must
    where entries stand in lines of their own.
    """

    constants: tuple[str, str, str]
    quote: Callable[[str], str]
    of_list: tuple[str, str]
    of_object: tuple[str, str]
    entry: Callable[[str], str]
    indent: str = "    "
    trails: bool = True


def _named(text: str) -> str:
    return f"{text}: " if A_NAME.match(text) else f"{_quoted(text)}: "


JSON = Notation(
    ("true", "false", "null"), _quoted, ("[", "]"), ("{", "}"), lambda name: f"{_quoted(name)}: ", "  ", trails=False
)
NOTATIONS = {
    "python": Notation(
        ("True", "False", "None"), _quoted, ("[", "]"), ("{", "}"), lambda name: f"{_quoted(name)}: "
    ),
    "node": Notation(("true", "false", "null"), _quoted, ("[", "]"), ("{ ", " }"), _named, "  "),
    "php": Notation(
        ("true", "false", "null"), _php_quoted, ("[", "]"), ("[", "]"), lambda name: f"{_php_quoted(name)} => "
    ),
    "ruby": Notation(
        ("true", "false", "nil"), _ruby_quoted, ("[", "]"), ("{ ", " }"),
        lambda name: f"{name}: " if A_NAME.match(name) else f"{_ruby_quoted(name)} => ", "  ", trails=False,
    ),
    "go": Notation(
        ("true", "false", "nil"), _quoted, ("[]any{", "}"), ("map[string]any{", "}"), lambda name: f"{_quoted(name)}: ",
        "\t",
    ),
}  # fmt: skip


def literal(value: Any, notation: Notation, depth: int = 0, before: int = 0) -> str:
    """`value` as code, in a line where it fits, else with its entries in lines that stand `depth` + 1 in.

    `before`: how many letters stand before it in its line.
    """
    if isinstance(value, bool) or value is None:
        return notation.constants[2 if value is None else 0 if value else 1]
    if isinstance(value, str):
        return notation.quote(value)
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, list):
        return _around(notation.of_list, [("", one) for one in value], notation, depth, before)
    entries = [(notation.entry(name), one) for name, one in value.items()]
    return _around(notation.of_object, entries, notation, depth, before)


def _around(
    brackets: tuple[str, str], entries: list[tuple[str, Any]], notation: Notation, depth: int, before: int
) -> str:
    opened, closed = brackets
    if not entries:
        return opened.strip() + closed.strip()
    line = opened + ", ".join(name + literal(value, notation) for name, value in entries) + closed
    if before + len(line) <= WIDTH and "\n" not in line:
        return line
    inner = notation.indent * (depth + 1)
    lines = [inner + name + literal(value, notation, depth + 1, len(inner) + len(name)) for name, value in entries]
    end = "," if notation.trails else ""
    return f"{opened.strip()}\n" + ",\n".join(lines) + f"{end}\n{notation.indent * depth}{closed.strip()}"
