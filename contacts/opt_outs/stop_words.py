"""What a whole reply means: STOP, START, or something that a person has to read. Text in, meaning out."""

from __future__ import annotations

from enum import Enum

STOP = frozenset(
    ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "ACHA", "TOKA", "ONDOKA"],
)
START = frozenset(["START", "ANZA"])

# What people put behind a word that they mean, or around the one that they were told to send.
AROUND = " \t\r\n\v\f\u00a0\u200b\ufeff.!\"'“”‘’"


class ReplyMeaning(Enum):
    STOP = "stop"
    START = "start"
    OTHER = "other"


def meaning_of_reply(text: str) -> ReplyMeaning:
    """Only a word that is the whole message counts: "stop calling me" is for a person to read."""
    word = text.strip(AROUND).upper()
    if word in STOP:
        return ReplyMeaning.STOP
    if word in START:
        return ReplyMeaning.START
    return ReplyMeaning.OTHER
