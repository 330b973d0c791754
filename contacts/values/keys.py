"""The key of a field, which texts name it by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

TAKEN_KEYS = frozenset(
    {
        "id",
        "phone",
        "name",
        "group",
        "opted_out",
        "not_updated",
        "created",
        "updated",
        "today",
        "sender",
        "status",
        "next",
        "reference",
        "rows",
    }
)
LONGEST_KEY = 40


def plain_key(label: str) -> str:
    """A heading in the letters of a key: `Loan Balance (KES)` is `loan_balance_kes`; "" where it has none."""
    flat = unicodedata.normalize("NFKD", label).casefold()
    flat = "".join(char for char in flat if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", flat).strip("_")


def field_key(label: str, taken: Collection[str] = ()) -> str:
    """The key of a column heading: `Loan Balance (KES)` is `loan_balance_kes`. Clashes get `_2`, `_3`."""
    key = re.sub(r"^[0-9_]+", "", plain_key(label))[:LONGEST_KEY].rstrip("_") or "field"
    used = TAKEN_KEYS | set(taken)
    chosen, number = key, 2
    while chosen in used:
        ending = f"_{number}"
        chosen, number = key[: LONGEST_KEY - len(ending)] + ending, number + 1
    return chosen
