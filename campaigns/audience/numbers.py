"""The rows of a number read together, in the order of the numbers: of groups that tell rows of one number apart."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

from campaigns import placeholders

_compared = lru_cache(placeholders.key_of)  # the keys of fields are few


class ReadRow(Protocol):
    """A contact as it was read."""

    @property
    def contact(self) -> int: ...
    @property
    def phone(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Mapping[str, str]: ...


def names_read(text: str) -> frozenset[str]:
    """What a text takes of a row, as names of fields are compared: fields of several groups may be written apart.

    Raises placeholders.PlaceholderError.
    """
    return frozenset(placeholders.key_of(one) for one in placeholders.compile(text).names)


def digest_of(rows: Iterable[ReadRow], names: Collection[str]) -> int:
    """A number of 8 bytes, another one where a row is another, has another phone, or another value of `names_read`."""
    read = [
        [
            row.contact,
            row.phone,
            row.name if "name" in names else "",
            sorted((key, value) for key, value in row.values.items() if _compared(key) in names),
        ]
        for row in sorted(rows, key=lambda row: row.contact)
    ]
    return int.from_bytes(blake2b(json.dumps(read).encode(), digest_size=8).digest(), signed=True)
