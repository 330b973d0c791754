"""The rows of a number, read together."""

import pytest

from campaigns.audience import Person
from campaigns.audience.numbers import digest_of, names_read

TEXT = "<name:list> owe KES <Due Balance:sum>. <paid?Thank you.|>"


def row(contact=1, phone="254712345678", name="Amina", left_out="", **values):
    return Person(contact, phone, name, values, left_out)


@pytest.mark.parametrize(
    "changed",
    [
        row(name="Amna"),
        row(contact=3),
        row(phone="254712345679"),
        row(due_balance="6.00"),
        row(due_balance="5.00", paid="yes"),
        row(),
    ],
)
def test_a_digest_is_another_where_what_the_text_takes_of_a_row_is_another(changed):
    other, names = row(contact=2, name="Juma", duebalance="7.00"), names_read(TEXT)
    before = digest_of([row(due_balance="5.00"), other], names)
    assert digest_of([changed, other], names) != before
    assert digest_of([row(due_balance="5.00")], names) != before
    assert -(2**63) <= before < 2**63


def test_a_digest_is_the_same_where_the_text_does_not_take_what_is_another():
    names = names_read(TEXT)
    rows = [row(due_balance="5.00", adm_no="1201"), row(contact=2, due_balance="7.00")]
    later = [row(contact=2, due_balance="7.00"), row(due_balance="5.00", adm_no="1202", form="2")]
    assert digest_of(rows, names) == digest_of(later, names)
    assert digest_of([row(name="A")], names_read("Hello")) == digest_of([row(name="B")], names_read("Hello"))
