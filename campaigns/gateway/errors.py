"""The ways in which a call of the gateway fails, named by what trying it again would do.

Their messages carry no key, no text and no phone number: they end up in logs.
"""

from __future__ import annotations

from campaigns.gateway.codes import Verdict


class GatewayError(Exception):
    """A call of the gateway brought no reply that can be used."""


class Unreachable(GatewayError):
    """Nothing was sent: the same call may be made again, after `retry_after` seconds where the gateway named them."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(GatewayError):
    """The gateway said no and accepted nothing; `verdict` tells for whom the same call would be refused again.

    `code` is its status code as text, `reason` the short name of it, `words` what it said itself (at most 200 signs).
    """

    def __init__(self, verdict: Verdict, reason: str, message: str, code: str = "", words: str = "") -> None:
        super().__init__(message)
        self.verdict = verdict
        self.reason = reason
        self.code = code
        self.words = words


class Silent(GatewayError):
    """It may have been sent, or not: never make the same call again by itself, wait for evidence or a person.

    `code` and `words` are what the gateway said, where it said something that proves nothing.
    """

    def __init__(self, message: str, code: str = "", words: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.words = words


class Unreadable(GatewayError):
    """A reply from which nothing can be concluded; the client makes it Silent."""

    def __init__(self, message: str, code: str = "", words: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.words = words
