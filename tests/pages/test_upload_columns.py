"""The page that says what each column is: why one is the phone, and the question where nobody can tell."""

from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.models import Contact, Upload
from contacts.tasks import work_on
from tests.makers import make_group
from tests.pages.test_uploads import go_on, import_it, page_of, selected
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parent.parent / "data" / "cases"
TWO = "Name,Phone,Mobile\nAnn,0712000701,0722000701\nBen,0712000702,0722000702\n"


@pytest.fixture
def composer(sign_in):
    return sign_in("composer")


def begin(client, text, group=None):
    client.post(reverse("upload-create"), {"group": (group or make_group(fields={})).pk, "pasted": text})
    return Upload.objects.latest("pk")


def test_it_says_why_a_column_is_the_phone_and_another_is_not(composer):
    page = page_of(composer, begin(composer, (CASES / "phone_column_one_bad_cell.csv").read_text()))
    assert "5 of 6 rows looked at have a mobile number here, and the heading says so" in page
    assert "“Next of kin phone” is by its heading somebody else&#x27;s" in page
    assert "Which column is the phone number?" not in page
    assert (selected(page)["role_1"], selected(page)["role_2"]) == ("phone", "new")


def test_where_two_are_close_it_asks_and_goes_on_with_the_answer(composer):
    upload = begin(composer, TWO)
    page = page_of(composer, upload)
    assert "Which column is the phone number?" in page
    assert "“Phone” and “Mobile” may each be the phone number" in page
    assert page.count('name="phone_column"') == 2
    address = reverse("upload-detail", args=[upload.pk])
    refused = composer.post(address, selected(page))
    assert refused.status_code == 422
    assert "may each be the phone number" in read(refused)
    assert composer.post(address, selected(page) | {"phone_column": "2"}).status_code == 302
    work_on(upload.pk)
    import_it(composer, upload)
    assert set(Contact.objects.values_list("phone", flat=True)) == {"254722000701", "254722000702"}
    assert Contact.objects.first().values["phone_2"].startswith("07120007")


def test_the_answer_is_remembered_for_this_group(composer):
    group = make_group(fields={})
    upload = begin(composer, TWO, group)
    answer = selected(page_of(composer, upload)) | {"phone_column": "2"}
    composer.post(reverse("upload-detail", args=[upload.pk]), answer)
    work_on(upload.pk)
    import_it(composer, upload)
    page = page_of(composer, begin(composer, TWO, group))
    assert "Which column is the phone number?" not in page
    assert "It was the phone number for these headings in this group before." in page
    assert selected(page)["role_2"] == "phone"


@pytest.mark.parametrize("answer", ["7", "x", "1&role_2=phone", ""])
def test_an_answer_that_is_none_of_them_is_no_answer(composer, answer):
    upload = begin(composer, TWO)
    posted = selected(page_of(composer, upload)) | {"phone_column": answer}
    assert composer.post(reverse("upload-detail", args=[upload.pk]), posted).status_code == 422
    assert Upload.objects.get().is_choosing


def test_somebody_else_s_numbers_alone_are_asked_about(composer):
    upload = begin(composer, "Name,Guarantor phone\nAnn,0722000701\nBen,0722000702\n")
    page = page_of(composer, upload)
    assert "Only “Guarantor phone” holds what may be mobile numbers" in page
    assert page.count('name="phone_column"') == 1


def test_headings_with_signs_are_only_text(composer):
    nasty = '"<img src=x onerror=alert(1)> phone","<b> mobile"\n0712000701,0722000701\n'
    page = composer.get(reverse("upload-detail", args=[begin(composer, nasty).pk])).content.decode()
    assert "<img src=x" not in page and "&lt;img src=x" in page
    assert "Which column is the phone number?" in page


def test_a_file_with_one_phone_goes_on_as_it_stands(composer):
    upload = begin(composer, "Name,ID Number,Mpesa Number\nAnn,23456701,0712000311\n")
    go_on(composer, upload)
    import_it(composer, upload)
    assert Contact.objects.get().phone == "254712000311"


def test_parts_of_a_name_are_joined_by_a_tick(composer):
    upload = begin(composer, "First Name,Last Name,Phone\nJane,Demo,0712345671\n")
    page = page_of(composer, upload)
    assert "Join these to the name?" in page
    assert "First Name and Last Name are not joined to one name" in page
    answer = selected(page) | {"join_names": ["0", "1"]}
    assert composer.post(reverse("upload-detail", args=[upload.pk]), answer).status_code == 302
    work_on(upload.pk)
    import_it(composer, upload)
    assert Contact.objects.get().name == "Jane Demo"


def test_the_page_says_what_a_file_without_numbers_looks_like(composer):
    page = page_of(composer, begin(composer, (CASES / "mpesa_statement.csv").read_text()))
    assert "No column holds phone numbers: this looks like an M-PESA statement" in page


