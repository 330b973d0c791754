"""The vendor's status codes as whoever answers says them: the simulator, and the portal to scripts of the vendor's API.

What they mean to whoever asks is `codes`.
"""

from __future__ import annotations

UNKNOWN = 0
SUCCESS = 1000
WRONG_SENDER = 1001
WRONG_NUMBER = 1003
NO_CREDIT = 1004
SYSTEM_ERROR = 1005
WRONG_KEY = 1006
TOO_OFTEN = 1008
UNSUPPORTED_DATA = 1009
UNSUPPORTED_REQUEST = 1010
MAY_NOT = 1011
NOT_WANTED = 1012
MISSING_PARAMETER = 1015
LIMIT_REACHED = 1016

WORDS = {
    0: "Unknown",
    1000: "Success",
    1001: "Invalid short code",
    1002: "Network not allowed",
    1003: "Invalid mobile number",
    1004: "Low bulk credits",
    1005: "Internal system error",
    1006: "Invalid credentials",
    1007: "Database connection failed",
    1008: "System error",
    1009: "Unsupported data type",
    1010: "Unsupported request type",
    1011: "Invalid user state or account suspended",
    1012: "Mobile number in DND",
    1013: "Invalid API key",
    1014: "IP not allowed",
    1015: "Missing parameter",
    1016: "Monthly credit limit reached",
}


def words(code: int) -> str:
    return WORDS.get(code, f"Error {code}")
