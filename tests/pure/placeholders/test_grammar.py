"""What cannot be read is an error at its place."""

import pytest

from campaigns import placeholders
from campaigns.placeholders import PlaceholderError
from tests.pure.placeholders.examples import FIELDS


@pytest.mark.parametrize(
    "text, code, position",
    [
        ("Dear <name, your <balance>", "unclosed", 5),
        ("<a?<b?x>>", "nested", 3),
        ("<a?x <3>", "unclosed", 0),
        ("<a?x|y <3>", "unclosed", 0),
        ("<name:>", "empty_format", 0),
        ("<name|a|b>", "unclosed", 0),
        ("a<b", "unclosed", 1),
        ("x <name\n>", "unclosed", 2),
        ("<balance:upper>", "format", 0),
        ("<due_date:tt>", "format", 0),
        ("<due_date:h:mm>", "format", 0),
        ("<today:HH:mm>", "format", 0),
        ("<visit:HH.mm>", "format", 0),
        ("<visit:upper>", "format", 0),
        ("<visit:h:ss>", "format", 0),
        ("<" + "n" * 61 + ">", "unclosed", 0),
    ],
)
def test_what_cannot_be_read_is_an_error_at_its_place(text, code, position):
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile(text, FIELDS)
    assert (caught.value.code, caught.value.position) == (code, position)


def test_what_is_not_closed_is_told_with_what_to_do():
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile("Dear <name, your <balance>", FIELDS)
    assert caught.value.words == "This < opens a field. Close it with >, or write << for a plain <."


@pytest.mark.parametrize("written", ["<br>", "<https://x.co>"])
def test_a_field_that_nobody_has_is_quoted_as_found(written):
    (problem,) = placeholders.lint(f"See {written} now", {"Loans": FIELDS})
    assert (problem.code, problem.position, problem.length) == ("unknown_field", 4, len(written))
    assert problem.words.startswith(f"No group has a field {written}.")
