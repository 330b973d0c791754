"""A file of Markdown as a page: safe HTML, and its parts as plain words for the search.

Markup of the file's own is written out, not taken: what looks like a tag is a field of a text. Links lead to other
pages of the help, or to the web; those to what the help does not have are words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

ELSEWHERE = ("https://", "http://")
PARTS = ("h2", "h3")
WIDE = {"class": "table-wide mb-3", "tabindex": "0", "role": "region"}


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading. `anchor` and `title` are empty above the first one."""

    anchor: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Page:
    topic: str
    title: str
    html: SafeString
    parts: tuple[Part, ...]


def rendered(topic: str, path: Path, topics: Mapping[Path, str]) -> Page:
    """`topics`: the files that the help has, and what they are called there."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(path.read_text())
    title, tokens = _title_of(tokens)
    parts = tuple(_parts(tokens))
    tokens = _with_tables_that_scroll(_without_empty_headings(tokens))
    for token in tokens:
        if token.type == "fence" or token.type == "code_block":
            token.attrSet("class", "help-code")
        if token.children:
            token.children = _linked(token.children, path.parent, topics)
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Page(topic, title or topic, mark_safe(html), parts)  # noqa: S308 - it writes out what it does not know


def _title_of(tokens: list[Token]) -> tuple[str, list[Token]]:
    """The heading of all, which the page has as its own, and the rest."""
    if tokens and tokens[0].tag == "h1":
        return _plain(tokens[1]), tokens[3:]
    return "", tokens


def _parts(tokens: list[Token]) -> Iterable[Part]:
    """Each heading gets its anchor by the way."""
    anchor, title, words = "", "", list[str]()
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in PARTS:
            yield Part(anchor, title, " ".join(words))
            title, words = _plain(tokens[number + 1]), []
            anchor = slugify(title)
            token.attrSet("id", anchor)
        elif token.type == "inline":
            words.append(_plain(token))
        elif token.type in ("fence", "code_block"):
            words.append(token.content)
    yield Part(anchor, title, " ".join(words))


def _plain(inline: Token) -> str:
    """Its words without marks."""
    return "".join(" " if one.type.endswith("break") else one.content for one in inline.children or ())


def _without_empty_headings(tokens: list[Token]) -> list[Token]:
    """A column that needs no heading has an empty cell above it: nothing to read out for each row."""
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "th_open" and not inline.content:
            opening.tag = closing.tag = "td"
    return tokens


def _with_tables_that_scroll(tokens: list[Token]) -> list[Token]:
    """Each table in a frame of its own, which scrolls on a phone and can be reached by keyboard."""
    found, tables = list[Token](), 0
    for token in tokens:
        if token.type == "table_open":
            tables += 1
            token.attrSet("class", "table")
            found.append(Token("frame_open", "div", 1, attrs={**WIDE, "aria-label": f"Table {tables}"}, block=True))
        found.append(token)
        if token.type == "table_close":
            found.append(Token("frame_close", "div", -1, block=True))
    return found


def _linked(children: list[Token], folder: Path, topics: Mapping[Path, str]) -> list[Token]:
    """Links to files lead to their pages; where the help has none, or to a picture, the words stay."""
    found, dropped = list[Token](), list[bool]()
    for token in children:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href")), folder, topics)
            dropped.append(not address)
            if address:
                token.attrSet("href", address)
                found.append(token)
        elif token.type == "link_close":
            if not dropped.pop():
                found.append(token)
        elif token.type == "image":
            found.append(Token("text", "", 0, content=token.content))
        else:
            found.append(token)
    return found


def _address(href: str, folder: Path, topics: Mapping[Path, str]) -> str:
    if href.startswith((*ELSEWHERE, "#")):
        return href
    file, _, anchor = href.partition("#")
    topic = topics.get((folder / file).resolve())
    if topic is None:
        return ""
    return reverse("help-page", args=[topic]) + (f"#{anchor}" if anchor else "")
