"""The pieces of a bar: delivered, without a report, not delivered, one on the other."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.models import Message

STACKED = (Message.Status.DELIVERED, Message.Status.ACCEPTED, Message.Status.UNDELIVERED)


@dataclass(frozen=True)
class BarPiece:
    """A rectangle of a bar that is 100 high, measured from its top."""

    status: str
    y: float
    height: float


def bar_pieces(counts: tuple[int, int, int], highest: int) -> list[BarPiece]:
    """Delivered, without a report and undelivered, one on the other, where `highest` is 100 high."""
    found, y = [], 100.0
    for status, count in zip(STACKED, counts, strict=True):
        height = 100 * count / highest
        y -= height
        if count:
            found.append(BarPiece(status.value, round(y, 2), round(height, 2)))
    return found
