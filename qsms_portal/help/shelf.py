"""Which pages of docs/ the help has, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from qsms_portal.help.rendering import Page, rendered

DOCS = Path(settings.BASE_DIR) / "docs"


class Shelf(NamedTuple):
    """Pages that stand together. `topics`: their names in addresses and their files in docs/."""

    label: str
    topics: dict[str, str]


SHELVES = (
    Shelf(
        "Every day",
        {
            "start": "help/start.md",
            "uploading": "help/uploading.md",
            "groups": "help/groups.md",
            "writing": "help/writing.md",
            "timing": "help/timing.md",
            "checking": "help/checking.md",
            "after": "help/after.md",
            "opt-outs": "help/opt-outs.md",
            "reports": "reports.md",
            "notices": "notices.md",
            "texts": "texts.md",
        },
    ),
    Shelf(
        "For administrators",
        {
            "people": "people.md",
            "permissions": "permissions.md",
            "settings": "settings.md",
            "audit": "audit.md",
        },
    ),
    Shelf("For scripts", {"api": "api.md", "callbacks": "callbacks.md", "vendor-api": "vendor-api.md"}),
)
FILES = {topic: file for shelf in SHELVES for topic, file in shelf.topics.items()}


def page_of(topic: str) -> Page | None:
    """None where the help has no such page, or the portal runs without its docs/."""
    return pages().get(topic)


def shelves() -> list[tuple[str, Sequence[Page]]]:
    """The pages that are there, by the label of their shelf."""
    there = pages()
    return [(shelf.label, [there[one] for one in shelf.topics if one in there]) for shelf in SHELVES]


@cache
def pages() -> dict[str, Page]:
    """All of them, read once: they come with the program, and change with it."""
    topics = {(DOCS / file).resolve(): topic for topic, file in FILES.items()}
    return {topic: rendered(topic, path, topics) for path, topic in topics.items() if path.is_file()}
