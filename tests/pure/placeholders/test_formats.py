"""How values are written."""

import json
from pathlib import Path

import pytest

from campaigns import placeholders
from campaigns.placeholders import PlaceholderError
from tests.pure.placeholders.examples import FIELDS, render

CASES = json.loads((Path(__file__).parents[2] / "data/cases/first_names.json").read_text())


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


def test_first_names_as_people_have_them():
    """Of the expected ones, "Kim (or whole)" leaves open which: a couple stays whole, one person has a first name."""
    found = [render(CASES["template"], name=name) for name in CASES["list"]]
    titled = ["John", "Mary", "Kim", "Ruth", "Kamau", "Asha"]
    others = ["Mr & Mrs Demo", "Mr. and Mrs. Kim", "Mary", "Jane", "Jane"]
    assert found == [f"Dear {one}, hello." for one in titled + others]


@pytest.mark.parametrize("title", ["Rev", "Pst", "Prof", "Bw", "Bi", "Sr", "Fr", "Mwl", "Mr", "Hon", "Mzee", "Miss"])
@pytest.mark.parametrize(
    "written", ["{} Jane Demo", "{}. Jane Demo", "{}.Jane D", "({}) Jane", "Demo, {}. Jane", "2. {} Jane"]
)
def test_a_title_is_no_first_name(title, written):
    for cased in (title, title.upper(), title.lower()):
        assert render("<name:first>", name=written.format(cased)) == "Jane"


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Rev. Dr. Jane Demo", "Jane"), ("Rev Fr. Peter", "Peter"), ("Dr (Mrs) Jane Demo", "Jane"),
        ("1) Jane", "Jane"), ("(12) Jane Demo", "Jane"), ("3 Jane", "Jane"), ("#4 Jane", "Jane"), ("5.Jane", "Jane"),
        ("7. Demo, Jane", "Jane"), ("C/O: Mary Demo", "Mary"), ("c/o Mrs. Mary Demo", "Mary"),
        ("Jane c/o Mary", "Jane"),
        ("Mr and Mrs Demo", "Mr and Mrs Demo"), ("Bw na Bi Demo", "Bw na Bi Demo"), ("Mr/Mrs Demo", "Mr/Mrs Demo"),
        ("Dr. & Mrs. Demo", "Dr. & Mrs. Demo"), ("Mrs", "Mrs"), ("Mama", "Mama"), ("Frida Demo", "Frida"),
        ("Bianca Demo", "Bianca"), ("Drew", "Drew"), ("2pac", "2pac"), ("1.", "1."), ("Jane 2 Demo", "Jane"),
        ("Mary & John Demo", "Mary"), ("José Demo", "José"), ("Ng'ang'a Demo", "Ng'ang'a"), ("  Jane  Demo", "Jane"),
    ],
)  # fmt: skip
def test_what_stands_before_a_first_name_is_left_and_nothing_else(name, expected):
    assert render("<name:first>", name=name) == expected


def test_names_of_months_are_in_the_language_of_the_campaign():
    assert render("<due_date:d mmmm>", due_date="2026-12-01", language="sw") == "1 Desemba"
    assert render("<member>", member="no", language="sw") == "Hapana"


def test_a_wrong_format_is_told_with_the_nearest_one_and_where_it_stands():
    (problem,) = placeholders.lint("Dear <name:uper|you>", {"Loans": FIELDS})
    assert (problem.code, problem.position, problem.length) == ("format", 5, len("<name:uper|you>"))
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile("Dear <name:uper|you>", FIELDS)
    assert caught.value.suggestion == "upper"
