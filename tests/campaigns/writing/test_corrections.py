"""What the buttons beside a text do to it, and what they leave alone."""

import pytest

from campaigns.writing.corrections import ALL, with_plain_twins, with_suggestion

FIELDS = {"loans": {"balance": "money"}}


@pytest.mark.parametrize(
    "char, text",
    [
        ("’", "It's Wanjikũ's “debt”"),
        (ALL, "It's Wanjikũ's \"debt\""),
        ("ũ", "It’s Wanjiku’s “debt”"),
        ("x", "It’s Wanjikũ’s “debt”"),
    ],
)
def test_a_costly_character_has_its_plain_twin_and_of_all_a_letter_stays(char, text):
    assert with_plain_twins("It’s Wanjikũ’s “debt”", char) == text


@pytest.mark.parametrize("position, text", [(4, "Pay <balance> now"), (0, "Pay <balanse> now")])
def test_what_is_suggested_is_put_where_the_problem_is_and_nowhere_else(position, text):
    assert with_suggestion("Pay <balanse> now", position, FIELDS) == text
