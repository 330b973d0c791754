"""Parts of a text: what is paid for. GSM-7 has 160 units in one part and 153 in each of several, UCS-2 70 and 67.

The rules are 3GPP TS 23.038; an escape pair or a surrogate pair is never split over a boundary.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\f^{}\\[~]|€"
LIMIT = 918

GSM_ONE, GSM_EACH = 160, 153
UCS_ONE, UCS_EACH = 70, 67

# What phones and spreadsheets put in, and the plain twin that costs nothing more.
TWINS = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "-", "·": ".", "\t": " ",
    "\u00a0": " ", "\u1680": " ", "\u2002": " ", "\u2003": " ", "\u2004": " ", "\u2005": " ", "\u2006": " ",
    "\u2007": " ", "\u2008": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ", "\u205f": " ", "\u3000": " ",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "", "\u2060": "", "\ufeff": "",
    "ç": "c", "á": "a", "í": "i", "ó": "o", "ú": "u", "â": "a", "ê": "e", "î": "i", "ô": "o", "û": "u",
    "ã": "a", "õ": "o", "ĩ": "i", "ũ": "u",
}  # fmt: skip

_one_unit = frozenset(BASIC)
_two_units = frozenset(EXTENDED)
_gsm = _one_unit | _two_units
_ordinary = {ord(char): None for char in BASIC}


@dataclass(frozen=True, slots=True)
class Costly:
    """A character that costs more than one unit, or makes the whole text UCS-2; `twin` is None where it has none."""

    char: str
    twin: str | None


@dataclass(frozen=True, slots=True)
class Parts:
    """`units` in `parts` parts; `left`: units that still fit into the last one."""

    encoding: str
    units: int
    parts: int
    left: int
    costly: tuple[Costly, ...]
    too_long: bool


def part_count(text: str) -> int:
    """In how many parts `text` is sent; 0 for an empty one."""
    if not text:
        return 0
    rest = text.translate(_ordinary)
    if not rest:
        length = len(text)
        return 1 if length <= GSM_ONE else -(-length // GSM_EACH)
    return len(split(text))


def count(text: str) -> Parts:
    """The parts of `text`, and which of its characters make it costlier."""
    pieces = split(text)
    gsm = is_gsm(text)
    units = sum(_units(char, gsm) for char in text)
    one, each = (GSM_ONE, GSM_EACH) if gsm else (UCS_ONE, UCS_EACH)
    room = one if len(pieces) <= 1 else each
    used = sum(_units(char, gsm) for char in pieces[-1]) if pieces else 0
    odd = dict.fromkeys(char for char in text if char not in _one_unit)
    costly = tuple(Costly(char, TWINS.get(char)) for char in odd)
    return Parts("GSM-7" if gsm else "UCS-2", units, len(pieces), room - used, costly, len(text) > LIMIT)


def split(text: str) -> list[str]:
    """The text of each part, exactly."""
    gsm = is_gsm(text)
    one, each = (GSM_ONE, GSM_EACH) if gsm else (UCS_ONE, UCS_EACH)
    if sum(_units(char, gsm) for char in text) <= one:
        return [text] if text else []
    pieces, start, used = [], 0, 0
    for position, char in enumerate(text):
        units = _units(char, gsm)
        if used + units > each:
            pieces.append(text[start:position])
            start, used = position, 0
        used += units
    return [*pieces, text[start:]]


def is_gsm(text: str) -> bool:
    return _gsm.issuperset(text)


def sanitise(text: str) -> tuple[str, dict[str, str]]:
    """`text` with plain twins for what has one, and what was changed into what. Nothing becomes `?`."""
    changed = {char: TWINS[char] for char in text if char in TWINS}
    plain = text.translate({ord(char): twin for char, twin in changed.items()})
    return unicodedata.normalize("NFC", plain), changed


def _units(char: str, gsm: bool) -> int:
    if gsm:
        return 2 if char in _two_units else 1
    return 2 if ord(char) > 0xFFFF else 1
