"""Whom: conditions on fields, searches, segments, and the indexes that make them quick."""

from contacts.filters.conditions import (
    COMPARISONS,
    LONGEST_VALUE,
    MOST_CONDITIONS,
    MOST_VALUES,
    NUMBERS,
    OF_DATES,
    OF_TEXT,
    OPS,
    WITHOUT_VALUE,
    BadFilter,
    Condition,
    matching,
    parse_filter,
    types_by_key,
    types_of,
)

__all__ = [
    "COMPARISONS",
    "LONGEST_VALUE",
    "MOST_CONDITIONS",
    "MOST_VALUES",
    "NUMBERS",
    "OF_DATES",
    "OF_TEXT",
    "OPS",
    "WITHOUT_VALUE",
    "BadFilter",
    "Condition",
    "matching",
    "parse_filter",
    "types_by_key",
    "types_of",
]
