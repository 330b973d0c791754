"""Text as PostgreSQL's COPY takes it: fields behind tabs, a row a line."""

from __future__ import annotations


def copy_text(text: str) -> str:
    """A text as COPY reads it back. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2"""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if text.isprintable():
        return text
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
