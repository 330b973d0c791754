"""Amounts and numbers as they are written, and what is none."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.spreadsheets.heading_words import amounts_under, heading_words
from contacts.values import Around, BadValue, canonical, clean, plain_number, word_in_amount


def read(cell, type_="money", heading=""):
    return canonical(type_, clean(cell), around=Around(amounts_under(heading_words(heading))))


def code_of(cell, type_="money", heading=""):
    with pytest.raises(BadValue) as caught:
        read(cell, type_, heading)
    assert caught.value.words
    return caught.value.code


@pytest.mark.parametrize(
    "cell, canonical",
    [
        ("5000", "5000.00"),
        ("5,000.00", "5000.00"),
        ("1,234,567", "1234567.00"),
        ("Shs 5,000", "5000.00"),
        ("Shs. 5,000/=", "5000.00"),
        ("sh 5,000", "5000.00"),
        ("Ksh5,000.00", "5000.00"),
        ("KSHS: 5,000", "5000.00"),
        ("K.Sh. 5,000", "5000.00"),
        ("KES5000", "5000.00"),
        ("Kes.5000", "5000.00"),
        ("5,000 KES", "5000.00"),
        ("5,000 bob", "5000.00"),
        ("5,000 shillings", "5000.00"),
        ("5,000/-", "5000.00"),
        ("5,000 /-", "5000.00"),
        ("Ksh 5,000/=", "5000.00"),
        ("5,000=", "5000.00"),
        ("5,000.00-", "-5000.00"),
        ("5,000 -", "-5000.00"),
        ("-5000", "-5000.00"),
        ("- 5000", "-5000.00"),
        ("\N{MINUS SIGN}5000", "-5000.00"),
        ("+5000", "5000.00"),
        ("-KES500.00", "-500.00"),
        ("KES -500", "-500.00"),
        ("KES 500.00-", "-500.00"),
        ("(500.00)", "-500.00"),
        ("( 500 )", "-500.00"),
        ("KES (5,000.00)", "-5000.00"),
        ("(KES 5,000.00)", "-5000.00"),
        ("(5,000/=)", "-5000.00"),
        (" Ksh-   ", "0.00"),
        ("KES -", "0.00"),
        ("- KES", "0.00"),
        ("5'000.00", "5000.00"),
        ("5’000", "5000.00"),
        ("1,23,456.00", "123456.00"),
        ("12,34,567", "1234567.00"),
        ("5.000,00", "5000.00"),
        ("1.234.567", "1234567.00"),
        ("1.234.567,5", "1234567.50"),
        ("5 000", "5000.00"),
        ("5\N{NO-BREAK SPACE}000,50", "5000.50"),
        ("41 637,50", "41637.50"),
        ("5000,50", "5000.50"),
        ("0.505", "0.51"),
        (".5", "0.50"),
        ("5000.", "5000.00"),
        ("5000.505", "5000.51"),
        ("5000.495", "5000.50"),
        ("-5000.505", "-5000.51"),
        ("1,000.125", "1000.13"),
        ("-0", "0.00"),
        ("(0.00)", "0.00"),
        ("-0.001", "0.00"),
    ],
)
def test_an_amount_is_read_as_it_is_written(cell, canonical):
    assert read(cell) == canonical


@pytest.mark.parametrize(
    "cell, code",
    [
        ("5.000", "ambiguous"),
        ("-5.125", "ambiguous"),
        ("Ksh 123.456", "ambiguous"),
        ("5000,505", "not_a_number"),
        ("5,000,00", "not_a_number"),
        ("5 000 00", "not_a_number"),
        ("1,2345", "not_a_number"),
        ("12.34.567", "not_a_number"),
        ("5K", "not_a_number"),
        ("5000 or 6000", "not_a_number"),
        ("$500", "not_a_number"),
        ("USD 500", "not_a_number"),
        ("(-500)", "not_a_number"),
        ("-(500)", "not_a_number"),
        ("-500-", "not_a_number"),
        ("+-500", "not_a_number"),
        ("-500 CR", "not_a_number"),
        ("(500) DR", "not_a_number"),
        ("DR 500 CR", "not_a_number"),
        ("KES", "not_a_number"),
        ("()", "not_a_number"),
        ("--", "not_a_number"),
        ("#REF!", "not_a_number"),
        ("1.8E-12", "not_a_number"),
        ("5/12", "not_a_number"),
        ("PAID 5000", "not_a_number"),
        ("9" * 16, "too_large"),
        ("9" * 61, "not_a_number"),
    ],
)
def test_what_may_be_two_amounts_or_none_is_not_guessed(cell, code):
    assert code_of(cell, heading="Loan balance") == code


@pytest.mark.parametrize(
    "cell", ["NIL", "nil.", "Cleared", "CLEARED", "PAID", "Fully paid", "-", " -   ", "–", "Ksh NIL"]
)
@pytest.mark.parametrize("heading", ["Fee Balance", "Rent", "AmountDue", "ARREARS (KES)", "Deni", "salio_la_mkopo"])
def test_nothing_is_zero_where_the_heading_says_what_is_owed(cell, heading):
    assert read(cell, heading=heading) == "0.00"


@pytest.mark.parametrize("cell", ["NIL", "CLEARED", "PAID", "-"])
@pytest.mark.parametrize(
    "heading",
    [
        "",
        "Amount",
        "Loan limit",
        "Credit score",
        "Points",
        "Unit price",
        "Savings balance",
        "Share balance",
        "Deposit",
        "Fees received",
        "Fee paid",
        "Akiba",
        "Coffee",
        "Duet",
    ],
)
def test_nothing_is_a_bad_cell_where_the_heading_does_not_say_so(cell, heading):
    assert code_of(cell, heading=heading) == "nothing"


@pytest.mark.parametrize(
    "cell, heading, canonical",
    [
        ("5,000.00 DR", "Balance", "5000.00"),
        ("5,000.00CR", "Balance", "-5000.00"),
        ("Cr. 5,000", "Statement", "-5000.00"),
        ("KES 5,000 (DR)", "Amount", "5000.00"),
        ("5,000 dr.", "Savings balance", "-5000.00"),
        ("5,000 CR", "Savings balance", "5000.00"),
        ("5,000 CR", "Share capital", "5000.00"),
        ("DR 5,000", "Deposits", "-5000.00"),
        ("0.00 CR", "Balance", "0.00"),
    ],
)
def test_a_side_is_a_sign_by_what_the_heading_says(cell, heading, canonical):
    assert read(cell, heading=heading) == canonical


@pytest.mark.parametrize(
    "number, money, decimal",
    [
        (1.8e-12, "0.00", "0"),
        (-1.8e-12, "0.00", "0"),
        (12.375, "12.38", "12.375"),
        (-12.375, "-12.38", "-12.375"),
        (-0.0, "0.00", "0"),
        (5.0, "5.00", "5"),
        (123.456, "123.46", "123.456"),
        (0.1 + 0.2, "0.30", "0.3"),
        (0.00001234, "0.00", "0.00001234"),
        (41637.5, "41637.50", "41637.5"),
    ],
)
def test_a_number_cell_is_a_number(number, money, decimal):
    assert read(plain_number(number)) == money
    assert read(plain_number(number), "decimal") == decimal


@pytest.mark.parametrize("number, text", [(12.375, "12.375"), (-1.125, "-1.125"), (5.0, "5"), (1234.125, "1234.125")])
def test_a_number_cell_is_kept_as_a_text_as_it_is_shown(number, text):
    assert canonical("text", plain_number(number), workbook=True) == text
    assert canonical("choice", plain_number(number), workbook=True, options=[text]) == text


@pytest.mark.parametrize("cell", ["0045", "-012", "00", "01,200"])
@pytest.mark.parametrize("type_", ["integer", "decimal"])
def test_a_leading_zero_is_not_lost(cell, type_):
    assert code_of(cell, type_) == "leading_zero"


@pytest.mark.parametrize(
    "cell, word",
    [
        ("5,000 CR", "CR"),
        ("Dr 5,000", "DR"),
        ("NIL", "NIL"),
        ("-", "NIL"),
        ("KES NIL", "NIL"),
        ("5000", ""),
        ("5,000/=", ""),
    ],
)
def test_a_word_in_an_amount_is_found_to_be_counted(cell, word):
    assert word_in_amount(cell) == word


AMOUNTS = st.decimals("-999999999999", "999999999999", places=2)
STYLES = {
    "plain": "{0}{1:.2f}".format,
    "commas": "{0}{1:,.2f}".format,
    "apostrophes": lambda sign, size: sign + f"{size:,.2f}".replace(",", "'"),
    "blanks": lambda sign, size: sign + f"{size:,.2f}".replace(",", " "),
    "european": lambda sign, size: sign + f"{size:,.2f}".translate(str.maketrans(",.", ".,")),
    "decimal comma": lambda sign, size: sign + f"{size:.2f}".replace(".", ","),
    "currency": "{0}KES {1:,.2f}".format,
    "sign behind the currency": "Ksh. {0}{1:,.2f}".format,
    "shillings": "{0}{1:,.2f}/=".format,
    "trailing minus": lambda sign, size: f"{size:,.2f}{sign}",
    "brackets": lambda sign, size: f"({size:,.2f})" if sign else f"{size:,.2f}",
    "brackets with currency": lambda sign, size: f"KES ({size:,.2f})" if sign else f"KES {size:,.2f}",
    "sides": lambda sign, size: f"{size:,.2f} {'CR' if sign else 'DR'}",
}  # fmt: skip


@given(AMOUNTS, st.sampled_from(sorted(STYLES)))
def test_an_amount_in_any_known_style_is_read_back_the_same(amount, style):
    written = STYLES[style]("-" if amount < 0 else "", abs(amount))
    assert read(written, heading="Balance") == f"{amount or abs(amount):.2f}"


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_any_number_cell_is_the_number_it_is_to_the_cent(number):
    fine = Decimal(f"{number:.15g}") if abs(number) >= 1e-9 else Decimal(0)
    expected = fine.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert read(plain_number(number)) == f"{expected or abs(expected):f}"


@given(st.from_regex(r"[-+(]?(KES )?[0-9]{1,4}([,. '][0-9]{1,4}){0,3}( DR| CR|-|/=|\))?", fullmatch=True))
def test_no_digit_of_an_amount_is_lost_or_added(cell):
    try:
        value = read(cell, "decimal")
    except BadValue:
        return
    digits = "".join(filter(str.isdigit, cell)).lstrip("0")
    written = "".join(filter(str.isdigit, value)).lstrip("0")
    assert digits.rstrip("0") == written.rstrip("0")
