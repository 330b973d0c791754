"""Which row of a number counts."""

import pytest

from contacts import importing
from tests.contacts.uploads import JANE, checked, imported, people
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "repeats, balance, counts", [("last", "3.00", (1, 2, 0)), ("first", "1.00", (1, 2, 0)), ("none", None, (0, 0, 3))]
)
def test_of_one_number_with_different_values_the_chosen_row_counts(repeats, balance, counts):
    group = make_group()
    upload = checked(group, f"phone,balance\n{JANE},1\n{JANE},x\n{JANE},2\n{JANE},3\n", repeats=repeats)
    # The row that is not readable is good too for somebody new, and has no balance.
    assert upload.counts["conflicts"] == 1
    assert [row for row, _ in upload.counts["conflict_rows"][0][1]] == [2, 3, 4, 5]
    text = f"phone,balance\n{JANE},1\n{JANE},2\n{JANE},3\n"
    done = imported(group, text, repeats=repeats)
    assert (done.counts["created"], done.counts["duplicates"], done.counts["rejected"]) == counts
    assert people(group).get(JANE, {}).get("balance") == balance
    if repeats == "none":
        assert "different values" in next(importing.rejects_as_table(done)[1])[-1]


def test_the_same_row_twice_is_no_conflict():
    upload = checked(make_group(), f'phone,balance\n{JANE},1000\n0712345678,"KES 1,000"\n')
    assert (upload.counts["duplicates"], upload.counts["conflicts"]) == (1, 0)
