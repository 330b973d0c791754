"""Rows of one number on the pages of an upload: it is asked what they are, and nothing is written before the answer."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from contacts import importing
from contacts.admin import ContactAdmin
from contacts.models import Contact, ContactGroup, Upload
from contacts.tasks import work_on
from tests.makers import make_family_group, make_group, make_row
from tests.pages.test_uploads import HOW, import_it, page_of, send
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

JANE, JOHN = "254712345678", "254712345679"
PUPILS = f"phone,name,adm no,balance\n{JANE},Amina,1201,500\n{JANE},Juma,1202,700\n{JOHN},Ali,1203,0\n"
LOANS = f"phone,name,loan no,balance\n{JANE},Jane,7,500\n{JANE},Jane,8,700\n{JOHN},John,9,0\n"
SEVERAL = "1 number stands in more than one row with different values. Are these several children, loans, appointments"


@pytest.fixture
def composer(sign_in):
    return sign_in("composer")


def post(client, upload, **how):
    page = client.post(reverse("upload-import", args=[upload.pk]), HOW | how, follow=True)
    work_on(upload.pk)
    upload.refresh_from_db()
    return read(page)


def radios(client, upload):
    """What the question offers, and whether it is chosen."""
    page = client.get(reverse("upload-detail", args=[upload.pk])).content.decode()
    found = re.findall(r'<input[^>]*name="repeats"[^>]*>', page)
    return {re.search(r'value="(\w+)"', one)[1]: " checked" in " ".join(one.split()) for one in found}


def test_where_the_names_differ_it_is_asked_and_nothing_is_chosen_beforehand(composer):
    upload = send(composer, PUPILS, new_group="Pupils")
    assert SEVERAL in page_of(composer, upload)
    assert radios(composer, upload) == {"key": False, "last": False, "first": False, "none": False}
    assert '<option value="2" selected>adm no</option>' in page_of(composer, upload)
    assert "Say first whether these are several rows of one person." in post(composer, upload, repeats="")
    assert upload.is_checked
    assert "Choose the column that tells these rows apart." in post(composer, upload, repeats="key")
    assert "You chose something else" in post(composer, upload, repeats="key", key_column="2")
    assert upload.is_checked and upload.counts["conflicts"] == 0
    page = page_of(composer, upload)
    assert "Rows of one number are told apart by “adm no”" in page and SEVERAL not in page
    upload = import_it(composer, upload)
    assert (upload.is_done, upload.counts["created"]) == (True, 3)
    group = ContactGroup.objects.get()
    assert (group.key, group.contacts.count()) == ("adm_no", 3)


def test_where_the_names_are_the_same_the_last_row_counts_until_somebody_says_otherwise(composer):
    group = make_group(fields={})
    upload = send(composer, LOANS, group)
    assert radios(composer, upload) == {"key": False, "last": True, "first": False, "none": False}
    upload = import_it(composer, upload)
    assert (upload.is_done, upload.counts["created"], upload.counts["duplicates"]) == (True, 2, 1)
    page = page_of(composer, upload)
    assert (
        "1 row says something else than the row that counts" in page and "Download the row that does not count" in page
    )
    rejects = composer.get(reverse("upload-rejects", args=[upload.pk])).getvalue().decode("utf-8-sig")
    assert "another row of this number counts" in rejects.splitlines()[1]


@pytest.mark.parametrize("answer, balance", [("last", "700.00"), ("first", "500.00"), ("none", None)])
def test_no_is_an_answer_too(composer, answer, balance):
    group = make_group(fields={})
    upload = send(composer, PUPILS, group)
    post(composer, upload, repeats=answer)
    if upload.is_checked:
        assert radios(composer, upload)[answer]
        post(composer, upload, repeats=answer)
    assert upload.is_done
    assert group.contacts.filter(phone=JANE).values_list("values__balance", flat=True).first() == balance


def test_rows_that_were_told_apart_are_put_together_again(composer):
    upload = send(composer, PUPILS, new_group="Pupils")
    post(composer, upload, repeats="key", key_column="2")
    assert upload.key == "adm_no"
    post(composer, upload, together="1")
    assert (upload.key, upload.repeats, upload.counts["conflicts"]) == ("", "ask", 1)
    assert SEVERAL in page_of(composer, upload)


def test_a_group_of_before_whose_people_lack_the_field_gets_no_key(composer):
    group = make_group(contacts=1, fields={})
    upload = send(composer, PUPILS, group)
    assert "1 person has no adm no: give them one first." in post(composer, upload, repeats="key", key_column="2")
    assert upload.is_checked and upload.key == ""


def test_two_rows_of_one_child_are_asked_about_by_themselves(composer):
    group = make_family_group([], fields={"balance": "money"})
    text = f"phone,name,adm no,balance\n{JANE},Amina,1,5\n{JANE},Juma,1,7\n"
    upload = send(composer, text, group)
    page = page_of(composer, upload)
    assert "in more than one row with the same adm_no and different values. Which row counts?" in page
    assert radios(composer, upload) == {"last": False, "first": False, "none": False}
    assert "Say first which of the rows counts." in post(composer, upload, repeats="")
    post(composer, upload, repeats="last")
    assert upload.is_done and group.contacts.get().name == "Juma"


def test_numbers_that_are_replaced_are_named_before_and_after(composer):
    group = make_family_group([(JANE, [("1", "Amina", {})])], fields={"balance": "money"})
    upload = send(composer, f"phone,name,adm no\n{JOHN},Amina,1\n", group)
    page = page_of(composer, upload)
    assert "1 number is replaced: the file gives another for the same adm_no." in page
    assert "0712 345 678 Amina" in page
    upload = import_it(composer, upload)
    page = page_of(composer, upload)
    assert "1 number replaced" in page and "1 changed" in page
    assert "0712 345 678" in read(composer.get(reverse("upload-people", args=[upload.pk]) + "?numbers=1"))
    assert "Nobody." in read(composer.get(reverse("upload-people", args=[upload.pk])))
    assert "1 number that was replaced comes back" in read(composer.get(reverse("upload-undo", args=[upload.pk])))


def test_references_that_differ_by_a_zero_wait_for_a_word(composer):
    group = make_family_group([], fields={"balance": "money"})
    make_row(group, JANE, "01201")
    upload = send(composer, f"phone,name,adm no\n{JOHN},Amina,1201\n", group)
    assert "“01201” and “1201” differ by a zero in front only." in page_of(composer, upload)
    assert "Say first whether those that differ by a zero in front are two." in post(composer, upload)
    assert upload.is_checked
    post(composer, upload, are_two="1")
    assert upload.is_done


def test_the_pages_of_a_group_say_what_tells_its_rows_apart(composer):
    group = make_family_group([(JANE, [("1", "Amina", {})])], fields={})
    assert "told apart by “adm_no”" in read(composer.get(reverse("group-detail", args=[group.pk])))
    assert "told apart by" not in read(composer.get(reverse("group-detail", args=[make_group().pk])))
    upload = importing.begin_upload(group, "list.csv", [f"phone,name\n{JOHN},Ali\n".encode()])
    assert "Rows of one number are told apart by “adm_no”: one of the columns is that." in page_of(composer, upload)
    page = composer.post(reverse("upload-detail", args=[upload.pk]), {"role_0": "phone", "role_1": "name"})
    assert page.status_code == 422
    assert "This group tells rows of one number apart by “adm_no”. Choose the column that holds it." in read(page)


def test_an_upload_of_before_the_key_says_that_it_cannot_be_undone(composer):
    group = make_group("Pupils", fields={"adm_no": "text"})
    upload = import_it(composer, send(composer, f"phone,adm no\n{JANE},1\n", group))
    composer.post(reverse("group-key", args=[group.pk]), {"key": "adm_no"})
    page = page_of(composer, upload)
    assert "The group tells its rows apart in another way since" in page and "Undo this upload" not in page
    assert composer.get(reverse("upload-undo", args=[upload.pk])).status_code == 302
    assert Upload.objects.get().is_done


def test_a_number_is_added_to_a_child_by_hand(composer):
    group = make_family_group([(JANE, [("1201", "Amina", {"balance": "5.00"})])], fields={"balance": "money"})
    child = group.contacts.get()
    page = read(composer.get(reverse("contact-edit", args=[group.pk, child.pk])))
    address = reverse("contact-create", args=[group.pk]) + f"?like={child.pk}"
    assert f'<a class="btn" href="{address}">Add a number</a>' in page
    page = read(composer.get(address))
    assert "Another number of “Amina”" in page and 'value="1201"' in page and 'value="5.00"' in page
    assert "0712 345 678" not in page
    typed = {"name": "Amina", "field_adm_no": "1201", "field_balance": "5"}
    page = read(composer.post(address, {"phone": JANE} | typed))
    assert "Somebody with this number and adm_no is in the group already." in page
    assert composer.post(address, {"phone": JOHN} | typed).status_code == 302
    assert set(group.contacts.values_list("phone", "reference")) == {(JANE, "1201"), (JOHN, "1201")}
    # Another child of the first number; and one without what tells them apart.
    assert composer.post(address, {"phone": JANE} | typed | {"field_adm_no": " a 2"}).status_code == 302
    assert group.contacts.filter(phone=JANE, reference="A2").exists()
    assert "This field is required." in read(composer.post(address, {"phone": JOHN} | typed | {"field_adm_no": ""}))
    page = read(composer.post(address, {"phone": JOHN} | typed | {"field_adm_no": "1" * 61}))
    assert "It has at most 60 letters." in page
    assert group.contacts.count() == 3


def test_in_a_group_without_a_key_a_number_is_there_once(composer):
    group = make_group(contacts=1)
    person = group.contacts.get()
    page = read(composer.post(reverse("contact-create", args=[group.pk]), {"phone": person.phone}))
    assert "Somebody with this number is in the group already." in page
    assert "Add a number" not in read(composer.get(reverse("contact-edit", args=[group.pk, person.pk])))


@pytest.mark.parametrize(
    "written, found", [("120", {"1201", "1202"}), ("a1", {"A12"}), ("juma", {"1202"}), ("zz", set()), ("", 3)]
)
def test_a_row_is_found_by_the_beginning_of_its_reference(composer, written, found):
    rows = [("1201", "Amina", {}), ("1202", "Juma", {}), ("a 12", "Neema", {})]
    group = make_family_group([(JANE, rows)], fields={})
    page = read(composer.get(reverse("group-detail", args=[group.pk]), {"q": written}))
    names = {"1201": "Amina", "1202": "Juma", "A12": "Neema"}
    shown = {reference for reference, name in names.items() if f"> {name} <" in page}
    assert shown == (set(names) if found == 3 else found)


def test_the_back_room_keeps_the_reference_with_the_value(client, admin_user):
    group = make_family_group([(JANE, [("1", "Amina", {})])], fields={})
    child = group.contacts.get()
    child.values = {"adm_no": " b 7"}
    ContactAdmin(Contact, admin.site).save_model(None, child, None, change=True)
    assert group.contacts.get().reference == "B7"
