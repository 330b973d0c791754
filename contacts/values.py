"""Custom values: what people type, and the one canonical text that is stored for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from lib.words import clean as clean  # a cell's too

TEXT, INTEGER, DECIMAL, MONEY, DATE, BOOLEAN, CHOICE = (
    "text", "integer", "decimal", "money", "date", "boolean", "choice",
)  # fmt: skip
TAKEN_KEYS = frozenset(
    {"id", "phone", "name", "group", "opted_out", "created", "updated", "today", "sender", "status", "next"}
)
LONGEST_KEY = 40
MOST_AMOUNT_DIGITS = 15
LONGEST_TYPED = 60
LONGEST_TEXT = 1_000

YES = frozenset(["yes", "y", "true", "1", "ndiyo", "ndio"])
NO = frozenset(["no", "n", "false", "0", "hapana", "la"])
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january januari", "feb february februari", "mar march machi", "apr april aprili", "may mei",
            "jun june juni", "jul july julai", "aug august agosti", "sep sept september septemba",
            "oct october oktoba", "nov november novemba", "dec december desemba",
        ],
        start=1,
    )
    for name in names.split()
}  # fmt: skip
EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_SERIALS = range(20_000, 80_001)

_plain_money = re.compile(r"(?:0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?")
_CENTS = {0: ".00", 2: "0", 3: ""}
_plain_whole = re.compile(r"0|[1-9][0-9]{0,14}")
_currency = re.compile(r"^(?:kes|kshs?|sh)\.?\s*|\s*(?:kes|kshs?)\.?$|/[=-]$|=$", re.IGNORECASE)
_leading_zero = re.compile(r"[^\w.,]*0\d")
_number = re.compile(r"-?\d+(?:\.\d+)?")
_grouped = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_european = re.compile(r"-?\d{1,3}(?:[ .]\d{3})+,\d{1,2}|-?\d+,\d{1,2}")
_spaced = re.compile(r"-?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_iso = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+Z?)?")
_day_first = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_named_month = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-/.,]+([^\W\d_]+)\.?[ \-/.,]+(\d{4}|\d{2})")


class BadValue(ValueError):
    """A cell that its column's type cannot take; the message says so to a clerk."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def clean_row(cells: list[str]) -> list[str]:
    """`clean` for a whole row; most rows of a file are clean already, which is seen at once."""
    joined = "|".join(cells)
    if (
        joined.isascii()
        and joined.isprintable()
        and "  " not in joined
        and " |" not in joined
        and "| " not in joined
        and not joined.startswith(" ")
        and not joined.endswith(" ")
    ):
        return cells
    return [clean(cell) for cell in cells]


def canonical(
    type_: str, cell: str, *, workbook: bool = False, options: Sequence[str] = (), month_first: bool = False
) -> str:
    """The canonical text of a cleaned cell, "" for an empty one. Raises BadValue. Serial dates only in workbooks."""
    return value_parser(type_, workbook=workbook, options=tuple(options), month_first=month_first)(cell) if cell else ""


@lru_cache(maxsize=256)
def value_parser(
    type_: str, *, workbook: bool = False, options: tuple[str, ...] = (), month_first: bool = False
) -> Callable[[str], str]:
    """What turns a cell that is not empty into the canonical text of its column's type, or raises BadValue."""
    if type_ == DATE:
        # Few days stand in many rows.
        return lru_cache(maxsize=4096)(lambda cell: _day(cell, workbook, month_first).isoformat())
    if type_ == CHOICE and options:
        return lambda cell: _choice(cell, options)
    return {MONEY: _money, DECIMAL: _decimal, INTEGER: _whole, BOOLEAN: _yes_or_no}.get(type_, _text)


def field_key(label: str, taken: Collection[str] = ()) -> str:
    """The key of a column heading: `Loan Balance (KES)` is `loan_balance_kes`. Clashes get `_2`, `_3`."""
    flat = unicodedata.normalize("NFKD", label).casefold()
    flat = "".join(char for char in flat if not unicodedata.combining(char))
    key = re.sub(r"[^a-z0-9]+", "_", flat).strip("_")
    key = re.sub(r"^[0-9_]+", "", key)[:LONGEST_KEY].rstrip("_") or "field"
    used = TAKEN_KEYS | set(taken)
    chosen, number = key, 2
    while chosen in used:
        ending = f"_{number}"
        chosen, number = key[: LONGEST_KEY - len(ending)] + ending, number + 1
    return chosen


