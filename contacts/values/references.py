"""What tells the rows of one number apart: the admission number of a child, the number of a loan."""

from __future__ import annotations

import unicodedata

LONGEST_REFERENCE = 60


def reference_of(value: str) -> str:
    """The `value` of a key field as references are compared: without blanks and without case; "" for none.

    Leading zeros count: `01201` is another than `1201`. What it gives is its own reference.
    """
    return _composed(_composed(value).upper())


def without_zeros(reference: str) -> str:
    """What near references have in common: `01201` and `1201`."""
    return reference.lstrip("0") or reference[-1:]


def _composed(value: str) -> str:
    return "".join(unicodedata.normalize("NFKC", value).split())
