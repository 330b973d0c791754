"""Days and moments as they are written, and what is none."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from contacts.spreadsheets.heading_words import heading_words, years_under
from contacts.values import Around, BadValue, canonical, clean, doubtful_date, has_time
from contacts.values.dates import day_first_only, month_first_only

TODAY = date(2026, 11, 29)
NAIROBI = ZoneInfo("Africa/Nairobi")


def read(cell, heading="", *, type_="date", **how):
    around = Around(years=years_under(heading_words(heading)), today=TODAY, zone=NAIROBI)
    return canonical(type_, clean(cell), around=around, **how)


def code_of(cell, **how):
    with pytest.raises(BadValue) as caught:
        read(cell, **how)
    assert caught.value.words
    return caught.value.code


@pytest.mark.parametrize(
    "cell",
    [
        "2026-12-05",
        "2026-12-5",
        "2026/12/05",
        "2026.12.05",
        "2026 - 12 - 05",
        "05/12/2026",
        "5/12/2026",
        "5 / 12 / 2026",
        "5-12-26",
        "05.12.26",
        "5 12 2026",
        "5th Dec 2026",
        "5 th Dec 2026",
        "Dec 5, 2026",
        "December 5th, 2026",
        "05-Dec-2026",
        "05-DEC-26",
        "Dec-5-2026",
        "5Dec2026",
        "2026 Dec 5",
        "2026-Dec-05",
        "5 December, 2026",
        "5 Dec. 2026",
        "5 Dec '26",
        "5TH DECEMBER 2026",
        "5th of December 2026",
        "Sat, 5 Dec 2026",
        "Saturday 5 December 2026",
        "Saturday, December 5, 2026",
        "Sat 05/12/2026",
        "tarehe 5 Desemba 2026",
        "Tarehe: 5 Disemba 2026",
        "5 Desemba 2026",
        "Desemba 5, 2026",
        "Jumamosi, 5 Desemba 2026",
        "tarehe 5 mwezi wa 12 2026",
        "5/12/2026 00:00",
        "5/12/2026 09:30",
        "05/12/2026 12:00:00 AM",
        "5/12/2026, 9.30 am",
        "5/12/2026 at 9pm",
        "2026-12-05T09:30:00",
        "2026-12-05 09:30:00.000",
        "2026-12-05T09:30:00Z",
        "2026-12-05T00:00:00+03:00",
        "2026-12-04T21:00Z",
        "2026-12-04 22:00 UTC",
        "2026-12-05T20:30-00:00",
    ],
)
def test_a_day_is_read_as_it_is_written(cell):
    assert read(cell) == "2026-12-05"


@pytest.mark.parametrize(
    "cell, code",
    [
        ("12/31/2026", "month_first"),
        ("12-31-26 09:00", "month_first"),
        ("31/02/2026", "not_a_date"),
        ("2026/13/05", "not_a_date"),
        ("20261205", "not_a_date"),
        ("5-Dec", "not_a_date"),
        ("Dec 2026", "not_a_date"),
        ("12/2026", "not_a_date"),
        ("5-12 Dec 2026", "not_a_date"),
        ("26 5 Dec", "not_a_date"),
        ("52026Dec", "not_a_date"),
        ("5 Dember 2026", "not_a_date"),
        ("Fri, 5 Dec 2026", "weekday"),
        ("5/12/2026 25:00", "not_a_date"),
        ("5/12/2026 13:00 pm", "not_a_date"),
        ("2026-12-105:30", "not_a_date"),
        ("45000", "not_a_date"),
        ("0", "not_a_date"),
        ("09:30", "not_a_date"),
        ("saa tatu asubuhi", "not_a_date"),
        ("31/12/1850 10:00", "too_early"),
        ("1/1/0226", "too_early"),
        ("5/12/2026 " + "x" * 70, "not_a_date"),
    ],
)
def test_what_is_no_day_or_may_be_two_is_not_guessed(cell, code):
    assert code_of(cell) == code


@pytest.mark.parametrize(
    "cell",
    [
        "0/0/0000",
        "00/00/0000",
        "00-00-00",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "00/01/1900",
        "1/0/1900",
        "01/01/1900",
        "1900-01-00",
        "1900-01-01 00:00:00",
        "30/12/1899",
        "0001-01-01T00:00:00Z",
        "00:00:00",
        "0:00",
    ],
)
def test_a_zero_date_takes_the_value_away(cell):
    assert read(cell) is None
    assert read(cell, type_="datetime") is None


@pytest.mark.parametrize("cell", ["0", "1", "0.0", "1.5"])
def test_a_zero_serial_takes_the_value_away(cell):
    assert read(cell, workbook=True) is None


@pytest.mark.parametrize("cell, day", [("46387", "2026-12-31"), ("46001.5", "2025-12-10"), ("46001.999", "2025-12-10")])
def test_a_serial_is_a_day_in_workbooks_only(cell, day):
    assert read(cell, workbook=True) == day
    assert code_of(cell) == "not_a_date"


def test_of_a_serial_the_part_is_the_time():
    assert read("46001.5", type_="datetime", workbook=True) == "2025-12-10T12:00"


@pytest.mark.parametrize(
    "cell, heading, day",
    [
        ("5/12/60", "Date of birth", "1960-12-05"),
        ("5/12/26", "DOB", "1926-12-05"),
        ("28/11/26", "DOB", "2026-11-28"),
        ("5 Dec 31", "birthday", "1931-12-05"),
        ("5/12/60", "Due date", "2060-12-05"),
        ("5/12/99", "Loan expiry", "2099-12-05"),
        ("5/12/60", "Next appointment", "2060-12-05"),
        ("5/12/60", "Tarehe ya mwisho", "2060-12-05"),
        ("5/12/60", "Joined", "1960-12-05"),
        ("5/12/56", "", "1956-12-05"),
        ("5/12/55", "", "2055-12-05"),
        ("05-DEC-26", "", "2026-12-05"),
    ],
)
def test_two_digits_are_a_year_by_the_heading(cell, heading, day):
    assert read(cell, heading) == day


@pytest.mark.parametrize(
    "cell, moment",
    [
        ("2026-12-05 09:30:00", "2026-12-05T09:30"),
        ("5/12/2026 9:30", "2026-12-05T09:30"),
        ("5/12/2026 2:00 PM", "2026-12-05T14:00"),
        ("5/12/2026 12:15 a.m.", "2026-12-05T00:15"),
        ("5 Dec 2026 at 2pm", "2026-12-05T14:00"),
        ("5 Dec 2026, 14:00 hrs", "2026-12-05T14:00"),
        ("2026-11-30T21:00Z", "2026-12-01T00:00"),
        ("2026-11-30T21:00+0530", "2026-11-30T18:30"),
        ("2026-12-05T09:30", "2026-12-05T09:30"),
        ("5/12/2026 00:00", "2026-12-05T00:00"),
    ],
)
def test_a_moment_keeps_its_hour(cell, moment):
    assert read(cell, type_="datetime") == moment


def test_a_day_without_an_hour_is_no_moment():
    assert code_of("5/12/2026", type_="datetime") == "no_time"


def test_of_a_column_it_is_seen_which_order_it_has():
    assert [cell for cell in ("5/3/2010", "3/29/2010", "29/3/2010 10:00") if month_first_only(cell)] == ["3/29/2010"]
    assert [cell for cell in ("5/3/2010", "3/29/2010", "29/3/2010 10:00") if day_first_only(cell)] == [
        "29/3/2010 10:00"
    ]
    assert read("3/29/2010", month_first=True) == "2010-03-29"
    assert read("5/3/2010", month_first=True) == "2010-05-03"


@pytest.mark.parametrize("cell, told", [("5/12/2026 09:30", True), ("5/12/2026 00:00", False), ("09:30", False)])
def test_it_is_seen_that_a_cell_tells_an_hour(cell, told):
    assert has_time(cell) is told


@pytest.mark.parametrize(
    "cells, month_first, doubtful",
    [
        (["5/3/2010", "12/24/2010"], False, "12/24/2010"),
        (["12/24/2010 09:00", "24/12/2010"], False, ""),
        (["5/3/2010", "", "2010-12-24", "Dec 24, 2010"], False, ""),
        (["5/3/2010", "24/12/2010"], True, "24/12/2010"),
        (["24/12/2010", "12/24/2010"], True, ""),
        ([], True, ""),
    ],
)
def test_dates_that_only_fit_the_other_way_are_asked_about(cells, month_first, doubtful):
    assert doubtful_date(cells, month_first=month_first) == doubtful


DAYS = st.dates(date(1900, 1, 2), date(2200, 1, 1))
ENGLISH, KISWAHILI = "en_GB", "sw"
STYLES = {
    "iso": date.isoformat,
    "slashes": "{0.day}/{0.month}/{0.year}".format,
    "dots": "{0:%d.%m.%Y}".format,
    "year first": "{0:%Y/%m/%d}".format,
    "oracle": "{0:%d-%b-%Y}".format,
    "american name": "{0:%B} {0.day}, {0.year}".format,
    "weekday": "{0:%A}, {0.day} {0:%B} {0.year}".format,
    "kiswahili": lambda day: format_date(day, "d MMMM y", locale=KISWAHILI),
    "short kiswahili": lambda day: format_date(day, "d MMM y", locale=KISWAHILI),
    "kiswahili weekday": lambda day: "tarehe " + format_date(day, "EEEE, d MMMM y", locale=KISWAHILI),
    "english of the library": lambda day: format_date(day, "full", locale=ENGLISH),
    "midnight": "{0:%d/%m/%Y} 00:00:00".format,
    "upper": lambda day: f"{day:%d %B %Y}".upper(),
}  # fmt: skip


@given(DAYS, st.sampled_from(sorted(STYLES)))
def test_a_day_in_any_known_style_is_read_back_the_same(day, style):
    assert read(STYLES[style](day)) == day.isoformat()


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),
    st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_another_clock_s_moment_is_that_of_the_portal(moment, zone):
    own = moment.replace(second=0, microsecond=0, tzinfo=UTC).astimezone(NAIROBI)
    assert read(own.astimezone(zone).isoformat(), type_="datetime") == f"{own:%Y-%m-%dT%H:%M}"
    assert read(own.astimezone(zone).isoformat()) == f"{own:%Y-%m-%d}"


@given(st.from_regex(r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}( [0-9]{1,2}:[0-9]{2})?( ?[AP]M)?", fullmatch=True))
def test_with_the_day_first_a_day_is_never_the_month(cell):
    try:
        value = read(cell)
    except BadValue:
        return
    if value is not None and (found := cell.replace("/", "-").replace(".", "-").replace(" ", "-").split("-")):
        year, month, day = value.split("-")
        assert int(month) == int(found[1])
        assert int(day) in (int(found[0]), int(found[2]))
        assert int(year) % 100 in (int(found[0]) % 100, int(found[2]) % 100)