def begins_with_zero(cell: str) -> bool:
    """Whether a number in front of its digits has a zero: 0012, not 0 or 0.5."""
    return bool(_leading_zero.match(cell))


def day_first_only(cell: str) -> bool:
    """Whether a cell is a date that cannot be read with the month first, such as 31/12/2026."""
    match = _day_first.fullmatch(cell)
    return match is not None and int(match[1]) > 12 >= int(match[2])


def _text(cell: str) -> str:
    if len(cell) > LONGEST_TEXT:
        raise BadValue("too_long", f"longer than {LONGEST_TEXT:,} letters")
    return cell


def _money(cell: str) -> str:
    if match := _plain_money.fullmatch(cell):
        return cell + _CENTS[len(match[1] or "")]
    return f"{_amount(cell, money=True):.2f}"


def _decimal(cell: str) -> str:
    return _shortest(_number_without_zeros(cell))


def _number_without_zeros(cell: str) -> Decimal:
    """A number, unless the cell begins with a zero that it would lose: that is no number but a text of digits."""
    if begins_with_zero(cell):
        raise BadValue("leading_zero", f"“{_short(cell)}” begins with a zero that a number would lose: make it text")
    return _amount(cell, money=False)


def _amount(cell: str, *, money: bool) -> Decimal:
    text = cell if len(cell) <= LONGEST_TYPED else ""
    negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()") if negative else text
    for _ in range(2):
        text = _currency.sub("", text.strip()).strip()
    if money and re.fullmatch(r"-?\d{1,3}\.\d{3}", text):
        whole, _, cents = text.partition(".")
        raise BadValue("ambiguous", f"{text}: {whole} or {whole},{cents}?")
    if _grouped.fullmatch(text):
        text = text.replace(",", "")
    elif _european.fullmatch(text):
        text = text.replace(" ", "").replace(".", "").replace(",", ".")
    elif _spaced.fullmatch(text):
        text = text.replace(" ", "")
    if not _number.fullmatch(text):
        raise BadValue("not_a_number", f"“{_short(cell)}” is no {'amount' if money else 'number'}")
    amount = Decimal(text)
    if len(amount.as_tuple().digits) > MOST_AMOUNT_DIGITS:
        raise BadValue("too_large", f"“{_short(cell)}” is too large")
    return -amount if negative else amount


def _shortest(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(cell: str) -> str:
    if _plain_whole.fullmatch(cell):
        return cell
    amount = _number_without_zeros(cell)
    if amount != amount.to_integral_value():
        raise BadValue("not_whole", f"“{cell}” is no whole number")
    return f"{amount:.0f}"


def _day(cell: str, workbook: bool, month_first: bool) -> date:
    if len(cell) > LONGEST_TYPED:
        raise BadValue("not_a_date", f"“{_short(cell)}” is no date like 31/12/2026")
    if match := _iso.fullmatch(cell):
        return _date(cell, int(match[1]), int(match[2]), int(match[3]))
    if match := _day_first.fullmatch(cell):
        day, month, year = int(match[1]), int(match[2]), _year(match[3])
        if month_first:
            day, month = month, day
        elif month > 12 >= day:
            raise BadValue("month_first", f"“{cell}”: write the day first")
        return _date(cell, year, month, day)
    if (match := _named_month.fullmatch(cell)) and match[2].lower() in MONTHS:
        return _date(cell, _year(match[3]), MONTHS[match[2].lower()], int(match[1]))
    if workbook and re.fullmatch(r"\d{5}(?:\.0+)?", cell) and int(float(cell)) in EXCEL_SERIALS:
        return EXCEL_EPOCH + timedelta(days=int(float(cell)))
    raise BadValue("not_a_date", f"“{cell}” is no date like 31/12/2026")


def _year(text: str) -> int:
    return 2000 + int(text) if len(text) == 2 else int(text)


def _date(cell: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise BadValue("not_a_date", f"“{cell}”: there is no such day") from error


def _yes_or_no(cell: str) -> str:
    lowered = cell.lower()
    if lowered in YES:
        return "yes"
    if lowered in NO:
        return "no"
    raise BadValue("not_yes_no", f"“{_short(cell)}” is neither yes nor no")


def _choice(cell: str, options: Sequence[str]) -> str:
    for option in options:
        if option.casefold() == cell.casefold():
            return option
    raise BadValue("no_such_choice", f"“{_short(cell)}” is none of: {', '.join(options)}")


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST_TYPED else f"{cell[:LONGEST_TYPED]}…"
