"""One text for all rows of a number: the table of docs/texts.md, row by row."""

import pytest

from campaigns import placeholders
from campaigns.placeholders import Missing, PlaceholderError, Several, Zero
from tests.pure.placeholders.examples import FIELDS, TODAY

AMINA, BRIAN, CATE = "Amina Demo", "BRIAN DEMO", "Cate Demo"


def render_rows(text, *rows, language="en", refuses_zeros=False, groups=(FIELDS, FIELDS)):
    """A row is (name, values), or (place of its group, name, values)."""
    templates = [placeholders.compile(text, fields, language=language) for fields in groups]
    render = placeholders.joiner(templates, today=TODAY, sender="LENDER", refuses_zeros=refuses_zeros)
    return render("254712345678", [one if len(one) == 3 else (0, *one) for one in rows])


def children(key, *values, names=(AMINA, BRIAN, CATE)):
    return [(name, {} if value is None else {key: value}) for name, value in zip(names, values, strict=False)]


@pytest.mark.parametrize(
    "text, rows, expected",
    [
        ("<name:list>", [(AMINA, {})], "Amina Demo"),
        ("<name:list>", [(AMINA, {}), (BRIAN, {})], "Amina Demo and BRIAN DEMO"),
        ("<name:list>", [(AMINA, {}), (BRIAN, {}), (CATE, {})], "Amina Demo, BRIAN DEMO and Cate Demo"),
        ("<name:first:title:LIST>", [(AMINA, {}), (BRIAN, {}), (CATE, {})], "Amina, Brian and Cate"),
        ("<name:first:list>", [(AMINA, {}), ("Amina Other", {}), (CATE, {})], "Amina and Cate"),
        ("<name:count>", [(AMINA, {}), (AMINA, {})], "2"),
        ("<balance:count|none>", [(AMINA, {}), (BRIAN, {}), (CATE, {})], "3"),
        ("<balance:list>", children("balance", "5000.00", "12.50"), "5,000.00 and 12.50"),
        ("<balance:0:list>", children("balance", "5000.00", "12.50"), "5,000 and 13"),
        ("<balance:sum>", children("balance", "5000.00", "12500.50", "0.25"), "17,500.75"),
        ("<balance:SUM:0>", children("balance", "5000.00", "12500.50"), "17,501"),
        ("<balance:sum:plain>", children("balance", "5000.00", "12500.5"), "17500.50"),
        ("<balance:sum>", children("balance", "-5.00", "5.00"), "0.00"),
        ("<visits:sum>", children("visits", "2", "3"), "5"),
        ("<visits:sum:0>", children("visits", "2000", "3000"), "5,000"),
        ("<rate:sum>", children("rate", "1.5", "2.25"), "3.75"),
        ("<due_date:earliest>", children("due_date", "2026-12-05", "2026-12-01"), "1 Dec 2026"),
        ("<due_date:latest:d mmmm>", children("due_date", "2026-12-05", "2026-12-01"), "5 December"),
        ("<due_date:d mmm:list>", children("due_date", "2026-12-05", "2026-12-01"), "5 Dec and 1 Dec"),
        ("<visit:earliest:h:mm AM/PM>", children("visit", "2026-12-05T14:05", "2026-12-05T09:30"), "9:30 AM"),
        ("<visit:HH:mm:list>", children("visit", "2026-12-05T14:05", "2026-12-05T09:30"), "14:05 and 09:30"),
        ("<member:list>", children("member", "yes", "no"), "Yes and No"),
        ("<a:list>", children("a", "x", "n/a"), Missing("a", 1)),
        ("<a:list|none>", children("a", None, "x"), Missing("a", 0)),
        ("<a:list|none>", children("a", None, ""), "none"),
        ("<a:list>", children("a", None, ""), Missing("a")),
        ("<balance:sum|0>", children("balance", "5.00", None), Missing("balance", 1)),
        ("<balance:sum|0>", children("balance", None, None), "0"),
        ("<balance:sum>", children("balance", "5.00", "lots"), Missing("balance", 1)),
        ("<balance:sum>", children("balance", "5.00", "NaN"), Missing("balance", 1)),
        ("<balance:sum>", children("balance", "5.00", "9e999999"), Missing("balance", 1)),
        ("<due_date:earliest|soon>", children("due_date", None, None), "soon"),
        ("<a>", children("a", "x", "x"), "x"),
        ("<a:title>", children("a", "JANE", "Jane"), "Jane"),
        ("<a>", children("a", "JANE", "Jane"), Several("a")),
        ("<balance:0>", children("balance", "5.10", "5.20"), "5"),
        ("<balance>", children("balance", "5.10", "5.20"), Several("balance")),
        ("<a|you>", children("a", "x", None), Missing("a", 1)),
        ("<a|you>", children("a", None, None), "you"),
        ("<a>", children("a", None, None), Missing("a")),
        ("<name>", [(AMINA, {}), (BRIAN, {})], Several("name")),
        ("Hello <a|> there", children("a", None, None), "Hello there"),
        ("<phone>, <today>, <sender>", [(AMINA, {}), (BRIAN, {})], "0712345678, 24 Nov 2026, LENDER"),
        ("<member?Yes!|No.>", children("member", "yes", "yes"), "Yes!"),
        ("<member?Yes!|No.>", children("member", "yes", "no"), Several("member", asked=True)),
        ("<member?Yes!|No.>", children("member", "no", None), "No."),
        ("<member?Yes!|No.>", children("member", "yes", None), Several("member", asked=True)),
        ("<a?set|not set>", children("a", "x", "y"), "set"),
        ("<balance?KES <balance:sum> is due.|Paid.>", children("balance", "5.00", "6.00"), "KES 11.00 is due."),
        ("<balance?KES <balance> is due.|Paid.>", children("balance", "5.00", "6.00"), Several("balance")),
        ("<balance?KES <balance> is due.|Paid.>", children("balance", "0.00", None), "Paid."),
        ("<nobody?a|<name:count> rows>", [(AMINA, {}), (BRIAN, {})], "2 rows"),
        ("<nobody>", [(AMINA, {}), (BRIAN, {})], Missing("nobody")),
    ],
)  # fmt: skip
def test_rows_of_one_number_are_joined(text, rows, expected):
    assert render_rows(text, *rows) == expected


