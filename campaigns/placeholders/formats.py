"""How values are written: a closed list of formats by the field's type, chosen once and applied per person."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from babel.dates import get_day_names, get_month_names

from campaigns.placeholders.joining import COUNT, LIST, NUMBERS, UnknownFormat, joining_of, nearest
from campaigns.placeholders.pieces import Formatter

PLACES = {"0": Decimal(1), "0.0": Decimal("0.1"), "0.00": Decimal("0.01")}
TITLES = (
    "mr", "mrs", "ms", "miss", "madam", "dr", "eng", "engr", "hon", "rev", "pst", "pastor", "prof", "fr", "sr", "bro",
    "sis", "bishop", "capt", "adv", "amb", "cpa", "mwl", "mwalimu", "bw", "bwana", "bi", "mzee", "mama",
)  # fmt: skip
_title = rf"(?:{'|'.join(TITLES)})\b"
# "1. ", "2) ", "(3) ", "#4 ", of a list that was numbered by hand
LIST_NUMBER = re.compile(r"^[(#]?\d+(?:[.):/-]+\s*|\s+)(?=[^\W\d])")
COUPLE = re.compile(rf"{_title}\.?\s*(?:&|\+|/|\band\b|\bna\b)\s*{_title}", re.IGNORECASE)
BEFORE_NAME = re.compile(rf"(?:\(?{_title}(?:[.)]+\s*|\s+)|c/o\b[.:]*\s*)+(?=[^\W\d])", re.IGNORECASE)
DATE_PART = re.compile(r"dddd|ddd|dd|d|mmmm|mmm|mm|m|yyyy|yy|[ ,./-]|'[^']*'", re.IGNORECASE)
MOMENT_PART = re.compile(rf"am/pm|hh|h|:mm?|{DATE_PART.pattern}|:", re.IGNORECASE)
HALVES = "am/pm"
HOUR = re.compile(r"hh?(:|\W*(am/pm)?$)", re.IGNORECASE)
MINUTE_WITHOUT_COLON = re.compile(r"(?<!')h[ ./,-]?mm", re.IGNORECASE)
DEFAULT_DATE, DEFAULT_MOMENT = "d mmm yyyy", "d mmm yyyy HH:mm"
YES_NO = {"en": ("Yes", "No"), "sw": ("Ndiyo", "Hapana")}


def formatter(type_: str, formats: tuple[str, ...], language: str) -> Formatter | None:
    """How a value of `type_` is written with these formats, left to right; None: as it stands. Raises UnknownFormat."""
    if type_ in NUMBERS:
        return _number(type_, formats)
    if type_ == "date":
        return _date(formats, language)
    if type_ == "datetime":
        return _moment(formats, language)
    if type_ == "boolean":
        if formats:
            raise UnknownFormat("A yes/no has no formats; for several rows there are: list, count.")
        yes, no = YES_NO.get(language, YES_NO["en"])
        return lambda value: yes if value.lower() in ("yes", "true", "1") else no
    return _text(formats)


def _text(formats: tuple[str, ...]) -> Formatter | None:
    known: dict[str, Formatter] = {"first": first, "upper": str.upper, "lower": str.lower, "title": title}
    for one in formats:
        if one.lower() not in known:
            there_are = [*known, LIST, COUNT]
            words = f"“{one}” is no format of a text. There are: {', '.join(there_are)}."
            raise UnknownFormat(words, nearest(one, there_are))
    chain = [known[one.lower()] for one in formats]
    if not chain:
        return None

    def write(value: str) -> str:
        for one in chain:
            value = one(value)
        return value

    return write


def first(name: str) -> str:
    """The first name: what follows the comma of "Kariuki, Jane", and no Mr, Dr or Mama, c/o or number of a list.

    "Mr & Mrs Demo" stays whole.
    """
    word = name.partition(" ")[0]
    if word.isalpha() and "," not in name and word.lower() not in TITLES:
        return word
    name = LIST_NUMBER.sub("", name.strip())
    name = name.partition(",")[2].strip() or name.rstrip(", ")
    if COUPLE.match(name):
        return name
    if before := BEFORE_NAME.match(name):
        name = name[before.end() :]
    return next(iter(name.split()), "")


def title(name: str) -> str:
    """Capitals after a blank or a hyphen, but of "and"; the rest lowered only where the word is all capitals."""
    return "".join(_capital(piece) for piece in re.split(r"([\s-])", name))


def _capital(word: str) -> str:
    if word == "and":
        return word
    rest = word[1:].lower() if word.isupper() and len(word) > 1 else word[1:]
    return word[:1].upper() + rest


def _number(type_: str, formats: tuple[str, ...]) -> Formatter | None:
    if len(formats) > 1 or (formats and formats[0].lower() not in (*PLACES, "plain")):
        there_are = [*PLACES, "plain", *joining_of(type_)]
        words = f"“{':'.join(formats)}” is no format of a number. There are: {', '.join(there_are)}."
        raise UnknownFormat(words, nearest(formats[0], there_are))
    chosen = formats[0].lower() if formats else ("0.00" if type_ == "money" else "")
    places = PLACES.get(chosen)
    if chosen == "plain":
        return None

    def write(value: str) -> str:
        if not chosen and "." not in value:
            # A whole number may be an account or a year.
            return value
        try:
            number = Decimal(value)
            if places is not None:
                number = number.quantize(places, ROUND_HALF_UP)
            return f"{number or abs(number):,f}"  # abs: no "-0"
        except InvalidOperation:
            return value

    if chosen == "0.00":
        return _money(write)
    return write


def _money(slowly: Formatter) -> Formatter:
    """Canonical money has two decimals already: only the separators are to be put in."""

    def write(value: str) -> str:
        whole, point, cents = value.partition(".")
        if not (point and len(cents) == 2 and value.isascii() and cents.isdigit() and whole.isdigit()):
            return slowly(value)
        if len(whole) <= 3:
            return value
        if len(whole) <= 6:
            return f"{whole[:-3]},{whole[-3:]}.{cents}"
        return f"{int(whole):,}.{cents}"

    return write


def _date(formats: tuple[str, ...], language: str) -> Formatter:
    pattern = ":".join(formats) or DEFAULT_DATE
    if HOUR.match(pattern):
        raise UnknownFormat(f"“{pattern}”: a date has no hour. A field of the type “Date and time” has one.")
    if len(formats) > 1:
        raise UnknownFormat("A date has one format.")
    parts = DATE_PART.findall(pattern)
    if "".join(parts) != pattern or not any(part[0].lower() in "dmy" for part in parts):
        raise UnknownFormat(f"“{pattern}” is no format of a date. Write it like: d mmm yyyy, dd/mm/yyyy, dddd d mmmm.")
    writers = [_date_part(part, language) for part in parts]

    @cache
    def write_day(value: str) -> str:
        day = date.fromisoformat(value)
        return "".join(one if isinstance(one, str) else one(day) for one in writers)

    def write(value: str) -> str:
        try:
            return write_day(value)
        except ValueError:
            return value

    return write


def _moment(formats: tuple[str, ...], language: str) -> Formatter:
    """A colon stands within the pattern: h:mm came apart as two formats. Behind a colon mm is the minute."""
    pattern = ":".join(formats) or DEFAULT_MOMENT
    parts = MOMENT_PART.findall(pattern)
    if MINUTE_WITHOUT_COLON.search(pattern):
        raise UnknownFormat(f"“{pattern}”: behind the hour minutes have a colon, h:mm; else mm is the month.")
    if "".join(parts) != pattern or not any(part[0].lower() in "dmyh:" for part in parts):
        raise UnknownFormat(
            f"“{pattern}” is no format of a date and time. Write it like: h:mm AM/PM, HH:mm, d mmm yyyy h:mm."
        )
    halves = any(part.lower() == HALVES for part in parts)
    writers = [_moment_part(part, language, halves=halves) for part in parts]

    @cache
    def write_moment(value: str) -> str:
        moment = datetime.strptime(value, "%Y-%m-%dT%H:%M")
        return "".join(one if isinstance(one, str) else one(moment) for one in writers)

    def write(value: str) -> str:
        try:
            return write_moment(value)
        except ValueError:
            return value

    return write


def _moment_part(part: str, language: str, *, halves: bool) -> str | Callable[[datetime], str]:
    hour = "%I" if halves else "%H"
    small = part.islower()
    known: dict[str, Callable[[datetime], str]] = {
        "h": lambda moment: moment.strftime(hour).removeprefix("0") or "0",
        "hh": lambda moment: moment.strftime(hour),
        ":m": lambda moment: f":{moment.minute}",
        ":mm": lambda moment: f":{moment.minute:02}",
        HALVES: lambda moment: f"{moment:%p}".lower() if small else f"{moment:%p}",
    }
    return known.get(part.lower()) or _date_part(part, language)


def _date_part(part: str, language: str) -> str | Callable[[date], str]:
    if part[0] == "'":
        return part[1:-1]
    days = [get_day_names(width, locale=language) for width in ("abbreviated", "wide")]
    months = [get_month_names(width, locale=language) for width in ("abbreviated", "wide")]
    known: dict[str, Callable[[date], str]] = {
        "d": lambda day: str(day.day),
        "dd": lambda day: f"{day.day:02}",
        "ddd": lambda day: days[0][day.weekday()],
        "dddd": lambda day: days[1][day.weekday()],
        "m": lambda day: str(day.month),
        "mm": lambda day: f"{day.month:02}",
        "mmm": lambda day: months[0][day.month],
        "mmmm": lambda day: months[1][day.month],
        "yy": lambda day: f"{day.year % 100:02}",
        "yyyy": lambda day: f"{day.year:04}",
    }
    return known.get(part.lower(), part)
