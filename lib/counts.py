"""Counts as pages say them."""

from __future__ import annotations


def people_in_words(count: int) -> str:
    """1 person, 1,200 people."""
    return f"{count:,} {'person' if count == 1 else 'people'}"
