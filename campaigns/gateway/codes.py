"""The gateway's status codes as one table: what each says of a call, what of one message of a call, and in which words.

Documented by platforms that run the same software, not by Q SMS itself (docs/gateway-protocol.md): a row may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from campaigns.gateway.loose import text_of


class Verdict(Enum):
    """What an answer proves, and so what may be done next."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"  # this message will never go
    PASSING = "passing"  # nothing was accepted; the same may be tried later
    HALT_ACCOUNT = "halt_account"  # nothing was accepted, and nothing of the account will be until a person acts
    HALT_SENDER = "halt_sender"  # the same, for what goes out under this sender
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Code:
    """One status code. `reason` is kept on messages and runs, `words` are shown on pages."""

    of_call: Verdict
    of_item: Verdict
    reason: str
    words: str
    counts_as_dead: bool = False
    suppresses_promotional: bool = False

    @property
    def accepts(self) -> bool:
        return self.of_call is Verdict.ACCEPTED


def _same(verdict: Verdict, reason: str, words: str, **flags: bool) -> Code:
    return Code(verdict, verdict, reason, words, **flags)


def _fault(reason: str, words: str) -> Code:
    return Code(Verdict.HALT_ACCOUNT, Verdict.REJECTED, reason, words)


ACCEPTED = _same(Verdict.ACCEPTED, "", "The gateway accepted it.")
SYSTEM_ERROR = _same(Verdict.PASSING, "gateway_error", "The gateway has a fault of its own and accepted nothing.")
BAD_CREDENTIALS = _same(
    Verdict.HALT_ACCOUNT, "bad_credentials", "The gateway does not know this API key. Check the key in the settings."
)

CODES = {
    "0": _same(Verdict.UNCERTAIN, "unknown", "The gateway does not say what became of it."),
    "1": ACCEPTED,
    "1000": ACCEPTED,
    "1001": _same(
        Verdict.HALT_SENDER, "sender_not_approved", "The sender ID is not approved for this account at the gateway."
    ),
    "1002": _same(Verdict.REJECTED, "network_not_allowed", "The account may not send to this network."),
    "1003": _same(
        Verdict.REJECTED, "invalid_number", "The gateway says that this is no phone number.", counts_as_dead=True
    ),
    "1004": _same(Verdict.HALT_ACCOUNT, "no_credit", "The account has too little credit. Top it up, then resume."),
    "1005": SYSTEM_ERROR,
    "1006": BAD_CREDENTIALS,
    "1007": SYSTEM_ERROR,
    "1008": SYSTEM_ERROR,
    "1009": _fault("unsupported_data", "The gateway cannot read what it was sent."),
    "1010": _fault("unsupported_request", "The gateway does not offer what it was asked for."),
    "1011": _same(Verdict.HALT_ACCOUNT, "account_suspended", "The account is suspended at the gateway."),
    "1012": _same(
        Verdict.REJECTED, "dnd", "This person has asked the operator for no marketing.", suppresses_promotional=True
    ),
    "1013": BAD_CREDENTIALS,
    "1014": _same(
        Verdict.HALT_ACCOUNT, "address_not_allowed", "The gateway does not take calls from this computer's IP address."
    ),
    "1015": _fault("missing_parameter", "The gateway misses something in what it was sent."),
    "1016": _same(Verdict.HALT_ACCOUNT, "monthly_limit", "The account has reached its credit limit of this month."),
}
ANY_OTHER = Code(
    Verdict.UNCERTAIN,
    Verdict.REJECTED,
    "refused_otherwise",
    "The gateway refused it for a reason that is not in its list.",
)
NO_CODE = _same(Verdict.UNCERTAIN, "unknown", "The gateway does not say what became of it.")

BY_REASON = {code.reason: code for code in (*CODES.values(), ANY_OTHER)}


def code_for(value: Any) -> Code:
    """The row of a status code, whatever type it came as; what is in no row is ANY_OTHER, what is empty NO_CODE."""
    text = text_of(value).lower()
    if text == "success":
        return ACCEPTED
    return CODES.get(text, ANY_OTHER) if text else NO_CODE
