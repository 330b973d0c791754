"""Control totals: what a bursar compares with the foot of her list."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import importing
from contacts.importing import chunking, totals
from contacts.models import ContactField
from tests.contacts.uploads import JANE, JOHN, MARY, checked, imported, undone
from tests.makers import make_contact, make_group

LIST = (
    "phone,name,fee_balance,due,town\n"
    f'{JANE},Jane,"1,500.50",31/12/2026,Embu\n{JOHN},John,(200.25),01/01/2027,Meru\n{MARY},Mary,,,Meru\n'
)
database = pytest.mark.django_db(transaction=True)


def described(upload):
    return [
        (one.name, one.count, one.least, one.most, one.sum, one.sum_before) for one in importing.describe_totals(upload)
    ]


@database
def test_amounts_and_days_are_counted_compared_and_added_up():
    upload = checked(make_group("New", fields={}), LIST)
    assert described(upload) == [
        ("fee_balance", 2, "-200.25", "1,500.50", "1,300.25", ""),
        ("due", 2, "31 Dec 2026", "1 Jan 2027", "", ""),
    ]
    assert set(upload.counts["totals"]) == {"fee_balance", "due"}, "a town is neither"


@database
@pytest.mark.parametrize("rows", [1, 2, 100])
def test_chunks_come_to_what_the_check_has_said(monkeypatch, rows):
    monkeypatch.setattr(chunking, "CHUNK_ROWS", rows)
    group = make_group("New", fields={})
    before = described(checked(group, LIST))
    assert described(imported(group, LIST)) == before
    assert before[0][1:5] == (2, "-200.25", "1,500.50", "1,300.25")


@database
def test_only_rows_that_are_taken_count():
    group = make_group(fields={"balance": "money"})
    make_contact(group, JOHN, balance="7.00")
    text = f"phone,balance\n{JANE},1\n{JANE},2\n{JOHN},lots\nnone,40\n{MARY},lots\n"
    assert described(checked(group, text)) == [("balance", 1, "2.00", "2.00", "2.00", "")]


@database
def test_the_sum_of_the_group_s_last_upload_stands_beside():
    group, other = make_group(), make_group("Other")
    head = "phone,balance\n"
    imported(group, head + f"{JANE},100\n{JOHN},0.10\n")
    imported(other, head + f"{JANE},9\n")
    taken_back = imported(group, head + f"{JANE},5\n")
    undone(taken_back)
    checked(group, head + f"{JANE},6\n")
    last = imported(group, head + f"{JANE},1\n")
    assert described(last)[0][4:] == ("1.00", "100.10")
    assert described(checked(group, head + f"{JANE},3\n"))[0][4:] == ("3.00", "1.00")
    imported(group, f"phone\n{JANE}\n")
    assert described(checked(group, head + f"{JANE},3\n"))[0][4:] == ("3.00", ""), "the last one had no such column"
    assert described(last)[0][4:] == ("1.00", "100.10"), "what came later is none before it"


@database
def test_a_bad_cell_among_columns_shifts_no_value_into_another():
    group = make_group(fields={"fee": "money", "rent": "money", "due": "date"})
    text = f"phone,fee,rent,due\n{JANE},lots,20,31/12/2026\n{JOHN},1,lots,soon\n{MARY},3,4,30/12/2026\n"
    assert [one[:3] + one[4:5] for one in described(checked(group, text))] == [
        ("fee", 2, "1.00", "4.00"),
        ("rent", 2, "4.00", "24.00"),
        ("due", 2, "30 Dec 2026", ""),
    ]


class Reader:
    types = {"owed": "money", "due": "date"}


# Larger than a field takes: then no float is exact.
amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=2) | st.decimals(-100, 100, places=2)


@given(st.lists(st.lists(st.tuples(amounts, st.dates()), max_size=6), max_size=4))
def test_any_amounts_come_to_what_decimals_do(chunks):
    stored = {}
    for rows in chunks:
        tally = totals.Tally(Reader())
        for amount, day in rows:
            values = {"owed": f"{amount:.2f}", "due": day.isoformat()}
            tally.put(tally.pick(values))
        stored = totals.with_totals(stored, tally.totals())
    rows = [row for rows in chunks for row in rows]
    if not rows:
        assert stored == {}
        return
    owed, due = ([row[place] for row in rows] for place in (0, 1))
    assert {name: Decimal(value) for name, value in stored["owed"].items()} == {
        "count": len(rows), "least": min(owed), "most": max(owed), "sum": sum(owed),
    }  # fmt: skip
    assert stored["due"] == {"count": len(rows), "least": min(due).isoformat(), "most": max(due).isoformat()}


@database
def test_a_field_that_is_no_amount_any_more_is_still_described():
    group = make_group(fields={"balance": "money"})
    upload = imported(group, f"phone,balance\n{JANE},1\n")
    ContactField.objects.filter(group=group).update(type="text", label="Was owed")
    assert described(upload) == [("Was owed", 1, "1.00", "1.00", "1.00", "")]
