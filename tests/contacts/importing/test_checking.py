"""What would happen is found by reading the whole file, and nothing is written."""

import pytest

from contacts.models import OptOut
from tests.contacts.uploads import JANE, JOHN, MARY, checked, imported, rows_of
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_checked_is_what_happens_and_writes_nothing():
    group = make_group()
    make_contact(group, JANE, "Jane", balance="1.00")
    make_contact(group, JOHN, "John", balance="2.00")
    OptOut.objects.create(phone=MARY)
    text = f"phone,name,balance\n{JANE},Jane,1\n{JOHN},John,3\n{MARY},Mary,\n{MARY},Mary,5\nnone,,\n"
    before = rows_of(group)
    counts = checked(group, text).counts
    assert rows_of(group) == before
    told = ("rows", "created", "updated", "unchanged", "duplicates", "rejected", "opted_out")
    assert [counts[name] for name in told] == [5, 1, 1, 1, 1, 1, 1]
    assert counts["empty_cells"] == 0  # that row does not count
    done = imported(group, text).counts
    assert [done[name] for name in told[:-1]] == [5, 1, 1, 1, 1, 1]


def test_a_column_that_has_a_day_above_twelve_first_is_not_asked_about():
    upload = checked(make_group(), f"phone,due_date\n{JANE},12/31/2026\n{JOHN},31/12/2026\n")
    assert upload.counts["month_first"] == []


def test_of_those_who_opted_out_it_counts_who_said_stop():
    for phone, source, scope in [(JANE, "reply", "all"), (JOHN, "person", "all"), (MARY, "operator", "promotional")]:
        OptOut.objects.create(phone=phone, source=source, scope=scope)
    OptOut.objects.create(phone=JANE, source="operator", scope="promotional")
    counts = checked(make_group(), f"phone\n{JANE}\n{JOHN}\n{MARY}\n").counts
    assert (counts["created"], counts["opted_out"], counts["said_stop"]) == (3, 2, 1)


@pytest.mark.parametrize("numbers, warned", [(2, 0), (3, 3)])
def test_numbers_that_end_in_zeros_and_new_ranges_are_warned_of_and_taken(numbers, warned):
    rows = [f"07{number}1000000" for number in range(numbers)]
    counts = checked(make_group(), "phone\n0109123456\n" + "\n".join(rows)).counts
    assert (counts["created"], counts["rejected"]) == (numbers + 1, 0)
    assert (counts["many_zeros"], counts["new_ranges"]) == (warned, 1)
