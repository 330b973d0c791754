"""The steps of an upload on a phone, in a real browser: nothing that must be read is out of sight."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from contacts import importing
from contacts.models import Upload
from tests.makers import make_contact, make_group
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

JANE = "254712345678"
BAD = "phone,name,balance,seen\n0712345678,Jane,5.00,yes\n2.54712E+11,Christopher Wekesa,5.00,yes\n"


@pytest.fixture
def phone(chromium, live_server, sign_in):
    context = signed_in(chromium, live_server, sign_in(Role.COMPOSER), viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.fixture
def upload():
    return importing.begin_upload(make_group(fields={"balance": "money"}), "list.csv", [BAD.encode()])


def test_why_a_row_is_rejected_is_in_sight(phone, upload):
    importing.order_check(upload)
    importing.check_upload(upload)
    assert Upload.objects.get().counts["rejected"] == 1
    phone.goto(f"/contacts/uploads/{upload.pk}")
    for words in ("Excel has cut this number: format the column as Text and type it again", "rejected"):
        box = phone.locator("td", has_text=words).last.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, words
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_group_s_people_are_in_sight_with_the_labels_of_their_values(phone):
    group = make_group("Sacco", fields={"balance": "money", "due_date": "date", "town": "text", "officer": "text"})
    make_contact(group, JANE, "Jane Wanjiru wa Kamau", balance="5000.00", town="Nakuru " * 9, officer="Ali")
    for address in ("/contacts/", f"/contacts/{group.pk}"):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, address
        wide = "[...document.querySelectorAll('.table-wide')].map(one => one.scrollWidth - one.clientWidth)"
        assert phone.evaluate(wide) == [0], address
    value = phone.locator("td", has_text="5,000.00")
    assert value.evaluate("cell => getComputedStyle(cell, '::before').content") == '"balance: "'
    expect(phone.locator("td[data-label=due_date]"), "she has none").to_be_hidden()
    number, tick = phone.get_by_text("0712 345 678").bounding_box(), phone.get_by_role("checkbox").first.bounding_box()
    assert abs(number["y"] - tick["y"]) < 10
    phone.get_by_role("checkbox").first.check()
    phone.get_by_role("button", name="Copy").click()
    expect(phone.locator("main")).to_contain_text("1 person")


def test_only_a_field_has_a_type_to_choose(phone, upload):
    phone.goto(f"/contacts/uploads/{upload.pk}")
    types = phone.locator("select[name^=type_]")
    assert [types.nth(index).is_visible() for index in range(4)] == [False, False, True, False]
    phone.get_by_label("What seen is").select_option("new")
    expect(types.nth(3)).to_be_visible()
    left = {round(one.bounding_box()["x"]) for one in phone.locator("select:visible").all()}
    assert len(left) == 1


def test_which_column_is_the_phone_is_answered_with_a_click(phone):
    text = b"Name,Phone,Mobile\nAnn,0712000701,0722000701\nBen,0712000702,0722000702\n"
    upload = importing.begin_upload(make_group(fields={}), "list.csv", [text])
    phone.goto(f"/contacts/uploads/{upload.pk}")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    question = phone.get_by_role("group", name="Which column is the phone number?")
    question.get_by_label("Mobile").check()
    phone.get_by_role("button", name="Go on").click()
    question.wait_for(state="detached")
    upload.refresh_from_db()
    assert upload.is_checking
    assert [one["role"] for one in upload.mapping.values()] == ["name", "new", "phone"]


def test_what_the_list_comes_to_is_in_sight(phone):
    group = make_group("Sacco", fields={"balance": "money", "due_date": "date"})
    head = "phone,name,balance,due_date\n"
    for _ in range(2):
        upload = importing.begin_upload(
            group, "list.csv", [f"{head}{JANE},Jane,9999999999999.00,31/12/2026\n0712345679,Ben,-1.50,\n".encode()]
        )
        importing.order_check(upload)
        importing.check_upload(upload)
        importing.order_import(upload)
        importing.import_rows(upload)
    third = importing.begin_upload(group, "list.csv", [f"{head}{JANE},Jane,3.00,31/12/2026\n".encode()])
    importing.order_check(third)
    importing.check_upload(third)
    for address, seen in (
        (upload.pk, "9,999,999,999,997.50"),
        (third.pk, "9,999,999,999,997.50"),
        (third.pk, "31 Dec 2026"),
        (third.pk, "3.00"),
    ):
        phone.goto(f"/contacts/uploads/{address}")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360
        wide = "[...document.querySelectorAll('.table-wide')].map(one => one.scrollWidth - one.clientWidth)"
        assert phone.evaluate(wide) == [0]
        box = phone.locator("td", has_text=seen).last.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, seen
    last = phone.locator("td[data-label='Sum of the last upload']").first
    assert last.inner_text() == "9,999,999,999,997.50"
    assert last.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Sum of the last upload: "'
