"""Amounts as people and accounting formats write them, whichever way they come in."""

import io
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import call_command

from contacts import importing
from contacts.models import Contact, ContactGroup
from contacts.people import retype
from tests.api.test_api import Script
from tests.contacts.uploads import JANE, imported, people
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parent.parent / "data" / "cases"


def command(name):
    errors = io.StringIO()
    call_command("import_contacts", str(CASES / name), "--group", "people", "--create-group", stderr=errors)
    return {one.name: one.values for one in Contact.objects.all()}, errors.getvalue()


def test_every_style_that_has_one_meaning_is_read_and_no_other():
    values, said = command("money_styles.csv")
    amounts = {name: one.get("balance") for name, one in values.items()}
    unread = {"I", "R", "T"}
    assert {name for name, amount in amounts.items() if amount is None} == unread
    below = {name for name, amount in amounts.items() if amount == "-5000.00"}
    assert below == {"D", "E", "F", "G", "K"}
    others = {"M": "0.00", "N": "123456.00", "Q": "0.00", "S": "5000.51"}
    assert {name: amounts[name] for name in others} == others
    assert {amounts[name] for name in set(amounts) - unread - below - set(others)} == {"5000.00"}
    assert "“Balance”: 1 cell with DR, which is above zero here." in said
    assert "“Balance”: 1 cell with CR, which is below zero here." in said
    assert "“Balance”: 2 cells in words or as a dash, which is 0 here." in said


def test_who_has_cleared_owes_nothing():
    values, said = command("balance_with_cleared.csv")
    assert [one["term_balance"] for one in values.values()] == ["12500.00", "900.00", "0.00", "7000.00", "0.00", "0.00"]
    assert "2 cells in words or as a dash, which is 0 here" in said


@pytest.mark.parametrize("heading", ["Fees paid", "Savings balance", "Loan limit (KES)", "Amount"])
def test_under_another_heading_nothing_is_a_bad_cell(heading):
    group = make_group(fields={})
    upload = imported(group, f"Phone,{heading}\n0712345678,5000\n0712345679,NIL\n0712345680,7000.50\n")
    assert [len(one.values) for one in group.contacts.order_by("phone")] == [1, 0, 1]
    assert importing.describe_words(upload) == []


def test_savings_are_above_zero_where_the_books_say_credit():
    group = make_group(fields={})
    upload = imported(group, 'Phone,Savings\n0712345678,"5,000.00 CR"\n0712345679,750 DR\n')
    assert [one.values["savings"] for one in group.contacts.order_by("phone")] == ["5000.00", "-750.00"]
    assert importing.describe_words(upload) == [
        "“Savings”: 1 cell with DR, which is below zero here.",
        "“Savings”: 1 cell with CR, which is above zero here.",
    ]


def test_number_cells_of_a_workbook_are_numbers_and_texts_stay(tmp_path):
    path = tmp_path / "numbers.xlsx"
    rows = [(254712345678, 12.375, 12.375), (254712345679, 1.8e-12, 1.5), (254712345680, -0.0, 5.0)]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Phone", "Balance", "Note"])
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)
    group = make_group(fields={"balance": "money", "note": "text"})
    imported(group, path.read_bytes(), name=path.name)
    assert [(one.values["balance"], one.values["note"]) for one in group.contacts.order_by("phone")] == [
        ("12.38", "12.375"), ("0.00", "1.5"), ("0.00", "5"),
    ]  # fmt: skip


def test_a_script_s_amounts_are_read_alike():
    make_group("Loans", fields={"balance": "money", "saving": "money", "note": "text"})
    contact = {"phone": "0712345678", "balance": 12.375, "saving": "5,000.00 CR", "note": 12.375}
    more = {"phone": "0712345679", "balance": "CLEARED"}
    bad = {"phone": "0712345680", "saving": "NIL"}
    _, told = Script().call("POST", "contacts", {"group": "Loans", "contacts": [contact, more, bad]})
    assert [(one["index"], "NIL" in one["error"]) for one in told["rejected"]] == [(2, True)]
    assert people(ContactGroup.objects.get()) == {
        JANE: {"name": "", "balance": "12.38", "saving": "5000.00", "note": "12.375"},
        "254712345679": {"name": "", "balance": "0.00"},
    }


def test_a_text_that_is_made_money_is_read_alike():
    group = make_group(fields={"term_balance": "text"})
    for phone, balance in ((JANE, "Cleared"), ("254712345679", "Shs 5,000/="), ("254712345680", "5K")):
        make_contact(group, phone, term_balance=balance)
    field = group.fields.get()
    assert retype.unreadable_values(field, "money") == ["5K"]
    retype.retype_field(field, "money")
    assert [one.values for one in group.contacts.order_by("phone")] == [
        {"term_balance": "0.00"}, {"term_balance": "5000.00"}, {},
    ]  # fmt: skip