def test_the_page_says_which_sheets_are_not_read_and_reads_them_by_a_tick(composer):
    file = SimpleUploadedFile("three.xlsx", (CASES / "three_sheets.xlsx").read_bytes())
    composer.post(reverse("upload-create"), {"group": make_group(fields={}).pk, "file": file})
    upload = Upload.objects.get()
    work_on(upload.pk)
    page = page_of(composer, upload)
    assert "2 other sheets were not read: “Form 2” and “Form 3”." in page
    assert "Read all sheets with the same headings" in page
    composer.post(
        reverse("upload-reading", args=[upload.pk]), {"sheet": "Form 2", "heading_row": 1, "all_sheets": "on"}
    )
    work_on(upload.pk)
    page = page_of(composer, upload)
    assert "Read as one list: the sheets Form 2, Form 1 and Form 3." in page
    go_on(composer, upload)
    import_it(composer, upload)
    assert Contact.objects.count() == 9


def test_a_bad_row_is_told_with_its_sheet(composer, tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "two.xlsx"))
    for name, cells in (("North", ["Phone", "0712345671"]), ("South", ["Phone", "none"])):
        book.add_worksheet(name).write_column(0, 0, cells)
    book.close()
    file = SimpleUploadedFile("two.xlsx", (tmp_path / "two.xlsx").read_bytes())
    composer.post(reverse("upload-create"), {"group": make_group(fields={}).pk, "file": file})
    upload = Upload.objects.get()
    work_on(upload.pk)
    composer.post(reverse("upload-reading", args=[upload.pk]), {"sheet": "North", "heading_row": 1, "all_sheets": "on"})
    work_on(upload.pk)
    go_on(composer, upload)
    assert "South, 2" in page_of(composer, upload)


def test_the_page_says_what_is_wrong_with_the_cells_of_a_workbook(composer):
    file = SimpleUploadedFile("formulas.xlsx", (CASES / "formula_without_value.xlsx").read_bytes())
    composer.post(reverse("upload-create"), {"group": make_group(fields={}).pk, "file": file})
    upload = Upload.objects.get()
    work_on(upload.pk)
    assert "Balance holds formulas without values: open it in Excel and save it." in page_of(composer, upload)


def test_cards_upload_as_any_file(composer):
    upload = begin(composer, (CASES / "contacts_vcf.txt").read_text())
    assert upload.is_reading
    work_on(upload.pk)
    page = page_of(composer, upload)
    assert (selected(page)["role_0"], selected(page)["role_1"]) == ("name", "phone")
    go_on(composer, upload)
    import_it(composer, upload)
    assert set(Contact.objects.values_list("name", flat=True)) == {"Ann Demo", "Ben Demo"}


OWED = "Phone,Name,Loan Balance (KES),Due Date\n0712345678,Jane,5000,31/12/2026\n"


def test_shorter_names_are_offered_and_one_is_chosen(composer):
    group = make_group(fields={})
    upload = begin(composer, OWED, group)
    page = page_of(composer, upload)
    assert '<option value="balance">' in page and "Shorter: balance" in page
    address = reverse("upload-detail", args=[upload.pk])
    chosen = selected(page) | {"name_2": "Balance", "was_2": "loan_balance_kes", "name_3": "due_date"}
    assert composer.post(address, chosen).status_code == 302
    work_on(upload.pk)
    assert import_it(composer, upload).is_done
    field = group.fields.get(label="Loan Balance (KES)")
    assert (field.key, field.names) == ("loan_balance_kes", ("balance", "loan_balance_kes"))
    assert Contact.objects.get().values == {"loan_balance_kes": "5000.00", "due_date": "2026-12-31"}
    # The next month's file is known by its headings, and nothing is asked or made anew.
    again = begin(composer, OWED.replace("5000", "4000"), group)
    assert selected(page_of(composer, again))["role_2"] == "field:loan_balance_kes"


def test_a_name_stays_chosen_on_the_way_back_to_the_columns(composer):
    upload = begin(composer, OWED)
    address = reverse("upload-detail", args=[upload.pk])
    composer.post(address, selected(page_of(composer, upload)) | {"name_2": "balance", "was_2": "loan_balance_kes"})
    work_on(upload.pk)
    composer.post(reverse("upload-import", args=[upload.pk]), {"columns": "1"})
    page = page_of(composer, upload)
    assert 'value="balance"' in page and 'name="was_2" value="loan_balance_kes"' in page


@pytest.mark.parametrize(
    "names, words",
    [
        ({"name_2": "name"}, "means something of its own already"),
        ({"name_2": "5"}, "A name begins with a letter"),
        ({"name_2": "due_date"}, "“Due Date” is called &lt;due_date&gt; already"),
        ({"name_2": "owed", "name_3": "owed"}, "is called &lt;owed&gt; already"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_what_was_typed_stays(composer, names, words):
    upload = begin(composer, OWED)
    posted = selected(page_of(composer, upload)) | {"was_2": "loan_balance_kes", "was_3": "due_date"} | names
    refused = composer.post(reverse("upload-detail", args=[upload.pk]), posted)
    assert refused.status_code == 422
    assert words in read(refused)
    assert f'value="{names["name_2"]}"' in read(refused)


def test_a_name_of_the_groups_own_is_no_new_ones(composer):
    group = make_group(fields={"balance": "money"})
    upload = begin(composer, OWED, group)
    posted = selected(page_of(composer, upload)) | {"role_2": "new", "name_2": "balance", "was_2": "loan_balance_kes"}
    refused = composer.post(reverse("upload-detail", args=[upload.pk]), posted)
    assert refused.status_code == 422
    assert "“balance” is called &lt;balance&gt; already" in read(refused)
