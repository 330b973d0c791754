"""What a whole reply means: STOP, START, or something that a person has to read. Text in, meaning out."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

# These mean nothing else, so they are heard before other words too.
PLAIN_STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT"])
# "End of month I will pay", "Toka jana": before other words a person has to read them.
LOOSE_STOP = frozenset(["END", "QUIT", "CANCEL", "ACHA", "TOKA", "ONDOKA"])
STOP = PLAIN_STOP | LOOSE_STOP
START = frozenset(["START", "ANZA"])
THANKS = frozenset(["THANKS", "THANKYOU", "THX", "ASANTE", "ASANTENI", "SHUKRAN", "SHUKRANI"])
PLEASE = frozenset(["PLEASE", "PLS", "PLZ", "TAFADHALI"])

# Several words that are one.
PHRASES = [
    (re.compile(r"\bSTOP ALL\b"), "STOPALL"),
    (re.compile(r"\bOPT (?:ME )?OUT\b"), "OPTOUT"),
    (re.compile(r"\bTHANK (?:YOU|U)\b(?: (?:SO|VERY) MUCH\b)?"), "THANKS"),
    (re.compile(r"\bASANTE SANA\b"), "ASANTE"),
    (
        re.compile(r"\bW?ACH(?:A|ENI) (?:KUNI|KU)(?:TUMIA|TUMA)\b(?: (?:SMS|MESSAGES?|TEXTS?|UJUMBE|JUMBE|MESEJI)\b)?"),
        "ACHA",
    ),
]
WORD = re.compile(r"[^\W_]+")
# Of these one anywhere is worth a person's look: "please stop", "tafadhali acheni", "unsubcribe".
HINT = re.compile(r"(?:STOP|UNSUB)\w*|OPTOUT|W?ACHA(?:NA)?|W?ACHENI|(?:U|MU|MW)ACHE")
MARKS = {"Mn", "Me", "Cf"}


class ReplyMeaning(Enum):
    STOP = "stop"
    STOP_AND_MORE = "stop and more"
    PERHAPS_STOP = "perhaps stop"
    START = "start"
    OTHER = "other"


def meaning_of_reply(text: str, shortcode: str = "") -> ReplyMeaning:
    """Nothing but stop words, thanks, `shortcode` (where it came in), marks and emoji is STOP: "STOP 70700. Asante 🙏".

    "Stop by tomorrow" is STOP_AND_MORE: heard, and shown to a person. "End of month", "please stop" are PERHAPS_STOP.
    """
    words = _words(text)
    said = [word for word in words if word not in THANKS and word != shortcode.upper()]
    if said and STOP.issuperset(said):
        return ReplyMeaning.STOP
    if said and START.issuperset(said):
        return ReplyMeaning.START
    if words and words[0] in PLAIN_STOP:
        return ReplyMeaning.STOP_AND_MORE
    if words and (words[0] in LOOSE_STOP or any(HINT.fullmatch(word) for word in words)):
        return ReplyMeaning.PERHAPS_STOP
    return ReplyMeaning.OTHER


def word_of_reply(text: str, shortcode: str = "") -> str:
    """What is said beside thanks, "please" and `shortcode`, in capitals: "Info, please 🙏" is INFO."""
    courtesy = THANKS | PLEASE | {shortcode.upper()}
    return " ".join(word for word in _words(text) if word not in courtesy)


def _words(text: str) -> list[str]:
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if unicodedata.category(one) not in MARKS)
    line = " ".join(WORD.findall(bare.upper()))
    for phrase, word in PHRASES:
        line = phrase.sub(word, line)
    return line.split()