def test_a_list_is_joined_in_the_language_of_the_campaign():
    assert render_rows("<name:first:list>", (AMINA, {}), (CATE, {}), language="sw") == "Amina na Cate"
    assert render_rows(
        "<due_date:earliest:d mmmm>", *children("due_date", "2026-12-05", "2026-12-01"), language="sw"
    ) == ("1 Desemba")


@pytest.mark.parametrize(
    "text, values, expected",
    [
        ("<balance>", ["0.00", "0.00"], Zero("balance")),
        ("<balance:0>", ["0.40", "0.00"], Zero("balance")),
        ("<balance>", ["0.00", "5.00"], Several("balance")),
        ("<balance:sum>", ["0.00", "5.00"], "5.00"),
        ("<balance:sum>", ["-5.00", "5.00"], Zero("balance")),
        ("<balance:list>", ["5.00", "0.00"], Zero("balance")),
        ("<balance:count>", ["0.00", "0.00"], "2"),
        ("<balance:count>", ["0.00"], "1"),
        ("<balance:sum>", ["0.00"], Zero("balance")),
    ],
)
def test_an_amount_of_nothing_is_told_where_it_would_be_read(text, values, expected):
    assert render_rows(text, *children("balance", *values), refuses_zeros=True) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("<a>", "first"),
        ("<a:list>", "first and other"),
        ("<member?Yes!|No.>", "Yes!"),
        ("<name:count>", "2"),
        ("<balance:sum>", "12.00"),
    ],
)
def test_what_is_not_joined_is_read_in_the_group_that_comes_first(text, expected):
    rows = [(0, AMINA, {"a": "first", "member": "yes", "balance": "5.00"}),
            (1, BRIAN, {"a": "other", "member": "no", "balance": "7.00"})]  # fmt: skip
    assert render_rows(text, *rows) == expected


def test_each_row_is_read_by_the_names_and_types_of_its_own_group():
    groups = [{"due_date": "date"}, {"duedate": "text"}, {}]
    one, other = (0, AMINA, {"due_date": "2026-12-01"}), (1, BRIAN, {"duedate": "soon"})
    assert render_rows("<Due Date:list>", one, other, groups=groups) == "1 Dec 2026 and soon"
    assert render_rows("<Due Date:list>", one, (2, CATE, {}), groups=groups) == Missing("due_date", 1)
    assert render_rows("<Due Date>", (2, CATE, {}), one, groups=groups) == Missing("duedate")


@pytest.mark.parametrize(
    "text, words",
    [
        ("<a:sum>", "“sum” is for amounts and numbers; <a> is a text. For several rows there are: list, count."),
        ("<choice:latest>", "“latest” is for dates; <choice> is a text. For several rows there are: list, count."),
        ("<Due Date:sum>", "“sum” is for amounts and numbers; <Due Date> is a date. For several rows there are: list, "
         "earliest, latest, count."),
        ("<balance:earliest>", "“earliest” is for dates; <balance> is an amount. For several rows there are: list, "
         "sum, count."),
        ("<name:list:first>", "“list” stands behind the other formats: <name:first:list>."),
        ("<balance:0:sum>", "“sum” stands before the other formats: <balance:sum:0>."),
        ("<due_date:d mmm:earliest>", "“earliest” stands before the other formats: <due_date:earliest:d mmm>."),
        ("<name:first:count>", "“count” stands alone: <name:count>."),
        ("<balance:sum:list>", "“sum” and “list” do not go together: choose one."),
        ("<member:upper>", "A yes/no has no formats; for several rows there are: list, count."),
        ("<a:big>", "“big” is no format of a text. There are: first, upper, lower, title, list, count."),
        ("<visits:big>", "“big” is no format of a number. There are: 0, 0.0, 0.00, plain, list, sum, count."),
    ],
)  # fmt: skip
def test_a_format_that_does_not_fit_is_told_in_words(text, words):
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile(f"To <phone>: {text}", FIELDS)
    assert (caught.value.code, caught.value.position, caught.value.words) == ("format", 12, words)


@pytest.mark.parametrize("text, meant", [("<name:lst>", "list"), ("<name:conut>", "count"), ("<balance:summ>", "sum")])
def test_the_nearest_format_is_suggested(text, meant):
    with pytest.raises(PlaceholderError) as caught:
        placeholders.compile(text, FIELDS)
    assert caught.value.suggestion == meant


def test_how_many_rows_there_are_is_no_amount_and_never_lacking():
    """For KES is not asked before it, and no sign is left hanging."""
    assert placeholders.lint("You have <balance:count|>, all of <name:list>", {"Loans": FIELDS}) == []
    (problem,) = placeholders.lint("Pay <balance:sum>", {"Loans": FIELDS})
    assert (problem.code, problem.suggestion) == ("no_currency", "KES <balance:sum>")
