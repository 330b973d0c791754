"""The ledger: every text the simulator accepted, in the order of its ids, so that a test can say what came twice."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple


class AcceptedText(NamedTuple):
    """A text that was accepted; times are seconds since 1970, `call` counts the sending calls since the start."""

    id: int
    mobile: str
    message: str
    client_ref: str
    sender: str
    accepted_at: float
    call: int
    description: str
    ends_at: float


COLUMNS = ("id", "mobile", "message", "client_ref", "sender", "accepted_at", "call", "description")


def row(text: AcceptedText) -> dict[str, Any]:
    """What is told of a text."""
    return dict(zip(COLUMNS, text, strict=False))


class Ledger:
    """Ids are whole numbers that grow by one and start above all that an earlier process can have given out."""

    def __init__(self) -> None:
        self.texts: list[AcceptedText] = []
        # A thousand ids a millisecond: more than a process can have given out before this one started.
        self.next_id = time.time_ns() // 1000

    def __len__(self) -> int:
        return len(self.texts)

    def record(self, mobile: str, message: str, client_ref: str, sender: str, at: float, call: int,
               description: str, ends_at: float) -> AcceptedText:  # fmt: skip
        text = AcceptedText(self.next_id, mobile, message, client_ref, sender, at, call, description, ends_at)
        self.next_id += 1
        self.texts.append(text)
        return text

    def find(self, number: int) -> AcceptedText | None:
        if not self.texts:
            return None
        place = number - self.texts[0].id
        return self.texts[place] if 0 <= place < len(self.texts) else None

    def since(self, number: int) -> list[AcceptedText]:
        """Those with a greater id."""
        if not self.texts:
            return []
        return self.texts[max(0, number + 1 - self.texts[0].id) :]

    def clear(self) -> None:
        """Forget the texts; ids go on."""
        self.texts = []

    def twice(self) -> Iterator[dict[str, Any]]:
        """Texts that came more than once: with the same client_ref, or word for word to the same number."""
        by_ref: dict[object, list[int]] = defaultdict(list)
        by_text: dict[object, list[int]] = defaultdict(list)
        for text in self.texts:
            if text.client_ref:
                by_ref[text.client_ref].append(text.id)
            by_text[text.mobile, text.message].append(text.id)
        for by, groups in (("client_ref", by_ref), ("text", by_text)):
            for ids in groups.values():
                if len(ids) > 1:
                    first = self.find(ids[0])
                    assert first is not None
                    yield {"by": by, "ids": ids, "mobile": first.mobile, "client_ref": first.client_ref}
