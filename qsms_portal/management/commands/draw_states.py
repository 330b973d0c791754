"""Draws the states of campaigns, runs, texts and uploads from their tables, as docs/architecture.md shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, CommandParser

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "architecture.md"
BEGIN = "<!-- drawn by `manage.py draw_states --write` -->"
END = "<!-- end of what is drawn -->"


class Command(BaseCommand):
    help = "Print the states of each model that has a table of them, as Mermaid diagrams; --write: into the document."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write them into docs/architecture.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            DOCUMENT.write_text(with_states(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            self.stdout.write(drawn())


def with_states(document: str) -> str:
    """The document with the states as their tables are now, between its two marks."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{drawn()}\n{END}{after}"


def drawn() -> str:
    """A heading and a diagram for each model that has a table `AFTER`: status -> what may follow it."""
    return "\n".join(line for model in apps.get_models() if getattr(model, "AFTER", None) for line in _diagram(model))


def _diagram(model: Any) -> Iterator[str]:
    yield from (f"### {model._meta.verbose_name.capitalize()}", "", "```mermaid", "stateDiagram-v2")
    first = model._meta.get_field("status").default
    for status in model.Status:
        if status.label.lower() != status.value:
            yield f"    {status.value}: {status.value} ({status.label})"
    yield f"    [*] --> {model.Status(first).value}"
    for status, following in model.AFTER.items():
        yield from (f"    {status.value} --> {later.value}" for later in following)
        if not following:
            yield f"    {status.value} --> [*]"
    yield from ("```", "")
