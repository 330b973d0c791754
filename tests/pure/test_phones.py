"""Numbers as people write them, in their one form, or why they are none."""

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from contacts import values
from lib import phones
from tests.pure.anything import ANYTHING, NUMBERISH


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
        ("0712 345 678 0722 345 678", "several"),
        ("0712345678-0722345678", "several"),
        ("+254712345678+254722345678", "several"),
        ("0712345678(John)0722345678", "several"),
        ("07123456780722345678", "not_a_number"),
        ("0712345678-07223456789", "not_a_number"),
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


@given(ANYTHING | NUMBERISH)
def test_any_text_is_a_number_or_is_rejected_in_words(text):
    try:
        number = phones.read_phone(values.clean(text))
    except phones.BadNumber as error:
        assert str(error) and error.code
    else:
        assert number.digits.isascii() and number.digits.isdecimal() and 7 <= len(number.digits) <= 15


@pytest.mark.parametrize("cell", ["255222123456", "442079460000", "256414123456"])
def test_a_landline_of_another_country_has_no_digits_after_the_0(cell):
    with pytest.raises(phones.BadNumber, match="of another country, by its digits, and not a mobile number"):
        phones.read_phone(cell)


@pytest.mark.parametrize("digits", ["255712003144", "256772123456", "250788123456", "254712345678"])
def test_a_0_before_a_country_code_is_said(digits):
    with pytest.raises(phones.BadNumber, match=f"a 0 before the country code: write a plus sign there, .{digits}"):
        phones.read_phone(f"0{digits}")


@pytest.mark.parametrize("cell", ["0712345678901", "0112345678901", "0202345678901", "02557120031445"])
def test_digits_too_many_are_no_country_code(cell):
    with pytest.raises(phones.BadNumber, match="digits after the 0"):
        phones.read_phone(cell)
