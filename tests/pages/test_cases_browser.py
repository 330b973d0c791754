"""What people really send, in a real browser: from the file that is chosen to the people whom the group has then."""

from pathlib import Path

import pytest

from accounts.roles import Role
from contacts.models import Contact, Upload
from contacts.tasks import work_on
from tests.makers import make_group
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

CASES = Path(__file__).parent.parent / "data" / "cases"


@pytest.fixture
def page(chromium, live_server, sign_in):
    context = signed_in(chromium, live_server, sign_in(Role.COMPOSER), viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def send(page, case, group, named=""):
    """Choose the file and let a worker do its part; the page goes on by itself."""
    page.goto(f"/contacts/upload?group={group.pk}")
    page.locator("input[type=file]").set_input_files(
        {"name": named or case, "mimeType": "application/octet-stream", "buffer": (CASES / case).read_bytes()}
    )
    page.get_by_role("button", name="Go on: the columns").click()
    page.wait_for_url("**/contacts/uploads/*")
    upload = Upload.objects.latest("pk")
    if upload.is_reading:
        work_on(upload.pk)
    page.get_by_role("button", name="Go on: what would happen").wait_for()
    return upload


def check(page, upload):
    page.get_by_role("button", name="Go on: what would happen").click()
    page.get_by_text("The rows are being checked").wait_for()
    work_on(upload.pk)
    page.get_by_role("button", name="Import").wait_for()


def take_in(page, upload):
    page.get_by_role("button", name="Import").click()
    page.locator("progress").wait_for()
    work_on(upload.pk)
    page.get_by_text("Done:").wait_for()


def people(group):
    return dict(Contact.objects.filter(group=group).values_list("phone", "name"))


def says(page, *words):
    text = page.locator("main").inner_text()
    for one in words:
        assert one in text, one


def test_the_kin_is_not_the_phone(page):
    group = make_group("Loans", fields={})
    upload = send(page, "phone_column_one_bad_cell.csv", group)
    says(page, "“Next of kin phone” is by its heading somebody else's")
    check(page, upload)
    says(page, "none")
    take_in(page, upload)
    says(page, "5 new", "1 rejected")
    assert len(people(group)) == 5
    assert not any(person.phone in person.values.values() for person in Contact.objects.all())


def test_what_a_formula_has_not_come_to_is_said(page):
    group = make_group("Loans", fields={})
    upload = send(page, "formula_without_value.xlsx", group)
    says(page, "Balance", "formulas")
    check(page, upload)
    take_in(page, upload)
    assert people(group)
    assert not any("balance" in person.values for person in Contact.objects.all())


def test_cards_are_people(page):
    group = make_group("Friends", fields={})
    upload = send(page, "contacts_vcf.txt", group, named="contacts.vcf")
    check(page, upload)
    take_in(page, upload)
    assert len(people(group)) == 2
    assert all(people(group).values())


def test_both_parents_are_people_where_somebody_says_so(page):
    group = make_group("Form 1", fields={})
    upload = send(page, "school_two_parents.csv", group)
    check(page, upload)
    page.get_by_label("Several numbers in one cell").select_option("each")
    page.get_by_role("button", name="Check again").click()
    page.get_by_text("The rows are being checked").wait_for()
    work_on(upload.pk)
    page.get_by_role("button", name="Import 5 people").wait_for()
    take_in(page, upload)
    assert set(people(group)) == {f"25471200013{number}" for number in range(1, 6)}


def test_what_is_cleared_is_nothing_owed(page):
    group = make_group("Fees", fields={})
    for month in ("may", "june"):
        upload = send(page, f"fees_{month}.csv", group)
        check(page, upload)
        take_in(page, upload)
    owed = Contact.objects.filter(group=group, phone__in=["254712000601", "254712000602", "254712000603"])
    assert [person.values["fee_balance"] for person in owed] == ["0.00"] * 3


def test_sheets_that_are_not_read_are_named_and_can_be(page):
    group = make_group("Branches", fields={})
    upload = send(page, "three_sheets.xlsx", group)
    says(page, "2 other sheets were not read")
    page.get_by_label("Read all sheets with the same headings").check()
    page.get_by_role("button", name="Read the file again this way").click()
    page.get_by_text("The file is being read").wait_for()
    work_on(upload.pk)
    page.get_by_role("button", name="Go on: what would happen").wait_for()
    assert "were not read" not in page.locator("main").inner_text()
    check(page, upload)
    take_in(page, upload)
    assert set(people(group)) == {f"2547120090{form}{student}" for form in range(3) for student in range(3)}
