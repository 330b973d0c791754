"""What is likely wrong is pointed out."""

import pytest

from campaigns import placeholders
from tests.pure.placeholders.examples import FIELDS


@pytest.mark.parametrize(
    "text, code, suggestion",
    [
        ("<<balance>>", "doubled", "<balance>"),
        ("{balance}", "foreign_mark", "<balance>"),
        ("{{ balance }}", "foreign_mark", "<balance>"),
        ("[balance]", "foreign_mark", "<balance>"),
        ("((balance))", "foreign_mark", "<balance>"),
        ("#balance#", "foreign_mark", "<balance>"),
        ("%balance%", "foreign_mark", "<balance>"),
        ("&lt;balance&gt;", "foreign_mark", "<balance>"),
        ("< name >", "foreign_mark", "<name>"),
        ("KES <balnce>", "unknown_field", "<balance>"),
        ("Dear <name|>, hello", "empty_fallback", ""),
        ("You owe <balance>", "no_currency", "KES <balance>"),
        ("10% off, %balance%", "foreign_mark", "<balance>"),
        ("KES <balnce:0|none>", "unknown_field", "<balance:0|none>"),
        ("<balnce?You owe us|>", "unknown_field", "<balance?You owe us|>"),
        ("Dear <name, your loan", "unclosed", "<name>"),
        ("due <due date in Nakuru", "unclosed", "<due_date>"),
        ("1 <x", "unclosed", "<<"),
    ],
)
def test_a_likely_mistake_is_pointed_out(text, code, suggestion):
    (problem,) = placeholders.lint(text, {"Loans": FIELDS})
    assert (problem.code, problem.suggestion) == (code, suggestion)


@pytest.mark.parametrize("text", ["<balance>/=", "Ksh. <balance>", "KES: <balance>", "<balance> bob", "%x% [y] #1 # 2"])
def test_what_is_right_is_left_alone(text):
    assert placeholders.lint(text, {"Loans": FIELDS}) == []


def test_a_group_that_lacks_a_field_is_told_with_its_people():
    (problem,) = placeholders.lint("KES <balance>", {"Loans": FIELDS, "Chama": {}}, {"Loans": 5, "Chama": 3000})
    assert problem.words == "Group Chama has no field <balance>: 3,000 people."


def test_a_group_that_lacks_a_field_blocks_unless_there_is_a_fallback():
    groups = {"Loans": FIELDS, "Chama": {}}
    (problem,) = placeholders.lint("KES <balance>", groups)
    assert problem.blocks
    assert problem.words == "Group Chama has no field <balance>."
    assert not placeholders.lint("KES <balance|0>", groups)
