"""Days and moments as people write them, in English and Kiswahili; the day stands before the month.

What may be two days is none: a column whose cells only fit with the month first is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from contacts.values.meanings import Years
from contacts.values.types import LONGEST_TYPED, BadValue, shortened

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january januari", "feb february februari", "mar march machi mac", "apr april aprili", "may mei",
            "jun june juni", "jul july julai", "aug august agosti ago", "sep sept september septemba",
            "oct october oktoba okt", "nov november novemba", "dec december desemba disemba des",
        ],
        start=1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        [
            "mon monday jumatatu", "tue tues tuesday jumanne", "wed weds wednesday jumatano",
            "thu thur thurs thursday alhamisi", "fri friday ijumaa", "sat saturday jumamosi", "sun sunday jumapili",
        ]
    )
    for name in names.split()
}  # fmt: skip
FIRST_YEAR = 1900
EXCEL_EPOCH = datetime(1899, 12, 30)
EXCEL_SERIALS = range(20_000, 80_001)
# What spreadsheets and databases write where there is no date: their day 0, or 1.
ZERO_DATES = frozenset([(1, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 0), (1900, 0, 1), (1900, 1, 1)])
MIDNIGHT = time()
YEARS_BACK, YEARS_AHEAD = 70, 29

_iso = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_usual = re.compile(r"([0-9]{2})[-/.]([0-9]{2})[-/.]((?:19[1-9]|2[0-9]{2})[0-9])")
_year_first = re.compile(r"(\d{4}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,2})")
_day_first = re.compile(r"(\d{1,2}) ?[/.\- ] ?(\d{1,2}) ?[/.\- ] ?(\d{4}|\d{2})")
_word_before = re.compile(r"(?:tarehe|tar|trh|date)\b[.:]? ?", re.IGNORECASE)
_weekday = re.compile(r"([^\W\d_]{3,9})\b[.,]? ?")
_ordinal = re.compile(r"(?<=\d) ?(?:st|nd|rd|th)\b", re.IGNORECASE)
_of = re.compile(r"(?<=\d) (?:of|ya|mwezi wa) ", re.IGNORECASE)
_pieces = re.compile(r"\d+|[^\W\d_]+")
_only_pieces = re.compile(r"[^\W_](?:[^\W_]|[ ,./'-])*")
_time = re.compile(
    r"(?:^|T|, ?|,? at | )(?P<hour>\d{1,2})"
    r"(?:(?::|\.(?=\d\d ?[ap]))(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"(?: ?(?P<half>[ap]\.?m\.?))?(?: ?(?:hrs?|h))?(?: ?(?P<zone>z|utc|gmt|[+-]\d\d:?\d\d|[+-]\d\d))?$",
    re.IGNORECASE,
)
_serial = re.compile(r"\d{1,5}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a cell does not say itself: how its column is read, in which century, where and when.

    `workbook`: numbers are days as Excel counts them.
    """

    today: date
    zone: tzinfo = UTC
    years: Years = Years.NEAR
    workbook: bool = False
    month_first: bool = False


@dataclass(frozen=True, slots=True)
class _Moment:
    day: date
    wall: time | None


def read_date(cell: str, reading: DateReading) -> str | None:
    """The day as 2026-12-31; None for a zero date, which takes the value away. Raises BadValue."""
    if _iso.fullmatch(cell) and cell >= "1900-01-02":
        return _date(cell, int(cell[:4]), int(cell[5:7]), int(cell[8:])).isoformat()
    if match := _usual.fullmatch(cell):
        month, day = match[1 if reading.month_first else 2], match[2 if reading.month_first else 1]
        if "01" <= month <= "12" and day != "00":
            return _date(cell, int(match[3]), int(month), int(day)).isoformat()
    moment = _read(cell, reading, "date like 31/12/2026")
    return None if moment is None else moment.day.isoformat()


def read_moment(cell: str, reading: DateReading) -> str | None:
    """The day and time as 2026-12-31T09:30, by the portal's clocks; None for a zero date. Raises BadValue."""
    moment = _read(cell, reading, "date and time like 31/12/2026 09:30")
    if moment is None:
        return None
    if moment.wall is None:
        raise BadValue("no_time", f"“{shortened(cell)}” has no time: write it like 31/12/2026 09:30")
    return f"{moment.day.isoformat()}T{moment.wall:%H:%M}"


def day_first_only(cell: str) -> bool:
    """Whether a cell is a date that cannot be read with the month first, such as 31/12/2026."""
    pair = _pair(cell)
    return pair is not None and pair[0] > 12 >= pair[1]


def month_first_only(cell: str) -> bool:
    """Whether a cell is a date that cannot be read with the day first, such as 12/31/2026."""
    pair = _pair(cell)
    return pair is not None and pair[1] > 12 >= pair[0]


def may_be_either(cell: str) -> bool:
    """Whether a cell is another date with the month first than with the day first, such as 5/3/2026."""
    pair = _pair(cell)
    return pair is not None and pair[0] != pair[1] and max(pair) <= 12


def has_time(cell: str) -> bool:
    """Whether a cell tells an hour behind its day; midnight is how a day alone is often written."""
    day, wall, _ = _split(cell) if len(cell) <= LONGEST_TYPED else (cell, None, None)
    return bool(day) and wall is not None and wall != MIDNIGHT


