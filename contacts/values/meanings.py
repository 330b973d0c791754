"""What a heading may say of the cells under it: whose debt an amount is, and in which century a short year lies."""

from __future__ import annotations

from enum import Enum


class Amounts(Enum):
    """What an amount is. Nothing is owed where it is `OWED` and the cell says NIL; `HELD` with the office, CR is +."""

    OWED = "owed"
    HELD = "held"
    UNKNOWN = "unknown"


class Years(Enum):
    """Where the year of two digits lies: it has been, as of a birth; it is to come, as of what is due; or is near."""

    PAST = "past"
    COMING = "coming"
    NEAR = "near"
