"""References are compared without case and blanks; leading zeros count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.values import reference_of, without_zeros


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("adm 1201", "ADM1201"),
        (" ADM\u00a01201\t", "ADM1201"),
        ("01201", "01201"),
        ("ａｄｍ１２", "ADM12"),
        ("l-7/b", "L-7/B"),
        ("straße", "STRASSE"),
        (" \u2003", ""),
        ("", ""),
    ],
)
def test_how_a_value_is_compared(written, reference):
    assert reference_of(written) == reference


@given(st.text())
def test_a_reference_is_its_own_reference(value):
    assert reference_of(reference_of(value)) == reference_of(value)


@pytest.mark.parametrize(
    ("reference", "left"), [("01201", "1201"), ("1201", "1201"), ("000", "0"), ("0A", "A"), ("", "")]
)
def test_near_ones_have_the_rest_in_common(reference, left):
    assert without_zeros(reference) == left
