"""One row of a file: a person, or the reasons why not."""

import pytest

from tests.contacts.uploads import JANE, JOHN, imported, people
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("keep, balance", [(True, "1.00"), (False, None)])
def test_an_empty_cell_keeps_or_clears_the_old_value(keep, balance):
    group = make_group()
    make_contact(group, JANE, balance="1.00", due_date="2026-12-01")
    imported(group, f"phone,balance\n{JANE},\n{JOHN},\n", keep_empty=keep)
    assert people(group)[JANE].get("balance") == balance
    assert people(group)[JANE]["due_date"] == "2026-12-01"


@pytest.mark.parametrize(
    "choices, in_group, jane",
    [
        ({}, {JANE, JOHN}, "1.00"),
        ({"reject_bad_cells": True}, {JANE}, "1.00"),
        ({"keep_stale": True}, {JANE, JOHN}, "1.00"),
    ],
)
def test_a_cell_that_cannot_be_read(choices, in_group, jane):
    group = make_group()
    make_contact(group, JANE, balance="1.00")
    upload = imported(group, f"phone,balance\n{JANE},lots\n{JOHN},lots\n", **choices)
    assert set(people(group)) == in_group
    assert people(group)[JANE]["balance"] == jane
    assert upload.counts["rejected"] == 2 - len(in_group - {JANE}) - bool(choices.get("keep_stale"))
