"""How a text may end, as the gateway's delivery reports name it: the vendor's descriptions and their numbers."""

from __future__ import annotations

STATUS_OF = {
    "DeliveredToTerminal": 1,
    "MessageWaiting": 2,
    "DeliveryImpossible": 3,
    "DeliveryNotificationNotSupported": 4,
    "DeliveredToNetwork": 5,
    "DeliveryUncertain": 6,
    "Insufficient_Balance": 7,
    "Invalid_Linkid": 8,
    "TeleserviceNotProvisioned": 9,
    "UserInBlacklist": 10,
    "UserAbnormalState": 11,
    "UserIsSuspended": 12,
    "NotSFCUser": 13,
    "UserNotSubscribed": 14,
    "UserNotExist": 15,
    "AbsentSubscriber": 16,
    "NOT_DELIVERED": 17,
    "DELIVERED": 18,
    "ForwardedToNetwork": 19,
    "MessagePaused": 20,
    "MessageRejected": 21,
    "Queued": 22,
    "InvalidMobile": 23,
    "ReportNotHandled": 24,
    "SenderName Blacklisted": 25,
    "MessagePurged": 26,
}
UNKNOWN = "HandsetAsleep"
UNKNOWN_STATUS = 99
INTERIM = "DeliveredToNetwork"
DELIVERED = frozenset({"DeliveredToTerminal", "DeliveryNotificationNotSupported", "DELIVERED"})
STILL_UNDER_WAY = frozenset(
    {
        "MessageWaiting",
        "MessagePaused",
        "Queued",
        "DeliveredToNetwork",
        "DeliveryUncertain",
        "ForwardedToNetwork",
        UNKNOWN,
    }
)

SHORT_NAMES = {"delivered": "DeliveredToTerminal", "absent": "AbsentSubscriber", "undelivered": "DeliveryImpossible"}
OUTCOMES = {**SHORT_NAMES, **{description: description for description in STATUS_OF}}


def status_of(description: str) -> int:
    return STATUS_OF.get(description, UNKNOWN_STATUS)
