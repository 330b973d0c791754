"""What people type, and the canonical text of it."""

import json
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import values
from lib import phones
from tests.pure.anything import ANYTHING, VALUEISH

TYPES = ("text", "integer", "decimal", "money", "date", "boolean", "choice")


@pytest.mark.parametrize(
    "cell, canonical",
    [
        ("5,000.00", "5000.00"),
        ("41,637.50", "41637.50"),
        ("5000,50", "5000.50"),
        ("41 637,50", "41637.50"),
        ("Ksh 5,000/=", "5000.00"),
        ("5,000/-", "5000.00"),
        ("KES5000", "5000.00"),
        ("(500.00)", "-500.00"),
        ("0", "0.00"),
        ("1,234,567", "1234567.00"),
    ],
)
def test_money_is_read_as_it_is_written(cell, canonical):
    assert values.canonical("money", cell) == canonical


@pytest.mark.parametrize(
    "type_, cell, code",
    [
        ("money", "5.000", "ambiguous"),
        ("money", "paid", "nothing"),
        ("integer", "1.5", "not_whole"),
        ("date", "12/31/2026", "month_first"),
        ("date", "31/02/2026", "not_a_date"),
        ("date", "45000", "not_a_date"),
        ("boolean", "perhaps", "not_yes_no"),
    ],
)
def test_what_cannot_be_read_is_named(type_, cell, code):
    with pytest.raises(values.BadValue) as caught:
        values.canonical(type_, cell)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "cell", ["31/12/2026", "31-12-26", "31 Dec 2026", "2026-12-31", "31.12.2026", "31 Desemba 2026"]
)
def test_a_date_has_its_day_first(cell):
    assert values.canonical("date", cell) == "2026-12-31"


def test_a_serial_number_is_a_date_in_workbooks_only():
    assert values.canonical("date", "46387", workbook=True) == "2026-12-31"


@pytest.mark.parametrize(
    "label, key",
    [
        ("Loan Balance (KES)", "loan_balance_kes"),
        ("  Due-Date ", "due_date"),
        ("Élève", "eleve"),
        ("2nd name", "nd_name"),
        ("phone", "phone_2"),
        ("???", "field"),
        ("a" * 60, "a" * 40),
    ],
)
def test_a_label_becomes_a_key(label, key):
    assert values.field_key(label) == key


def test_a_key_that_is_taken_is_numbered():
    assert values.field_key("Balance", {"balance", "balance_2"}) == "balance_3"


@given(st.sampled_from(["text", "integer", "decimal", "money", "date", "boolean"]), st.text(max_size=30))
def test_any_cell_is_a_value_or_a_named_error_and_canonical_text_stays(type_, cell):
    cell = values.clean(cell)
    try:
        canonical = values.canonical(type_, cell)
    except values.BadValue as error:
        assert error.code
    else:
        assert canonical is None or values.canonical(type_, canonical) == canonical


@given(st.sampled_from(TYPES), ANYTHING | VALUEISH, st.booleans(), st.booleans())
def test_any_cell_is_a_value_of_its_type_or_is_rejected_in_words(type_, text, workbook, month_first):
    try:
        value = values.canonical(
            type_, values.clean(text), workbook=workbook, options=("Yes", "No"), month_first=month_first
        )
    except values.BadValue as error:
        assert str(error) and error.code and len(str(error)) < 200
    else:
        if value is None:
            # A zero date takes the value away.
            assert type_ in (values.DATE, values.DATETIME)
            return
        assert value == values.canonical(type_, value, options=("Yes", "No"))
        json.dumps(value).encode("utf-8")
        value.encode("utf-8")


@given(ANYTHING)
def test_a_clean_cell_stays_as_it_is_and_can_be_kept(text):
    cell = values.clean(text)
    assert values.clean(cell) == cell
    assert not set(cell) & set("\0\t\n\r\x0b\x0c\x1c\x1f")
    cell.encode("utf-8")


@given(st.lists(ANYTHING | st.text(string.printable, max_size=10), max_size=6))
def test_a_row_is_cleaned_as_its_cells_are(cells):
    assert values.clean_row(cells) == [values.clean(cell) for cell in cells]


def test_a_number_cell_of_a_megabyte_is_judged_at_once():
    start = time.process_time()
    for cell in ("(" + "a" * (1 << 19), "0712345678" * 100_000, "1 " * 500_000):
        with pytest.raises(phones.BadNumber):
            phones.read_phone(cell)
    assert time.process_time() - start < 2
