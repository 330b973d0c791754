"""How long ago something was, or in how long it will be, in the largest unit of which there is one."""

from __future__ import annotations

from datetime import datetime

SECONDS = {
    "year": 31_536_000,
    "month": 2_592_000,
    "week": 604_800,
    "day": 86_400,
    "hour": 3_600,
    "minute": 60,
    "second": 1,
}


def from_now(moment: datetime, now: datetime) -> str:
    """“3 hours ago”, “in 1 day”, “now”."""
    seconds = int((now - moment).total_seconds())
    for unit, size in SECONDS.items():
        if count := abs(seconds) // size:
            words = f"{count:,} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "now"
