"""A row or a cell that could not be read leaves no old value that passes for a new one: it is kept, and marked."""

from pathlib import Path

import pytest

from tests.contacts.uploads import ALI, JANE, JOHN, MARY, checked, imported, people, rows_of, undone
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parents[2] / "data" / "cases"
LOST = {"balance": "money", "due_date": "date", "visits": "integer", "town": "text"}


def marks(group):
    return {one.phone: one.not_updated for one in group.contacts.all()}


def make_known(*phones, fields=None, **values):
    group = make_group(fields=fields or LOST)
    for phone in phones:
        make_contact(group, phone, **(values or {"balance": "7000.00", "visits": "3"}))
    return group


@pytest.mark.parametrize(
    "row, expected",
    [
        ("lots,1/12/2026,4,Thika", ["balance", "due_date", "town", "visits"]),
        ("9,31/31/2026,4,Thika", ["balance", "due_date", "town", "visits"]),
        ("9,1/12/2026,4,Thika,one,more", ["balance", "due_date", "town", "visits"]),
        ("9,1/12/2026,some,Thika", ["visits"]),
        ("9,1/12/2026,4,Thika", None),
        (",,,", None),
    ],
)
def test_a_row_that_is_rejected_marks_all_of_its_columns_and_a_bad_cell_its_own(row, expected):
    group = make_known(JANE, JOHN)
    upload = imported(group, f"phone,balance,due_date,visits,town\n{JANE},{row}\n{MARY},lots,1/12/2026,4,Thika\n")
    assert marks(group) == {JANE: expected, JOHN: None, MARY: None}
    assert upload.counts["not_updated"] == bool(expected)
    assert upload.counts["unmarked"] == 0


@pytest.mark.parametrize("column", ["balance", "due_date"])
def test_an_old_amount_or_day_that_may_stay_is_marked_alone(column):
    group = make_known(JANE)
    row = {"balance": "9", "due_date": "1/12/2026"} | {column: "lots"}
    upload = imported(group, f"phone,balance,due_date\n{JANE},{','.join(row.values())}\n", keep_stale=True)
    assert marks(group) == {JANE: [column]}
    assert upload.counts["rejected"] == 0


def test_a_rejected_row_changes_nothing_but_the_mark():
    group = make_known(JANE)
    imported(group, f"phone,name,balance\n{JANE},Another,lots\n", consent_source="Form", keep_empty=False)
    person = group.contacts.get()
    assert (person.name, person.values["balance"], person.consent_source) == ("Jane Wanjiru", "7000.00", "")
    assert person.not_updated == ["balance"]


def test_a_rejected_row_adds_nobody_and_is_none_of_the_people_in_the_upload():
    group = make_known(JANE)
    upload = imported(group, f"phone,balance\n{JANE},lots\n{JOHN},lots\n{MARY},1\n", reject_bad_cells=True)
    assert set(people(group)) == {JANE, MARY}
    assert [one.phones for one in upload.people.all()] == [[int(MARY)]]


def test_who_stands_in_another_row_that_counts_is_updated_by_it():
    group = make_known(JANE, JOHN, MARY)
    text = f"phone,balance\n{JANE},8\n{JANE},lots\n{JOHN},lots\n{JOHN},8\n{MARY},1\n{MARY},2\n"
    upload = imported(group, text, repeats="none")
    assert marks(group) == {JANE: None, JOHN: None, MARY: ["balance"]}
    assert (upload.counts["rejected"], upload.counts["not_updated"]) == (4, 1)


def test_a_number_that_is_rejected_twice_is_one_person():
    group = make_known(JANE)
    upload = imported(group, f"phone,balance\n{JANE},lots\n{JANE},more\n")
    assert (upload.counts["rejected"], upload.counts["not_updated"], upload.changes.count()) == (2, 1, 1)


def test_rows_without_a_number_are_counted_where_somebody_could_have_been_marked():
    text = f"phone,balance\n{JOHN},1\n07,2\n,3\nnone,4\n"
    assert imported(make_known(fields={"balance": "money"}), text).counts["unmarked"] == 0
    check = checked(make_known(JANE), text)
    assert (check.counts["rejected"], check.counts["unmarked"], check.counts["not_updated"]) == (3, 3, 0)
    assert imported(make_known(JANE), text).counts["unmarked"] == 3


def test_the_check_says_what_the_import_does():
    text = f"phone,balance,visits\n{JANE},lots,1\n{JOHN},1,some\n{MARY},1,some\n{ALI},1,1\n"
    counts = [one(make_known(JANE, JOHN, ALI), text).counts for one in (checked, imported)]
    for name in ("rows", "created", "updated", "unchanged", "duplicates", "rejected", "not_updated", "unmarked"):
        assert counts[0][name] == counts[1][name], name
    assert counts[1]["not_updated"] == 2


@pytest.mark.parametrize("balance, expected", [("7000", None), ("8", None), ("", ["balance"])])
def test_a_value_that_is_accepted_takes_the_mark_away_an_empty_cell_does_not(balance, expected):
    group = make_known(JANE)
    imported(group, f"phone,balance\n{JANE},lots\n")
    upload = imported(group, f"phone,balance\n{JANE},{balance}\n")
    assert marks(group) == {JANE: expected}
    assert upload.counts["unchanged"] == (balance != "8")


def test_an_empty_cell_that_takes_the_value_away_takes_the_mark_too():
    group = make_known(JANE)
    imported(group, f"phone,balance\n{JANE},lots\n")
    imported(group, f"phone,balance\n{JANE},\n", keep_empty=False)
    assert (marks(group), people(group)[JANE].get("balance")) == ({JANE: None}, None)


def test_an_undo_gives_back_the_mark_that_there_was():
    group = make_known(JANE, JOHN)
    before = rows_of(group)
    first = imported(group, f"phone,balance,due_date\n{JANE},lots,1/1/2027\n{JOHN},1,1/1/2027\n")
    marked = rows_of(group)
    second = imported(group, f"phone,balance\n{JANE},8\n{JOHN},lots\n")
    assert marks(group) == {JANE: ["due_date"], JOHN: ["balance"]}
    assert undone(second)["restored"] == 2
    assert rows_of(group) == marked
    assert undone(first)["restored"] == 2
    assert rows_of(group) == before


def test_who_left_with_the_whole_list_comes_back_with_the_mark():
    group = make_known(JANE, JOHN)
    imported(group, f"phone,balance\n{JANE},lots\n")
    before = rows_of(group)
    upload = imported(group, f"phone,balance\n{JOHN},7000\n", mode="replace")
    assert undone(upload)["returned"] == 1
    assert rows_of(group) == before


def test_the_fees_of_june_that_cannot_be_read_leave_nobody_with_those_of_may():
    group = make_group(fields={})
    imported(group, (CASES / "fees_may.csv").read_bytes())
    assert group.fields.get().type == "money"
    imported(group, (CASES / "fees_june.csv").read_bytes())
    for one in group.contacts.filter(name__endswith="Demo"):
        assert one.not_updated == ["fee_balance"] or one.values["fee_balance"] == "0.00", one
