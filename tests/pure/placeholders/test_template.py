"""A text rendered for one person after another: the examples of docs/placeholders.md, row by row."""

import pytest

from campaigns.placeholders import Missing
from tests.pure.placeholders.examples import render


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
        ("<visit>", {"visit": "2026-12-05T09:30"}, "5 Dec 2026 09:30"),
        ("<visit:h:mm>", {"visit": "2026-12-05T09:05"}, "9:05"),
        ("<visit:h:mm>", {"visit": "2026-12-05T14:05"}, "14:05"),
        ("<visit:h:mm AM/PM>", {"visit": "2026-12-05T14:05"}, "2:05 PM"),
        ("<visit:h:mm am/pm>", {"visit": "2026-12-05T00:05"}, "12:05 am"),
        ("<visit:hh:mm AM/PM>", {"visit": "2026-12-05T12:00"}, "12:00 PM"),
        ("<visit:HH:mm>", {"visit": "2026-12-05T09:30"}, "09:30"),
        ("<visit:H:MM|soon>", {"visit": "2026-12-05T00:00"}, "0:00"),
        ("<visit:h AM/PM>", {"visit": "2026-12-05T09:00"}, "9 AM"),
        ("<visit:dddd d mmmm 'at' h:mm AM/PM>", {"visit": "2026-12-05T09:30"}, "Saturday 5 December at 9:30 AM"),
        ("<visit:dd/mm/yyyy, HH:mm>", {"visit": "2026-12-05T09:30"}, "05/12/2026, 09:30"),
        ("<visit:d mmm>", {"visit": "2026-12-05T09:30"}, "5 Dec"),
        ("<visit:HH:mm|soon>", {}, "soon"),
        ("<visit:HH:mm>", {"visit": "tomorrow"}, "tomorrow"),
        ("<visits>", {"visits": "12000"}, "12000"),
        ("<visits:0>", {"visits": "12000"}, "12,000"),
        ("<visits:0.00>", {"visits": "12000"}, "12,000.00"),
        ("<visits:plain>", {"visits": "12000"}, "12000"),
        ("<visits>", {"visits": "0012"}, "0012"),
        ("<rate>", {"rate": "12000"}, "12000"),
        ("<rate>", {"rate": "12000.5"}, "12,000.5"),
        ("<rate:0>", {"rate": "12000"}, "12,000"),
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
    "name", ["", "  ", "-", ".", "n/a", "N/A", "na", "nil", "null", "#N/A", "None", " \u200b", "\x00\n", "\u00a0"]
)
def test_nobody_is_greeted_with_a_blank(name):
    assert render("Dear <name>,", name=name) == Missing("name")
    assert render("Dear <name|customer>,", name=name) == "Dear customer,"


NOTHING = [
    "nan", "NaN", "undefined", "null", "(null)", "\\N", "--", "?", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!",
    "[object Object]", "None", "N/A", " NULL ", "<NA>", "NaT", "(blank)", "null null", "undefined undefined", "N.A.",
    "—", "[NULL]", "nan nan", "#ERROR!",
]  # fmt: skip


@pytest.mark.parametrize("value", NOTHING)
def test_what_people_and_programs_write_for_nothing_is_missing(value):
    assert render("Dear <name>,", name=value) == Missing("name")
    assert render("Dear <name:first:title|customer>,", name=value) == "Dear customer,"
    assert render("At <time>", time=value) == Missing("time")
    assert render("<time?set|not set>", time=value) == "not set"


@pytest.mark.parametrize("value", ["Nan Demo", "Jane Null", "Nana", "Nadia", "Nilson", "0", "Nonee", "What?", "A--B"])
def test_only_a_whole_value_means_nothing(value):
    assert render("Dear <name>,", name=value) == f"Dear {value},"
    assert render("At <time>", time=value) == f"At {value}"


@pytest.mark.parametrize("value", ["null", "--"])
def test_where_a_field_has_choices_they_stand(value):
    assert render("<choice>, <choice?set|not set>", choice=value) == f"{value}, set"


def test_a_name_of_which_nothing_is_left_is_missing():
    assert render("Dear <name:first>,", name=" , ") == Missing("name")
    assert render("Dear <name:first|customer>,", name=" , ") == "Dear customer,"


def test_a_branch_that_is_not_taken_needs_no_values():
    assert render("<member?Your <balance>|Hello>", member="no") == "Hello"
    assert render("<member?Your <balance>|Hello>", member="yes") == Missing("balance")
