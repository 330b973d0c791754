"""The language of a text: the examples of docs/placeholders.md, row by row."""

import json
from datetime import date
from pathlib import Path

import pytest

from campaigns import placeholders
from campaigns.placeholders import Missing, PlaceholderError

FIELDS = {
    "balance": "money",
    "due_date": "date",
    "member": "boolean",
    "time": "text",
    "visits": "integer",
    "a": "text",
    "rate": "decimal",
    "choice": "choice",
}
TODAY = date(2026, 11, 24)


def render(text, name="Jane Wanjiru", phone="254712345678", language="en", **values):
    template = placeholders.compile(text, FIELDS, language=language)
    return template.renderer(today=TODAY, sender="LENDER")(phone, name, values)


@pytest.mark.parametrize(
    "text, values, expected",
    [
        ("Dear <name>, KES <balance>.", {"balance": "5000.00"}, "Dear Jane Wanjiru, KES 5,000.00."),
        ("<Due Date>", {"due_date": "2026-12-01"}, "1 Dec 2026"),
        ("<due_date:dddd d mmmm yyyy>", {"due_date": "2026-12-01"}, "Tuesday 1 December 2026"),
        ("<due_date:dd/MM/YYYY>", {"due_date": "2026-12-01"}, "01/12/2026"),
        ("<due_date:'by' d.m.yy>", {"due_date": "2026-12-01"}, "by 1.12.26"),
        ("<balance:0>", {"balance": "1234567.50"}, "1,234,568"),
        ("<balance:plain>", {"balance": "1234567.50"}, "1234567.50"),
        ("<balance:0.00|0>", {}, "0"),
        ("<balance>", {"balance": "-500.00"}, "-500.00"),
        ("<balance>", {"balance": "0.00"}, "0.00"),
        ("<balance>", {"balance": "999.50"}, "999.50"),
        ("<balance>", {"balance": "1234567890.05"}, "1,234,567,890.05"),
        ("<balance>", {"balance": "²²²²²²².00"}, "²²²²²²².00"),
        ("<balance:0>", {"balance": "-0.40"}, "0"),
        ("<balance:0>", {"balance": "2.50"}, "3"),
        ("<balance:0.0>", {"balance": "-1234.25"}, "-1,234.3"),
        ("<rate>", {"rate": "1012.5"}, "1,012.5"),
        ("<rate:0.00>", {"rate": "12.005"}, "12.01"),
        ("<visits>", {"visits": "12000"}, "12,000"),
        ("<name:first>", {}, "Jane"),
        ("<name:upper>", {}, "JANE WANJIRU"),
        ("<phone>", {}, "0712345678"),
        ("<today>, <sender>", {}, "24 Nov 2026, LENDER"),
        ("<balance?You owe <balance>.>", {"balance": "5.00"}, "You owe 5.00."),
        ("<balance?You owe <balance>.|All paid.>", {"balance": "0.00"}, "All paid."),
        ("<balance?You owe <balance>.|All paid.>", {}, "All paid."),
        ("<member?Thanks, <a|friend>.|Join us: 10% off?>", {"member": "yes"}, "Thanks, friend."),
        ("<member?Thanks, <a|friend>.|Join us: 10% off?>", {"member": "no"}, "Join us: 10% off?"),
        ("<member>", {"member": "yes"}, "Yes"),
        ("<time|at 9:00?>", {}, "at 9:00?"),
        ("Hello <a|> there", {}, "Hello there"),
        ("Hello <a|> <time|> there", {}, "Hello there"),
        ("Hello <a|>", {}, "Hello"),
        ("Hello <a|>\nthere", {}, "Hello\nthere"),
        ("<a|> there", {}, "there"),
        ("Hi <member?you> there", {"member": "no"}, "Hi there"),
        ("Hi <member?|you> there", {"member": "yes"}, "Hi there"),
        ("Hi <member?you|<a|>> there", {"member": "no"}, "Hi there"),
        ("<time><a|> there", {"time": "9 "}, "9 there"),
        ("<time><a|>", {"time": "9 "}, "9 "),
        ("<nobody:0.00|0> and <nobody?yes|no>", {}, "0 and no"),
        ("<choice>, <choice?set|not set>", {"choice": "None"}, "None, set"),
        ("<time?set|not set>", {"time": "n/a"}, "not set"),
        ("<visits?set|not set>", {"visits": "-0"}, "not set"),
        ("I <<3 <a?and <<b|>", {"a": "1"}, "I <3 and <b"),
        ("<3 a < b x<5 <> a <", {}, "<3 a < b x<5 <> a <"),
        ("<<b>", {}, "<b>"),
        ("> | : ?", {}, "> | : ?"),
        ("<a>", {"a": "two\r\nlines\t<balance>"}, "two lines <balance>"),
        ("a \r\nb  ", {}, "a\nb"),
    ],
)
def test_a_text_is_rendered(text, values, expected):
    assert render(text, **values) == expected


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


@pytest.mark.parametrize(
    "name", ["", "  ", "-", ".", "n/a", "N/A", "na", "nil", "null", "#N/A", "None", " \u200b", "\x00\n", "\u00a0"]
)
def test_nobody_is_greeted_with_a_blank(name):
    assert render("Dear <name>,", name=name) == Missing("name")
    assert render("Dear <name|customer>,", name=name) == "Dear customer,"


def test_a_name_of_which_nothing_is_left_is_missing():
    assert render("Dear <name:first>,", name=" , ") == Missing("name")
    assert render("Dear <name:first|customer>,", name=" , ") == "Dear customer,"


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


def test_a_branch_that_is_not_taken_needs_no_values():
    assert render("<member?Your <balance>|Hello>", member="no") == "Hello"
    assert render("<member?Your <balance>|Hello>", member="yes") == Missing("balance")


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


def test_a_wrong_format_is_told_with_the_nearest_one_and_where_it_stands():
    (problem,) = placeholders.lint("Dear <name:uper|you>", {"Loans": FIELDS})
    assert (problem.code, problem.position, problem.length) == ("format", 5, len("<name:uper|you>"))
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile("Dear <name:uper|you>", FIELDS)
    assert caught.value.suggestion == "upper"


def test_a_group_that_lacks_a_field_is_told_with_its_people():
    (problem,) = placeholders.lint("KES <balance>", {"Loans": FIELDS, "Chama": {}}, {"Loans": 5, "Chama": 3000})
    assert problem.words == "Group Chama has no field <balance>: 3,000 people."


def test_a_group_that_lacks_a_field_blocks_unless_there_is_a_fallback():
    groups = {"Loans": FIELDS, "Chama": {}}
    (problem,) = placeholders.lint("KES <balance>", groups)
    assert problem.blocks
    assert problem.words == "Group Chama has no field <balance>."
    assert not placeholders.lint("KES <balance|0>", groups)


VECTORS = json.loads((Path(__file__).parents[1] / "segments_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_a_text_is_cut_where_its_fields_and_errors_stand(vector):
    text = vector["text"]
    found = [[text[one.start : one.end], one.kind.value, one.key] for one in placeholders.segments(text)]
    assert found == vector["segments"]
