"""One delivery report on its way to the receiver, in the words that the vendor documents."""

from __future__ import annotations

import asyncio
import json
import time
from functools import lru_cache

from campaigns.gateway.simulator.judging import operator_of
from campaigns.gateway.simulator.outcomes import status_of

NAIROBI_SECONDS = 3 * 3600


@lru_cache(maxsize=64)
def nairobi_time(second: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second + NAIROBI_SECONDS))


class Report:
    """`happened_at` is seconds since 1970; `tat` the whole seconds that the text was under way."""

    __slots__ = (
        "counts",
        "description",
        "happened_at",
        "message_id",
        "mobile",
        "refused_since",
        "sender",
        "tat",
        "tries",
        "waited_for",
    )

    def __init__(self, message_id: str, mobile: str, sender: str, description: str, happened_at: float, tat: int):
        self.message_id = message_id
        self.mobile = mobile
        self.sender = sender
        self.description = description
        self.happened_at = happened_at
        self.tat = tat
        self.tries = 0
        self.refused_since: float | None = None
        self.counts: object = None
        self.waited_for: asyncio.Future[None] | None = None

    def body(self) -> bytes:
        return json.dumps(
            {
                "messageId": self.message_id,
                "dlrTime": nairobi_time(int(self.happened_at)),
                "dlrStatus": str(status_of(self.description)),
                "dlrDesc": self.description,
                "tat": self.tat,
                "network": "",
                "destaddr": self.mobile,
                "sourceaddr": self.sender,
                "origin": operator_of(self.mobile),
            }
        ).encode()

    def was_tried(self) -> None:
        """The first try is over, however it went: whoever waits for it need not wait on."""
        if self.waited_for is not None and not self.waited_for.done():
            self.waited_for.set_result(None)
