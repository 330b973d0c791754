"""The help's search: parts of pages in which all the words that were typed begin words, the closest first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from qsms_portal.help.rendering import Page, Part

MOST_WORDS = 10
MOST_FOUND = 20
AROUND = 90
IN_TITLE, IN_HEADING, MOST_IN_WORDS = 20, 10, 5


class Found(NamedTuple):
    """A part of a page; `before`, `hit` and `behind` are where the first of the words stands in it."""

    page: Page
    part: Part
    before: str
    hit: str
    behind: str


def search(pages: Iterable[Page], typed: str) -> list[Found]:
    """Nothing for nothing typed."""
    words = re.findall(r"\w+", typed.lower())[:MOST_WORDS]
    if not words:
        return []
    asked = [re.compile(rf"\b{re.escape(word)}", re.IGNORECASE) for word in words]
    scored = [(_score(page, part, asked), page, part) for page in pages for part in page.parts]
    best = sorted((one for one in scored if one[0]), key=lambda one: -one[0])
    return [_shown(page, part, asked) for _, page, part in best[:MOST_FOUND]]


def _score(page: Page, part: Part, asked: list[re.Pattern[str]]) -> int:
    """0 where a word is missing."""
    total = 0
    for word in asked:
        in_title, in_heading = bool(word.search(page.title)), bool(word.search(part.title))
        often = min(len(word.findall(part.words)), MOST_IN_WORDS)
        # A page's title speaks for its beginning, not for each of its parts.
        score = IN_TITLE * (in_title and not part.title) + IN_HEADING * in_heading + often
        if not score and not in_title:
            return 0
        total += score
    return total


def _shown(page: Page, part: Part, asked: list[re.Pattern[str]]) -> Found:
    hit = next((found for word in asked if (found := word.search(part.words))), None)
    if hit is None:
        return Found(page, part, part.words[: 2 * AROUND], "", "")
    begin, end = max(hit.start() - AROUND, 0), hit.end() + AROUND
    return Found(page, part, part.words[begin : hit.start()], hit[0], part.words[hit.end() : end])
