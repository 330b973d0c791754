"""Phone numbers as people write them, and as they are stored: digits with the country code.

Cells are judged before the library sees them: it reads letters as keypad digits and takes `x12` for an extension.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)

LONGEST_CELL = 200
MOST_IN_CELL = 32
# With what stands between two.
LONGEST_WRITTEN = 25

home_region = "KE"  # PHONE_REGION: `contacts.apps` sets it, so that this knows of no settings

_plain = re.compile(r"\+?254([17][0-9]{8})|0?([17][0-9]{8})")
_plain_seven = re.compile(r"(?:\+?254|0)?(7[0-9]{8})")
_bracketed_letters = re.compile(r"\([^()\d]*[^\W\d_][^()]*\)")
_scientific = re.compile(r"\d(?:[.,]\d+)?\s*[eE]\s*\+?\d+")
_masked = re.compile(r"\d[\s-]*[*Xx]{2,}|[*Xx]{2,}[\s-]*\d|\d[*Xx]+\d")
BETWEEN = r"(?:[;,/|&\n]|:::|\b(?:or|and|au|na)\b)"
_between = re.compile(BETWEEN, re.IGNORECASE)
_several = re.compile(rf"\d\s*{BETWEEN}\s*\+?\d|\d{{9}}\s+\+?\d{{9}}", re.IGNORECASE)
# 0712 345 678 0722 345 678, 0712345678-0722345678, +254712345678+254722345678: each as long as it has to be.
_WRITTEN = r"(?:\+?254|0)[ .()-]*[17](?:[ .()-]*[0-9]){8}"
_one_written = re.compile(_WRITTEN)
_in_a_row = re.compile(rf"{_WRITTEN}(?:(?:[ .()-]+|(?=\+)){_WRITTEN})+")
_new_range = re.compile(r"254[17][0-9]{8}")


class BadNumber(ValueError):
    """A cell that is no mobile number; `code` names why, the message says it to a clerk, with what to do."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """`digits` with the country code; `warning` is empty, or what is odd about a number that is taken all the same."""

    digits: str
    warning: str = ""


def read_phone(cell: str) -> PhoneNumber:
    """The mobile number in a cell; bare local numbers are of the home region. Raises BadNumber."""
    if home_region == "KE" and (match := _plain.fullmatch(cell)):
        digits = "254" + (match[1] or match[2])
        return PhoneNumber(digits, _warning(digits[:8]))
    if len(cell) > LONGEST_CELL:
        raise BadNumber("not_a_number", "too long for a phone number: keep one number")
    text = _tidied(cell)
    _judge(text)
    return _parsed(text, home_region)


@lru_cache(maxsize=4096)
def _warning(start: str) -> str:
    """What is odd about Kenyan mobile numbers that begin so: a range is given out by its first digits."""
    return _parsed(f"+{start}".ljust(13, "0"), "KE").warning


def plain_digits(cell: str) -> str:
    """The digits of a Kenyan 07 number that is written plainly, else "": nothing is odd about it."""
    match = _plain_seven.fullmatch(cell) if home_region == "KE" else None
    return f"254{match[1]}" if match else ""


def numbers_in(cell: str, most: int = MOST_IN_CELL) -> list[str]:
    """The numbers of a cell that has several, up to `most`, each as it stands there.

    The cell itself where it is one number, where none of them is good, or where there are more.
    """
    if plain_digits(cell) or len(cell) > most * LONGEST_WRITTEN or _is_good(cell):
        return [cell]
    pieces = [number for piece in _between.split(cell) for number in _written_in(piece)]
    return pieces if 1 < len(pieces) <= most and any(map(_is_good, pieces)) else [cell]


def _written_in(piece: str) -> list[str]:
    """0712 345 678 is one number, 0712345678 0712345679 and 0712-345-678 0712-345-679 are two; a blank is none."""
    words = piece.strip(' "').split()
    if len(words) > 1 and not _is_good(piece) and all(map(_is_good, words)):
        return words
    written = " ".join(words)
    if _are_in_a_row(tidied := _tidied(written)):
        return _one_written.findall(tidied)
    return [written] if written else []


def _is_good(cell: str) -> bool:
    try:
        return bool(read_phone(cell).digits)
    except BadNumber:
        return False


def _are_in_a_row(tidied: str) -> bool:
    """Whether these are Kenyan numbers, one after the other, with nothing between them that says so."""
    return home_region == "KE" and _in_a_row.fullmatch(tidied) is not None


def _is_whole(written: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written))
    except NumberParseException:
        return False


def local_number(digits: str) -> str:
    """As pages show it: 0712 345 678; numbers of other countries with their plus sign."""
    if digits.startswith("254") and len(digits) == 12:
        return f"0{digits[3:6]} {digits[6:9]} {digits[9:]}"
    return international_number(digits)


def international_number(digits: str) -> str:
    """As the API gives it: +254712345678."""
    return f"+{digits}"


def search_digits(written: str) -> str:
    """What of a number somebody typed into a search can be looked for: digits, without 0 or 254 in front."""
    digits = "".join(char for char in unicodedata.normalize("NFKC", written) if char.isdecimal())
    return digits.removeprefix("00").removeprefix("254").removeprefix("0")


def _tidied(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).strip().lstrip("'’`").strip()
    # p: stands in front of numbers in the lists of leads that Meta gives out.
    text = re.sub(r"^(?:tel\s*[:.]?|p:)\s*", "", text, flags=re.IGNORECASE)
    text = _bracketed_letters.sub(" ", text).strip()
    text = re.sub(r"\.0+$", "", text)
    return re.sub(r"^00(?=[1-9])", "+", text)


def _judge(text: str) -> None:
    if not text:
        raise BadNumber("no_number", "no number")
    if _scientific.fullmatch(text):
        raise BadNumber("cut_by_excel", "Excel has cut this number: format the column as Text and type it again")
    if _masked.search(text):
        raise BadNumber("masked", "masked by M-PESA: the hidden digits are needed")
    if _several.search(text) or _are_in_a_row(text):
        raise BadNumber("several", "more than one number: keep one")
    if any(char.isalpha() for char in text):
        raise BadNumber("letters", "has letters in it: type it again in digits")
    if not any(char.isdecimal() for char in text):
        raise BadNumber("no_number", "no number")


def _parsed(text: str, region: str) -> PhoneNumber:
    digits = "".join(char for char in text if char.isdecimal())
    if not text.startswith("+") and digits.startswith("254") and len(digits) == 12:
        text = "+" + digits
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise BadNumber("not_a_number", "not a phone number") from error
    written = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    if phonenumbers.is_valid_number(number):
        if phonenumbers.number_type(number) not in MOBILE:
            raise BadNumber("not_mobile", "not a mobile number")
        return PhoneNumber(written)
    if _new_range.fullmatch(written):
        return PhoneNumber(written, "a range of numbers that is new or not in use")
    if not text.startswith("+") and _is_good(f"+{digits}"):
        raise BadNumber("no_plus", f"of another country, by its digits: write it with a plus sign, +{digits}")
    if digits.startswith("02") and len(digits) == 13 and _is_good(f"+{digits[1:]}"):
        raise BadNumber("no_plus", f"has a 0 before the country code: write a plus sign there, +{digits[1:]}")
    if not text.startswith(("+", "0", "254")) and _is_whole(f"+{digits}"):
        raise BadNumber("not_mobile", "of another country, by its digits, and not a mobile number")
    if number.country_code == 254:
        length = len(written) - 3
        if length != 9:
            raise BadNumber("length", f"has {length} digits after the 0 or 254, a mobile number has 9")
        raise BadNumber("not_mobile", "not a mobile number")
    raise BadNumber("not_a_number", "not a valid number of its country")
