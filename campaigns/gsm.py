"""Parts of a text: what is paid for. GSM-7 has 160 units in one part and 153 in each of several, UCS-2 70 and 67.

The rules are 3GPP TS 23.038; an escape pair or a surrogate pair is never split over a boundary.
"""

from __future__ import annotations

import re
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
ESCAPE = "\x1b"
HIGH_SURROGATE = 0xD8  # with the lowest two bits of the first byte taken off

# What phones and spreadsheets put in, and the plain twin that says the same and costs nothing more.
TWINS = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'", "ʻ": "'", "＇": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"', "＂": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "-", "·": ".", "\t": " ",
    "\u00a0": " ", "\u1680": " ", "\u2000": " ", "\u2001": " ", "\u2002": " ", "\u2003": " ", "\u2004": " ",
    "\u2005": " ", "\u2006": " ", "\u2007": " ", "\u2008": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ",
    "\u205f": " ", "\u3000": " ",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip

_one_unit = frozenset(BASIC)
_two_units = frozenset(EXTENDED)
_with_marks = re.compile(r"[^\W\d_][\u0300-\u036f]+")
_one_unit_ascii = bytes(ord(char) for char in BASIC if char.isascii())
_ordinary = {ord(char): None for char in BASIC}
_escaped = {ord(char): ESCAPE + char for char in EXTENDED}
_escaped_away = {ord(char): None for char in EXTENDED}


@dataclass(frozen=True, slots=True)
class Costly:
    """A character that costs more than one unit, or makes the whole text UCS-2; `twin` is None where it has none.

    `is_letter`: the twin is the letter without its accent, which is another spelling: for the writer to decide.
    """

    char: str
    twin: str | None
    is_letter: bool = False

    @property
    def is_special(self) -> bool:
        """Whether it makes the whole text UCS-2; else it is two units by itself."""
        return self.char not in _two_units

    @property
    def twin_is_blank(self) -> bool:
        return self.twin == " "

    @property
    def shown(self) -> str:
        """The character, or the name of one that nobody would see."""
        if self.char.isprintable() and not self.char.isspace():
            return self.char
        return "tab" if self.char == "\t" else unicodedata.name(self.char, "invisible").lower()


@dataclass(frozen=True, slots=True)
class Parts:
    """`units` in `parts` parts; `left`: units that still fit into the last one."""

    encoding: str
    units: int
    parts: int
    left: int
    costly: tuple[Costly, ...]
    too_long: bool

    @property
    def is_special(self) -> bool:
        """Whether a part holds 70 characters instead of 160."""
        return self.encoding == "UCS-2"


def part_count(text: str) -> int:
    """In how many parts `text` is sent; 0 for an empty one."""
    if _is_plain(text):
        length = len(text)
        return -(-length // GSM_EACH) if length > GSM_ONE else 1 if length else 0
    return len(_part_sizes(text))


def count(text: str) -> Parts:
    """The parts of `text`, and which of its characters make it costlier."""
    pieces = split(text)
    gsm = is_gsm(text)
    units = sum(_units(char, gsm) for char in text)
    one, each = (GSM_ONE, GSM_EACH) if gsm else (UCS_ONE, UCS_EACH)
    room = one if len(pieces) <= 1 else each
    used = sum(_units(char, gsm) for char in pieces[-1]) if pieces else 0
    return Parts("GSM-7" if gsm else "UCS-2", units, len(pieces), room - used, costly(text), len(text) > LIMIT)


def costly(text: str) -> tuple[Costly, ...]:
    """The characters of `text` that cost more, each once. A letter with its accent apart counts as one character."""
    found = [*_with_marks.findall(text), *_with_marks.sub("", text)]
    return tuple(_judged(char) for char in dict.fromkeys(found) if char not in _one_unit)


def over(text: str) -> int:
    """How many units of `text` must go so that it needs one part less; 0 where it needs no more than one."""
    if _is_plain(text) and len(text) <= GSM_ONE:
        return 0
    sizes = _part_sizes(text)
    if len(sizes) == 2:
        return sum(sizes) - (GSM_ONE if is_gsm(text) else UCS_ONE)
    return sizes[-1] if len(sizes) > 2 else 0


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
    return not text.translate(_ordinary).translate(_escaped_away)


def sanitise(text: str) -> tuple[str, dict[str, str]]:
    """`text` with plain twins for what has one, and what was changed into what. Nothing becomes `?`.

    Letters keep their accents: without them a name is another name.
    """
    changed = {char: TWINS[char] for char in text if char in TWINS}
    changed |= {apart: unicodedata.normalize("NFC", apart) for apart in _with_marks.findall(text)}
    plain = _with_marks.sub(lambda found: changed[found[0]], text)
    return plain.translate({ord(char): twin for char, twin in changed.items() if len(char) == 1}), changed


def _is_plain(text: str) -> bool:
    """Whether each character is one unit of GSM-7."""
    # Bytes go through a table five times as fast as characters do; nearly all texts are ASCII.
    return not (text.encode().translate(None, _one_unit_ascii) if text.isascii() else text.translate(_ordinary))


def _part_sizes(text: str) -> list[int]:
    """The units of each part, by jumping from boundary to boundary: `split` looks at each character."""
    if is_gsm(text):
        written = text.translate(_escaped)
        length, one, each = len(written), GSM_ONE, GSM_EACH
    else:
        utf_16 = text.encode("utf-16-be", "surrogatepass")
        length, one, each = len(utf_16) // 2, UCS_ONE, UCS_EACH
    if length <= one:
        return [length] if length else []
    sizes, start = [], 0
    while start < length:
        end = min(start + each, length)
        if end < length and (
            written[end - 1] == ESCAPE if one == GSM_ONE else utf_16[2 * end - 2] & 0xFC == HIGH_SURROGATE
        ):
            end -= 1
        sizes.append(end - start)
        start = end
    return sizes


def _judged(char: str) -> Costly:
    if char in TWINS:
        return Costly(char, TWINS[char])
    if len(char) > 1 and (together := unicodedata.normalize("NFC", char)) in _one_unit:
        return Costly(char, together)
    bare = "".join(one for one in unicodedata.normalize("NFKD", char) if unicodedata.category(one) != "Mn")
    if char not in _two_units and bare and _one_unit.issuperset(bare) and bare.isalnum():
        return Costly(char, bare, is_letter=True)
    return Costly(char, None)


def _units(char: str, gsm: bool) -> int:
    if gsm:
        return 2 if char in _two_units else 1
    return 2 if ord(char) > 0xFFFF else 1