def _pair(cell: str) -> tuple[int, int] | None:
    match = _day_first.match(cell) if len(cell) <= LONGEST_TYPED else None
    if match is None or not _day_first.fullmatch(_split(cell)[0]):
        return None
    return int(match[1]), int(match[2])


def _read(cell: str, reading: DateReading, like: str) -> _Moment | None:
    """The moment that a cell tells, turned to the portal's clocks where it names another's; None: a zero date."""
    bad = BadValue("not_a_date", f"“{shortened(cell)}” is no {like}")
    if len(cell) > LONGEST_TYPED:
        raise bad
    if reading.workbook and _serial.fullmatch(cell):
        return _from_serial(float(cell), bad)
    written, wall, zone = _split(cell)
    if not written:
        # Excel shows its day 0 as 00:00:00.
        if wall == MIDNIGHT:
            return None
        raise bad
    parts = _parts(cell, written, reading)
    if parts is None:
        raise bad
    if parts in ZERO_DATES or not any(parts):
        return None
    day = _date(cell, *parts)
    if day.year < FIRST_YEAR:
        raise BadValue("too_early", f"“{shortened(cell)}” is before {FIRST_YEAR}")
    if zone is not None and day != date.max:
        there = datetime.combine(day, wall or MIDNIGHT, zone).astimezone(reading.zone)
        day, wall = there.date(), there.time()
    return _Moment(day, wall)


def _from_serial(serial: float, bad: BadValue) -> _Moment | None:
    if serial < 2:
        return None
    if int(serial) not in EXCEL_SERIALS:
        raise bad
    moment = EXCEL_EPOCH + timedelta(minutes=round(serial * 24 * 60))
    return _Moment(moment.date(), moment.time() if serial % 1 else None)


def _split(cell: str) -> tuple[str, time | None, tzinfo | None]:
    """The date, the time behind it, and whose clock that is; the cell as it is where no time is there."""
    match = _time.search(cell)
    if match is None or not (match["minute"] or match["half"]):
        return cell, None, None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["half"]:
        if not 1 <= hour <= 12:
            return cell, None, None
        hour = hour % 12 + 12 * (match["half"][0].lower() == "p")
    if hour > 23 or minute > 59 or second > 59:
        return cell, None, None
    return cell[: match.start()].strip(), time(hour, minute, second), _zone(match["zone"])


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if written[0] == "-" else ahead) if ahead < timedelta(hours=24) else None


def _parts(cell: str, written: str, reading: DateReading) -> tuple[int, int, int] | None:
    """Year, month and day as they are written; a weekday before them must be theirs."""
    text = _word_before.sub("", written) if _word_before.match(written) else written
    weekday = None
    if (match := _weekday.match(text)) and match[1].lower() in WEEKDAYS:
        weekday, text = WEEKDAYS[match[1].lower()], text[match.end() :]
    text = _of.sub(" ", _ordinal.sub("", text))
    parts = _numeric(cell, text, reading) or _named(text, reading)
    if parts and weekday is not None and _date(cell, *parts).weekday() != weekday:
        raise BadValue("weekday", f"“{shortened(cell)}”: that day is another day of the week")
    return parts


def _numeric(cell: str, text: str, reading: DateReading) -> tuple[int, int, int] | None:
    if match := _year_first.fullmatch(text):
        return int(match[1]), int(match[3]), int(match[4])
    match = _day_first.fullmatch(text)
    if match is None:
        return None
    day, month, year = int(match[1]), int(match[2]), match[3]
    if reading.month_first:
        day, month = month, day
    elif month > 12 >= day:
        raise BadValue("month_first", f"“{shortened(cell)}”: write the day first")
    if len(year) == 4 or not (day or month):
        return int(year), month, day
    return _full_year(int(year), month, day, reading), month, day


def _named(text: str, reading: DateReading) -> tuple[int, int, int] | None:
    """A day, the name of a month and a year, in any order in which it is clear which is which."""
    pieces = _pieces.findall(text.lower()) if _only_pieces.fullmatch(text) else []
    place = next((place for place, piece in enumerate(pieces) if piece in MONTHS), None)
    if place is None or len(pieces) != 3:
        return None
    month = MONTHS[pieces.pop(place)]
    day, year = reversed(pieces) if len(pieces[0]) == 4 else pieces
    if not (day.isdecimal() and year.isdecimal()) or len(day) > 2 or len(year) not in (2, 4):
        return None
    if len(year) == 4:
        return int(year), month, int(day)
    if place == 2:
        return None
    return _full_year(int(year), month, int(day), reading), month, int(day)


def _full_year(short: int, month: int, day: int, reading: DateReading) -> int:
    """The year that two digits mean: of what has been the latest that is not to come, of what comes 20yy, else near."""
    if reading.years is Years.COMING:
        return 2000 + short
    today = reading.today
    if reading.years is Years.PAST:
        year = today.year - today.year % 100 + short
        return year if (year, month, day) <= (today.year, today.month, today.day) else year - 100
    first = today.year - YEARS_BACK
    return first + (short - first) % (YEARS_BACK + YEARS_AHEAD + 1)


def _date(cell: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise BadValue("not_a_date", f"“{shortened(cell)}”: there is no such day") from error
