"""CSV that goes out: readable by Excel, harmless in it."""

import csv
import io

import pytest

from contacts.spreadsheets import csv_lines
from contacts.spreadsheets.writing import harmless


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-2+3", "'-2+3"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"), ("Jane", "Jane"), ("-5.00", "-5.00"), ("+254712345678", "+254712345678"), (7, 7), ("", ""),
        ("-23,500.00", "-23,500.00"),
        ("＝1+1", "'＝1+1"), ("＠SUM(A1)", "'＠SUM(A1)"), ("－2+3", "'－2+3"), ("＋1", "'＋1"),
    ],
)  # fmt: skip
def test_a_cell_is_not_taken_for_a_formula(cell, written):
    assert harmless(cell) == written


def test_headings_come_from_people_too():
    text = "".join(csv_lines(["=HYPERLINK()", "name"], [["a,b", 'say "x"\nagain']]))
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [["'=HYPERLINK()", "name"], ["a,b", 'say "x"\nagain']]
