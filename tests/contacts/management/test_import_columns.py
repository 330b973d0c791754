"""`import_contacts` over files of which it has to find the phone, and what their numbers are."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from contacts.models import Contact, ContactGroup, Upload
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parents[2] / "data" / "cases"


def run(path, *arguments, group="people"):
    out = io.StringIO()
    call_command("import_contacts", str(path), "--group", group, "--create-group", *arguments, stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def phones():
    return sorted(Contact.objects.values_list("phone", flat=True))


@pytest.fixture
def file(tmp_path):
    def write(text):
        (tmp_path / "file.csv").write_text(text)
        return tmp_path / "file.csv"

    return write


@pytest.mark.parametrize(
    "name, created, rejected, starts",
    [
        ("phone_column_one_bad_cell.csv", 5, 1, "25471200070"),
        ("phone_column_merged_officer.xlsx", 5, 0, "25471200920"),
        ("phone_column_id_number.csv", 3, 0, "25471200031"),
        ("title_row_with_total.csv", 2, 0, "25471200032"),
        ("google_contacts_2024.csv", 1, 2, "254712000103"),
    ],
)
def test_the_phone_of_a_file_is_found(name, created, rejected, starts):
    told = run(CASES / name)
    assert (told["created"], told["rejected"]) == (created, rejected)
    assert all(phone.startswith(starts) for phone in phones())


@pytest.mark.parametrize("name", ["mpesa_statement.csv", "mpesa_paybill_statement.csv"])
def test_a_balance_or_a_masked_name_is_no_phone(name):
    with pytest.raises(CommandError, match="No column holds phone numbers"):
        run(CASES / name)
    assert not ContactGroup.objects.exists()


def test_account_numbers_are_texts_and_balances_money():
    run(CASES / "account_numbers.csv")
    ann = Contact.objects.get(phone="254712000351").values
    assert ann == {
        "account_no": "100234567",
        "adm_no": "4521",
        "year": "2026",
        "second_phone": "712000391",
        "house": "1204",
        "meter_reading": "12045",
        "fee_balance": "12500.00",
    }


def test_a_balance_with_words_in_it_is_money():
    run(CASES / "balance_with_cleared.csv")
    assert ContactGroup.objects.get().fields.get().type == "money"


def test_where_two_are_close_it_stops_and_names_both(file):
    rows = "".join(f"Ann,071200070{n},{f'072200070{n}' if n else 'none'}\n" for n in range(6))
    with pytest.raises(CommandError) as stopped:
        run(file("Name,Phone,Mobile\n" + rows))
    assert stopped.value.returncode == 1
    assert str(stopped.value) == (
        "“Phone” and “Mobile” may each be the phone number (of 6 rows looked at, 6 and 5 have a mobile number there). "
        'Say which one is to be texted: --map "Phone=phone" or --map "Mobile=phone"'
    )
    assert not ContactGroup.objects.exists()


def test_somebody_else_s_numbers_are_taken_only_where_it_was_said(file):
    path = file("Name,Next of kin phone\nAnn,0722000701\nBen,0722000702\n")
    with pytest.raises(CommandError, match=r'else\'s. Say which one is to be texted: --map "Next of kin phone=phone"'):
        run(path)
    assert run(path, "--map", "Next of kin phone=phone")["created"] == 2
    # It was said for this group, and is not asked again.
    assert [run(path)["unchanged"] for _ in range(2)] == [2, 2]


def test_one_of_two_columns_with_the_same_heading_is_named_by_its_letter(file):
    path = file("Name,Phone,Phone\nAnn,0712000701,0722000701\nBen,0712000702,0722000702\n")
    with pytest.raises(CommandError, match='--map "Column B=phone" or --map "Column C=phone"'):
        run(path)
    assert run(path, "--map", "Column C=phone")["created"] == 2
    assert phones() == ["254722000701", "254722000702"]


HEADINGS = "Name,Phone,Mobile\n"
BOTH = "Ann,0712000701,0722000701\nBen,0712000702,0722000702\n"
MOBILES = ["254722000701", "254722000702"]


def test_a_choice_for_this_group_stands_while_its_column_has_numbers(file):
    run(file(HEADINGS + BOTH), "--map", "Mobile=phone")
    assert run(file(HEADINGS + "Ann,0712000701,0722000701\nBen,0712000702,none\nCat,0712000703,\n"))["rejected"] == 2
    assert phones() == MOBILES
    told = run(file(HEADINGS + "Dan,0712000704,\nEve,0712000705,none\n"))
    assert told["created"] == 2
    assert phones() == ["254712000704", "254712000705", *MOBILES]


def test_another_group_s_choice_fills_only_what_is_left(file):
    path = file("Name,Phone,Next of kin phone,Owed\nAnn,0712000701,0722000701,5\nBen,0712000702,0722000702,6\n")
    run(path, "--map", "Next of kin phone=phone", "--map", "Owed=Amount owed", group="Kin")
    make_group("Loans", fields={"owed": "money"})
    run(path, group="Loans")
    loans = ContactGroup.objects.get(name="Loans")
    assert sorted(loans.contacts.values_list("phone", "values__owed")) == [
        ("254712000701", "5.00"),
        ("254712000702", "6.00"),
    ]
    # Where nobody can tell, it is what was chosen elsewhere.
    run(file(HEADINGS + BOTH), "--map", "Mobile=phone", group="Kin")
    run(file(HEADINGS + BOTH), group="Other")
    assert sorted(ContactGroup.objects.get(name="Other").contacts.values_list("phone", flat=True)) == MOBILES


def earlier(group, path, **fields):
    """An upload as it was before anybody could say whose a number is: the kin were taken for the phone."""
    run(path, "--map", "Next of kin phone=phone", group=group)
    upload = Upload.objects.latest("pk")
    for one in upload.mapping.values():
        one.pop("by_hand")
    Upload.objects.filter(pk=upload.pk).update(mapping=upload.mapping, **fields)
    Contact.objects.all().delete()


def test_what_was_only_guessed_before_is_judged_anew(file):
    path = file("Name,Phone,Next of kin phone\nAnn,none,0722000701\nBen,0712000702,0722000702\nCat,,0722000703\n")
    earlier("people", path)
    assert run(path)["created"] == 1
    assert phones() == ["254712000702"]


def test_what_a_person_has_chosen_on_a_page_before_stands_unless_it_was_undone(file):
    path = file("Name,Next of kin phone\nAnn,0722000701\n")
    earlier("people", path, created_by=User.objects.create(username="a composer"))
    assert run(path)["created"] == 1
    Upload.objects.update(status=Upload.Status.UNDONE)
    with pytest.raises(CommandError, match="somebody else's"):
        run(path)


def test_account_numbers_that_were_whole_numbers_elsewhere_are_text_here(file):
    path = file("Phone,Account No\n0712000701,0012\n0712000702,0013\n")
    run(path, group="Old")
    upload = Upload.objects.get()
    upload.mapping["1"]["type"] = "integer"
    upload.save()
    run(path, group="New")
    assert set(ContactGroup.objects.get(name="New").contacts.values_list("values__account_no", flat=True)) == {
        "0012",
        "0013",
    }
