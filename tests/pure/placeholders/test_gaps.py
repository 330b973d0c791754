"""Where an empty fallback leaves a sign hanging."""

import pytest

from campaigns import placeholders
from tests.pure.placeholders.examples import FIELDS, render


@pytest.mark.parametrize(
    "text, reads",
    [
        ("Dear <name|>, hello", ["Dear ,"]), ("Hi\nMy <name|>!", ["My !"]), ("Dear <name|> and <a|>.", ["and ."]),
        ("<a|>?", ["?"]), ("<member?see <a|>.|x>", ["see ."]), ("Dear <name|you>, <a|> hello", []),
    ],
)  # fmt: skip
def test_what_an_empty_fallback_leaves_is_told_and_never_sent(text, reads):
    found = [one for one in placeholders.lint(text, {"Loans": FIELDS}) if one.code == "empty_fallback"]
    assert [one.blocks for one in found] == [True] * len(reads)
    words = [f"People without a value would read “{one}”. Give" for one in reads]
    assert [one.words.partition(" <")[0] for one in found] == words


def test_only_whose_branch_is_taken_reads_what_an_empty_fallback_leaves():
    text = "Dear <name|>, <member?see <a|>.|bye>"
    probe, places = placeholders.marked(text)
    (first, second) = sorted(places, key=probe.index)
    assert [places[first], places[second]] == [text.index("<name"), text.index("<a")]
    assert [first in render(probe, name=name) for name in ("", "Jane")] == [True, False]
    taken = [render(probe, member=member, a=a) for member, a in (("yes", ""), ("yes", "you"), ("no", ""))]
    assert [second in one for one in taken] == [True, False, False]
