"""Delivery reports: what the gateway posts about a text that it accepted, and what each description means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from campaigns.gateway.loose import gateway_id_of, phone_of, text_of

# Kenya has had this offset and no summer time since 1960; a fixed one needs no time zone files.
NAIROBI = timezone(timedelta(hours=3), "EAT")
PLAUSIBLE_YEARS = range(2000, 2100)


class Outcome(Enum):
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    INTERIM = "interim"  # on its way: another report may follow


@dataclass(frozen=True, slots=True)
class ReportMeaning:
    """What a description means. `permanent`: the number looks dead; `suppress`: no marketing to this number again."""

    outcome: Outcome
    reason: str
    words: str
    permanent: bool = False
    suppress: bool = False
    temporary: bool = False


class Report(NamedTuple):
    """One delivery report. `at` is aware, None where no time can be read; `known` False: in no row of the table."""

    message_id: str
    phone: str
    meaning: ReportMeaning
    code: str
    description: str
    network: str
    at: datetime | None
    sender: str
    known: bool

    @property
    def outcome(self) -> Outcome:
        return self.meaning.outcome

    @property
    def reason(self) -> str:
        return self.meaning.reason

    @property
    def words(self) -> str:
        return self.meaning.words

    @property
    def permanent(self) -> bool:
        return self.meaning.permanent

    @property
    def suppress(self) -> bool:
        return self.meaning.suppress

    @property
    def temporary(self) -> bool:
        return self.meaning.temporary


def _undelivered(reason: str, words: str, **flags: bool) -> ReportMeaning:
    return ReportMeaning(Outcome.UNDELIVERED, reason, words, **flags)


DELIVERED = ReportMeaning(Outcome.DELIVERED, "", "It reached the phone.")
WAITING = ReportMeaning(Outcome.INTERIM, "waiting", "The operator still holds it.")
HANDED_OVER = ReportMeaning(
    Outcome.INTERIM, "handed_over", "It was handed to the operator; the phone has not confirmed it yet."
)
NO_CREDIT = _undelivered("no_credit", "There was too little credit to deliver it.", temporary=True)
NOT_POSSIBLE = _undelivered("not_delivered", "The operator could not deliver it.")
NOT_SUBSCRIBED = _undelivered("not_subscribed", "This person has not subscribed to the service of this sender.")
BLOCKED = _undelivered("blocked", "This person has blocked such texts with the operator.", suppress=True)
LINE_BLOCKED = _undelivered("line_blocked", "The line is suspended or barred by the operator.")
NO_SUCH_NUMBER = _undelivered("invalid_number", "No phone has this number.", permanent=True)
GIVEN_UP = _undelivered("given_up", "The operator gave up on it.")
UNKNOWN = ReportMeaning(Outcome.INTERIM, "unknown", "The gateway reported something that is not in its list.")

ROWS = (
    (1, "DeliveredToTerminal", DELIVERED),
    (2, "MessageWaiting", WAITING),
    (3, "DeliveryImpossible", NOT_POSSIBLE),
    (4, "DeliveryNotificationNotSupported", DELIVERED),
    (5, "DeliveredToNetwork", HANDED_OVER),
    (6, "DeliveryUncertain", HANDED_OVER),
    (
        7,
        "Insufficient_Balance",
        _undelivered("no_credit", "There was too little credit to deliver it.", temporary=True),
    ),
    (8, "Invalid_Linkid", NOT_SUBSCRIBED),
    (9, "TeleserviceNotProvisioned", _undelivered("no_sms_service", "The line has no text message service.")),
    (10, "UserInBlacklist", BLOCKED),
    (11, "UserAbnormalState", LINE_BLOCKED),
    (12, "UserIsSuspended", LINE_BLOCKED),
    (13, "NotSFCUser", _undelivered("other_network", "The number belongs to another operator.")),
    (14, "UserNotSubscribed", NOT_SUBSCRIBED),
    (15, "UserNotExist", NO_SUCH_NUMBER),
    (16, "AbsentSubscriber", _undelivered("phone_off", "The phone was off or out of reach for a day.", temporary=True)),
    (17, "NOT_DELIVERED", NOT_POSSIBLE),
    (18, "DELIVERED", DELIVERED),
    (19, "ForwardedToNetwork", HANDED_OVER),
    (20, "MessagePaused", WAITING),
    (21, "MessageRejected", BLOCKED),
    (22, "Queued", WAITING),
    (23, "InvalidMobile", NO_SUCH_NUMBER),
    (24, "ReportNotHandled", GIVEN_UP),
    (
        25,
        "SenderName Blacklisted",
        _undelivered("sender_blocked", "This person has blocked this sender.", suppress=True),
    ),
    (26, "MessagePurged", GIVEN_UP),
)


def _squeezed(description: str) -> str:
    return "".join(description.casefold().replace("_", "").split())


BY_DESCRIPTION = {_squeezed(description): meaning for _, description, meaning in ROWS}
BY_CODE = {str(code): meaning for code, _, meaning in ROWS}
NUMBERED = {_squeezed(description): (str(code), description) for code, description, _ in ROWS}
BY_REASON = {meaning.reason: meaning for meaning in (*BY_CODE.values(), UNKNOWN)}


def read_report(body: Mapping[str, Any]) -> Report:
    """The report in a JSON object or form, whatever its values are; never raises. Missing ones are "" or None."""
    description = text_of(body.get("dlrDesc"), 100)
    code = text_of(body.get("dlrStatus"), 10)
    meaning = _meaning(description, code)
    return Report(
        message_id=gateway_id_of(body.get("messageId")),
        phone=phone_of(body.get("destaddr")),
        meaning=meaning or UNKNOWN,
        code=code,
        description=description,
        network=text_of(body.get("origin"), 30) or text_of(body.get("network"), 30),
        at=_moment(text_of(body.get("dlrTime"), 40)),
        sender=text_of(body.get("sourceaddr"), 20),
        known=meaning is not None,
    )


def numbered(description: str, reason: str) -> tuple[str, str]:
    """A final report's number and its words, as they came; by our `reason` where they are in no row."""
    rows = [(str(code), words) for code, words, meaning in ROWS if meaning.reason == reason]
    code, words = NUMBERED.get(_squeezed(description)) or (rows or [NUMBERED[_squeezed("DeliveryImpossible")]])[0]
    return code, description or words


@lru_cache(maxsize=1024)
def _meaning(description: str, code: str) -> ReportMeaning | None:
    """The description is the operator's own word; the numbers differ between platforms of this family."""
    return BY_DESCRIPTION.get(_squeezed(description)) or BY_CODE.get(code.lstrip("0"))


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime | None:
    """The gateway writes Nairobi's wall time, unless a zone stands there."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in PLAUSIBLE_YEARS or len(text) < 12:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=NAIROBI)
