"""What people type, and the canonical text of it."""

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from contacts import values
from lib import phones


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
        ("money", "paid", "not_a_number"),
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


@pytest.mark.parametrize(
    "heading, cells, type_",
    [
        ("Balance", ["5,000", "KES 7"], "money"),
        ("Price", ["5.00", "7.25"], "money"),
        ("Due", ["31/12/2026", "01/01/2027"], "date"),
        ("Visits", ["3", "12"], "integer"),
        ("Account", ["0012", "0345"], "text"),
        ("Member", ["Yes", "no"], "boolean"),
        ("Town", ["Nakuru"], "text"),
        ("Nothing", ["", ""], "text"),
    ],
)
def test_a_type_is_guessed(heading, cells, type_):
    assert values.guess_type(heading, cells) == type_


@pytest.mark.parametrize(
    "cell",
    ["254712345678", "0712345678", "712345678", "+254 712 345 678", "0712-345-678", "(0712) 345 678",
     "+254 (0) 712 345678", "’0712345678", "\u202f0712\u2009345\u2009678",
     "'0712345678", "254712345678.0", "0712\u00a0345\u00a0678", "0712345678 (Jane)", "tel:0712345678",
     "00254712345678", "０７１２３４５６７８"],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(cell):
    assert phones.read_phone(cell) == phones.PhoneNumber("254712345678")


@pytest.mark.parametrize(
    "cell, digits",
    [
        ("0711-123-456", "254711123456"),
        ("254112345678", "254112345678"),
        ("0112345678", "254112345678"),
        ("+256 772 123456", "256772123456"),
        ("+447911123456", "447911123456"),
        ("0772123456", "254772123456"),
    ],
)
def test_a_bare_number_is_kenyan_and_another_country_s_has_its_code(cell, digits):
    assert phones.read_phone(cell) == phones.PhoneNumber(digits)


def test_a_bare_number_is_of_the_region_that_is_set(monkeypatch, settings):
    monkeypatch.setattr(phones, "home_region", "KE")
    settings.PHONE_REGION = "UG"
    apps.get_app_config("contacts").ready()
    assert phones.plain_digits("0712345678") == ""
    assert phones.read_phone("0712345678") == phones.PhoneNumber("256712345678")
    assert phones.read_phone("+254712345678") == phones.read_phone("254712345678") == phones.PhoneNumber("254712345678")


@pytest.mark.parametrize(
    "cell, code",
    [
        ("2.54712E+11", "cut_by_excel"),
        ("2547***678", "masked"),
        ("0712345678/0722000000", "several"),
        ("0712345678 or 0722", "several"),
        ("O712345678", "letters"),
        ("0202345678", "not_mobile"),
        ("0412345678", "not_mobile"),
        ("0800123456", "not_mobile"),
        ("0900223456", "not_mobile"),
        ("+44 20 7946 0958", "not_mobile"),
        ("071234567", "length"),
        ("", "no_number"),
        ("-", "no_number"),
    ],
)
def test_what_is_no_mobile_number_says_why(cell, code):
    with pytest.raises(phones.BadNumber) as caught:
        phones.read_phone(cell)
    assert caught.value.code == code


def test_a_range_that_the_library_does_not_know_is_taken_with_a_warning():
    number = phones.read_phone("0109123456")
    assert (number.digits, bool(number.warning)) == ("254109123456", True)


@given(st.text(max_size=40))
def test_any_cell_is_a_number_or_a_named_error(cell):
    try:
        assert phones.read_phone(cell).digits.isdigit()
    except phones.BadNumber as error:
        assert error.code


@given(st.sampled_from(["text", "integer", "decimal", "money", "date", "boolean"]), st.text(max_size=30))
def test_any_cell_is_a_value_or_a_named_error_and_canonical_text_stays(type_, cell):
    cell = values.clean(cell)
    try:
        canonical = values.canonical(type_, cell)
    except values.BadValue as error:
        assert error.code
    else:
        assert values.canonical(type_, canonical) == canonical
