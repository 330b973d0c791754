"""`import_contacts` over values and headings that people and programs write in ways of their own."""

import pytest

from contacts.models import Contact
from contacts.spreadsheets.columns import guess_fields
from contacts.values import clean
from tests.contacts.management.test_import_cells import CASES, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_signs_of_direction_go_from_names_and_numbers():
    counts, _ = run(CASES / "bidi_marks.csv")
    assert counts["created"] == 5
    assert sorted(Contact.objects.values_list("name", flat=True)) == [
        "Ann Demo", "Ben Demo", "Cat Demo", "Dan Demo", "Eve Demo"
    ]  # fmt: skip


@pytest.mark.parametrize("sign", "\u061c\u180e\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2063\u2066\u2069\ufeff\u00ad")
def test_what_nobody_sees_goes(sign):
    assert clean(f"{sign}Ann{sign} Demo{sign}") == "Ann Demo"


def test_what_is_kept_as_text_by_a_formula_is_that_text(tmp_path):
    rows = ['="0712345678",="00123",Jane', '"=""0712345679""","=""0045""",John', '=  "x",=HYPERLINK("a"),P']
    (tmp_path / "file.csv").write_text("Phone,Member No,Name\n" + "\n".join(rows))
    counts, _ = run(tmp_path / "file.csv")
    assert counts["created"] == 2
    assert [one.values["member_no"] for one in Contact.objects.order_by("phone")] == ["00123", "0045"]


def test_numbers_of_meta_s_leads_are_numbers(tmp_path):
    (tmp_path / "leads.csv").write_text("full_name,phone_number\nJane,p:+254712345678\nJohn,p: 0712345679\nX,p:12")
    counts, _ = run(tmp_path / "leads.csv")
    assert (counts["created"], counts["rejected"]) == (2, 1)


@pytest.mark.parametrize(
    "headings, cells, name",
    [
        (["Student", "Phone"], ["Ann Demo", "0712345678"], 0),
        (["Phone", "Pupil"], ["0712345678", "Ann Demo"], 1),
        (["Simu/Jina", "Phone"], ["Ann Demo", "0712345678"], 0),
        (["Member", "Member name", "Phone"], ["M1", "Ann", "0712345678"], 1),
        (["Mteja", "Simu"], ["Ann", "0712345678"], 0),
        (["Parent/Guardian", "Phone"], ["Ann", "0712345678"], 0),
        (["Jina la mwanafunzi", "Simu"], ["Ann", "0712345678"], 0),
        # Its number, and no name.
        (["Member", "Phone"], ["1204", "0712345678"], None),
        (["Client", "Balance"], ["0712345678", "500"], None),
        (["Officer name", "Phone"], ["Ann", "0712345678"], None),
        (["First name", "Phone"], ["Ann", "0712345678"], None),
    ],
)
def test_a_word_for_a_person_may_be_the_name(headings, cells, name):
    guessed = guess_fields(headings, [cells], {}, first_upload=True)
    assert next((column.index for column in guessed if column.role == "name"), None) == name
