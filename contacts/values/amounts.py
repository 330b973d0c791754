"""Amounts and numbers as people, banks and accounting formats write them. What may mean two things is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from contacts.values.meanings import Amounts
from contacts.values.types import LONGEST_TYPED, BadValue, shortened

MOST_AMOUNT_DIGITS = 15
CENT = Decimal("0.01")
NOTHING = frozenset(["-", "nil", "nill", "cleared", "paid", "settled", "fully paid", "fully cleared", "paid in full"])
DEBIT, CREDIT, NONE_OWED = "DR", "CR", "NIL"
# A number cell of a workbook that is nearer to zero is what a sum of fractions left over.
SMALLEST_NUMBER = 1e-9

_plain_money = re.compile(r"(?:0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?")
_CENTS = {0: ".00", 2: "0", 3: ""}
# What most cells are is seen by one look.
_usual_money = re.compile(
    r"(?:(?:KES|K?Shs?)\.? ?)?([1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}|0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?(?: ?/[=-])?", re.I
)
_plain_decimal = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{0,5}[1-9])?")
_plain_whole = re.compile(r"0|[1-9][0-9]{0,14}")
_dashes = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "`": "'"})
_before = re.compile(r"(?:kes|k?shs?|k\.shs?)\b[.:]?\s*|(?:kes|k?shs?)[.:]?\s*(?=[-\d(])", re.IGNORECASE)
_after = re.compile(r"\s*(?:(?:/|=|/=|/-|=/|/=-)|(?<![a-z])(?:kes|k?shs?|bob|shillings?)\.?)$", re.IGNORECASE)
_side = re.compile(r"(?:(?P<first>dr|cr)\b\.?\s*)?(?P<rest>.*?)(?:\s*(?:\(\s*)?(?P<last>dr|cr)\.?(?:\s*\))?)?", re.I)
_side_word, _digit = re.compile(r"(?<![a-z])(dr|cr)(?![a-z])", re.IGNORECASE), re.compile(r"\d")
_leading_zero = re.compile(r"[^\w.,]*0\d")
_may_be_thousands = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_padded = re.compile(r"-?[1-9]\d{0,2}\.\d{3}0")
# How thousands stand apart; only one of these fits a text.
_shapes = (
    (re.compile(r"\d+(?:\.\d*)?|\.\d+"), ""),
    (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?"), ","),
    (re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?"), ","),
    (re.compile(r"\d{1,3}(?:'\d{3})+(?:\.\d*)?"), "'"),
    (re.compile(r"\d{1,3}(?: \d{3})+(?:\.\d*)?"), " "),
)
_decimal_comma = re.compile(r"\d+,\d{1,2}|\d{1,3}(?:(?: \d{3})+|(?:\.\d{3})+|(?:'\d{3})+),\d{1,2}")
_dotted = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")


def plain_number(number: float) -> str:
    """A number cell as a text: without a float's noise, and never to be taken for a text such as 5.000."""
    if -SMALLEST_NUMBER < number < SMALLEST_NUMBER:
        return "0"
    text = f"{number:.15g}"
    if "e-" in text:
        return f"{Decimal(text):f}"
    # Looked at by itself first: a million numbers are written so.
    return f"{text}0" if text[-4:-3] == "." and _may_be_thousands.fullmatch(text.lstrip("-")) else text


def as_text(cell: str) -> str:
    """A number cell as a text shows it: without the zero that `plain_number` has put behind it."""
    return cell[:-1] if cell[-1] == "0" and _padded.fullmatch(cell) else cell


def begins_with_zero(cell: str) -> bool:
    """Whether a number in front of its digits has a zero: 0012, not 0 or 0.5."""
    return bool(_leading_zero.match(cell))


def money_reader(meaning: Amounts = Amounts.UNKNOWN) -> Callable[[str], str]:
    """What makes of a cell an amount with two decimals, or raises BadValue.

    The heading's `meaning` says what NIL, DR and CR come to.
    """

    def read_money(cell: str) -> str:
        if match := _plain_money.fullmatch(cell):
            return cell + _CENTS[len(match[1] or "")]
        if match := _usual_money.fullmatch(cell):
            return match[1].replace(",", "") + (match[2] or "") + _CENTS[len(match[2] or "")]
        amount = _amount(cell, meaning, money=True).quantize(CENT, ROUND_HALF_UP)
        return f"{amount or abs(amount):f}"

    return read_money


