"""How values are written."""

import pytest

from campaigns import placeholders
from campaigns.placeholders import PlaceholderError
from tests.pure.placeholders.examples import FIELDS, render


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Mr. John Mwangi", "John"),
        ("Mama Njeri", "Njeri"),
        ("Kariuki, Jane", "Jane"),
        ("JANE WANJIRU", "Jane"),
        ("o'brien", "O'brien"),
        ("mary-anne", "Mary-Anne"),
        ("McDonald", "McDonald"),
    ],
)
def test_a_first_name_is_found(name, expected):
    assert render("<name:first:title>", name=name) == expected


def test_names_of_months_are_in_the_language_of_the_campaign():
    assert render("<due_date:d mmmm>", due_date="2026-12-01", language="sw") == "1 Desemba"
    assert render("<member>", member="no", language="sw") == "Hapana"


def test_a_wrong_format_is_told_with_the_nearest_one_and_where_it_stands():
    (problem,) = placeholders.lint("Dear <name:uper|you>", {"Loans": FIELDS})
    assert (problem.code, problem.position, problem.length) == ("format", 5, len("<name:uper|you>"))
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile("Dear <name:uper|you>", FIELDS)
    assert caught.value.suggestion == "upper"
