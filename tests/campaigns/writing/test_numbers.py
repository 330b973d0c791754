"""What the rows of one number get: a text each, or one for them all."""

from datetime import date
from typing import NamedTuple

import pytest

from campaigns.models import Campaign, Sender
from campaigns.writing.numbers import NumberWriter, RowText

FIELDS = {"balance": "money", "paid": "boolean"}
PHONE = "254712345678"


class Row(NamedTuple):
    reference: str
    name: str
    values: dict
    place: int = 0
    left_out: str = ""


AMINA, JUMA = Row("1201", "Amina", {"balance": "500.00"}), Row("1202", "Juma", {"balance": "700.00"})


def write(text, *rows, each_row=False, fields=(FIELDS, {}), **campaign):
    campaign = Campaign(sender=Sender(name="SCHOOL", opt_out_text="STOP to 20880"), **campaign)
    writer = NumberWriter(campaign, fields, text=text, today=date(2026, 11, 29), each_row=each_row)
    return writer.write(PHONE, rows)


def test_a_text_for_each_row_is_each_row_s_own():
    assert write("<name>: KES <balance>", AMINA, JUMA, each_row=True) == [
        RowText((0,), "1201", "Amina: KES 500.00", 1, told_by="1201"),
        RowText((1,), "1202", "Juma: KES 700.00", 1, told_by="1202"),
    ]


def test_a_text_for_each_number_is_of_all_rows():
    assert write("<name:list>: KES <balance:sum>", AMINA, JUMA) == [
        RowText((0, 1), "", "Amina and Juma: KES 1,200.00", 1)
    ]
    assert write("<name:list>: KES <balance:sum>", AMINA) == [RowText((0,), "", "Amina: KES 500.00", 1)]


@pytest.mark.parametrize("each_row", [True, False])
def test_one_text_serves_both_where_a_number_has_one_row(each_row):
    (written,) = write("<name:list>, <name:count>: KES <balance:sum:0>", AMINA, each_row=each_row)
    assert written.text == "Amina, 1: KES 500"


def test_of_rows_that_say_the_same_the_first_one_goes():
    third, out = Row("1203", "Amina", {}), Row("1200", "Other", {}, left_out="opted_out")
    assert write("School opens.", out, AMINA, third, each_row=True) == [
        RowText((0,), "1200", reason="opted_out"),
        RowText((1,), "1201", "School opens.", 1, told_by="1201"),
        RowText((2,), "1203", reason="same_text", told_by="1201"),
    ]


@pytest.mark.parametrize(
    "text, rows, reason, detail",
    [
        ("KES <balance:sum>", [AMINA, Row("1203", "Zawadi", {})], "missing:balance", "1203, Zawadi"),
        ("KES <balance:sum>", [AMINA, Row("1203", "", {})], "missing:balance", "1203"),
        ("KES <balance:sum>", [AMINA, Row("1" * 60, "Z" * 200, {})], "missing:balance", f"{'1' * 60}, {'Z' * 138}"),
        ("KES <balance>", [Row("1203", "Zawadi", {}), Row("1204", "Otieno", {})], "missing:balance", ""),
        ("KES <balance>", [Row("1203", "Zawadi", {})], "missing:balance", ""),
        ("KES <balance>", [AMINA, JUMA], "several_values:balance", ""),
        ("<paid?Thanks|Pay>", [AMINA, Row("1", "", {"paid": "yes"})], "several_values:paid", "<paid?…>"),
        ("Hi", [AMINA, JUMA._replace(left_out="not_updated:balance")], "not_updated:balance", "1202, Juma"),
        ("Hi", [JUMA._replace(left_out="not_updated:balance")], "not_updated:balance", ""),
        ("Hi", [AMINA._replace(left_out="dead_number"), JUMA._replace(left_out="dead_number")], "dead_number", ""),
        ("<name:list>", [Row(str(one), str(one) * 100, {}) for one in range(10)], "too_long", ""),
        ("<balance:sum|>", [Row("1", "", {}), Row("2", "", {})], "empty_text", ""),
    ],
)  # fmt: skip
def test_why_a_number_gets_no_text_and_which_row_is_why(text, rows, reason, detail):
    assert write(text, *rows) == [RowText(tuple(range(len(rows))), "", reason=reason, detail=detail)]


def test_an_amount_of_nothing_is_left_out_where_the_campaign_says_so():
    rows = AMINA, Row("1203", "Zawadi", {"balance": "0.00"})
    skip = Campaign.Zeros.SKIP
    (one,) = write("KES <balance:sum>", *rows, zero_amounts=skip)
    assert one.text == "KES 500.00"
    (one,) = write("KES <balance:list>", *rows, zero_amounts=skip)
    assert one.reason == "zero:balance"
    assert [one.reason for one in write("KES <balance>", *rows, zero_amounts=skip, each_row=True)] == [
        "",
        "zero:balance",
    ]


def test_marketing_has_its_way_out_once():
    (one,) = write("<name:list>", AMINA, JUMA, kind="promotional")
    assert one.text == "Amina and Juma STOP to 20880"


def test_each_row_is_written_by_the_fields_of_its_own_group():
    rows = AMINA, Row("7", "Otieno", {}, place=1)
    assert [one.reason for one in write("KES <balance>", *rows, each_row=True)] == ["", "missing:balance"]
    assert [one.reason for one in write("KES <balance:sum>", *rows)] == ["missing:balance"]