def decimal_reader(meaning: Amounts = Amounts.UNKNOWN) -> Callable[[str], str]:
    """As `money_reader`, for a number with as many decimals as it needs."""

    def read_decimal(cell: str) -> str:
        if _plain_decimal.fullmatch(cell):
            return cell
        amount = _number_without_zeros(cell, meaning)
        text = f"{amount or abs(amount):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    return read_decimal


def whole_reader(meaning: Amounts = Amounts.UNKNOWN) -> Callable[[str], str]:
    """As `money_reader`, for a whole number."""

    def read_whole(cell: str) -> str:
        if _plain_whole.fullmatch(cell):
            return cell
        amount = _number_without_zeros(cell, meaning)
        if amount != amount.to_integral_value():
            raise BadValue("not_whole", f"“{shortened(cell)}” is no whole number")
        return f"{amount or abs(amount):.0f}"

    return read_whole


def word_in_amount(cell: str) -> str:
    """By which word a cell is the amount that was read of it: DR, CR or NIL; by none where digits alone say it."""
    if match := _side_word.search(cell):
        return match[1].upper()
    return "" if _digit.search(cell) else NONE_OWED


def _number_without_zeros(cell: str, meaning: Amounts) -> Decimal:
    """A number, unless the cell begins with a zero that it would lose: that is no number but a text of digits."""
    if begins_with_zero(cell):
        words = f"“{shortened(cell)}” begins with a zero that a number would lose: make it text"
        raise BadValue("leading_zero", words)
    return _amount(cell, meaning, money=False)


def _amount(cell: str, meaning: Amounts, *, money: bool) -> Decimal:
    noun = "amount" if money else "number"
    text = cell.translate(_dashes).rstrip(".") if len(cell) <= LONGEST_TYPED else ""
    if text.lower() in NOTHING:
        return _nothing(cell, meaning, noun)
    word, text = _taken_apart(text)
    digits, sign = _without_signs(text)
    if digits.lower() in NOTHING - {"-"} and not word:
        return _nothing(cell, meaning, noun)
    if money and _may_be_thousands.fullmatch(digits):
        whole, _, cents = digits.partition(".")
        raise BadValue("ambiguous", f"{digits}: {whole} or {whole},{cents}?")
    plain = _plain(digits)
    if plain is None or sign is None or (word and sign < 0):
        raise BadValue("not_a_number", f"“{shortened(cell)}” is no {noun}")
    amount = Decimal(plain)
    if len(amount.as_tuple().digits) > MOST_AMOUNT_DIGITS:
        raise BadValue("too_large", f"“{shortened(cell)}” is too large")
    if word:
        sign = 1 if (word == CREDIT) == (meaning is Amounts.HELD) else -1
    return sign * amount


def _nothing(cell: str, meaning: Amounts, noun: str) -> Decimal:
    if meaning is not Amounts.OWED:
        words = f"“{shortened(cell)}” is no {noun}: the heading does not say that it is owed. Write 0 if it is nothing"
        raise BadValue("nothing", words)
    return Decimal(0)


def _taken_apart(text: str) -> tuple[str, str]:
    """DR or CR, and the amount beside it. What has both is no amount."""
    found = _side.fullmatch(text)
    first, last = (found["first"] or "", found["last"] or "") if found else ("", "")
    return ((first or last).upper(), found["rest"]) if found and not (first and last) else ("", text)


def _without_signs(text: str) -> tuple[str, int | None]:
    """The digits and separators of a text without its currency, and its sign; None where it has several.

    A currency with a dash alone is how accounting formats show zero.
    """
    signs: list[int] = []
    has_currency, before = False, ""
    while text != before:
        before = text = text.strip()
        if match := _before.match(text):
            text, has_currency = text[match.end() :], True
        elif match := _after.search(text):
            text, has_currency = text[: match.start()], True
        elif text == "-":
            return ("0", 1) if has_currency and not signs else (text, None)
        elif text.startswith("(") and text.endswith(")"):
            text, signs = text[1:-1], [*signs, -1]
        elif text.startswith(("-", "+")):
            text, signs = text[1:], [*signs, -1 if text[0] == "-" else 1]
        elif text.endswith("-"):
            text, signs = text[:-1], [*signs, -1]
    return text, 1 if not signs else signs[0] if len(signs) == 1 else None


def _plain(text: str) -> str | None:
    """Digits with a decimal point; None for what is no number, or may be two of them."""
    for shape, separator in _shapes:
        if shape.fullmatch(text):
            return text.replace(separator, "") if separator else text
    if _decimal_comma.fullmatch(text):
        return re.sub(r"[ .']", "", text).replace(",", ".")
    return text.replace(".", "") if _dotted.fullmatch(text) else None
