"""A school of 300 pupils and 210 parents: a text each, a text a parent, the next term's list, and its undo."""

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest

from tests.journey import school

pytestmark = [pytest.mark.browser, pytest.mark.servers]

GROUP = "School of Nakuru"
TERM = school.pupils()
EACH = "Each: <name>, KES <balance>, <adm_no>"
FAMILY = "Family: the fees of <name:list> come to KES <balance:sum>. Pay by <due_date:earliest>."


def upload(page, path, replaces=False):
    """As far as what would happen."""
    page.goto("/contacts/upload")
    if replaces:
        page.get_by_label("Group", exact=True).select_option(label=GROUP)
    else:
        page.get_by_label("Name of the new group").fill(GROUP)
    page.get_by_label("Spreadsheet").set_input_files(path)
    page.get_by_role("button", name="Go on: the columns").click()


def campaign(page, name, text, way, owing=False):
    """As far as its check."""
    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label(GROUP).first.check()
    if owing:
        page.get_by_label("Field").first.select_option("balance")
        page.get_by_label("Comparison").first.select_option(">")
        page.get_by_label("Value").first.fill("0")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_label("Sender ID").select_option(label="PRACTICE")
    page.get_by_label("One text for").select_option(way)
    page.get_by_role("button", name="Go on: when").click()
    page.get_by_role("button", name="Go on").click()


def taken(portal, subject):
    """What the gateway took of a campaign, each (number, text) as often as it came."""
    return Counter((one["mobile"], one["message"]) for one in portal.ledger() if one["message"].startswith(subject))


def money(amount):
    return f"{amount:,.2f}"


def each_text(pupils):
    return Counter(
        (phone, f"Each: {one.name}, KES {money(one.balance)}, {one.adm_no}") for one in pupils for phone in one.phones
    )


def family_texts(pupils):
    """One a number, of the children who owe: in the order of the list, names that are alike once."""
    found = Counter()
    for phone in {phone for one in pupils for phone in one.phones}:
        owing = [one for one in pupils if phone in one.phones and one.balance > 0]
        if not owing:
            continue
        names = list(dict.fromkeys(one.name for one in owing))
        listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        total = money(sum((one.balance for one in owing), Decimal(0)))
        day = min(one.due for one in owing)[:2]
        found[phone, f"Family: the fees of {listed} come to KES {total}. Pay by {day} Jan 2027."] = 1
    return found


def people_in(page):
    """The group as its CSV has it: (number, reference, balance) of each row."""
    page.goto("/contacts/")
    page.get_by_role("link", name=GROUP).first.click()
    rows = page.request.get(page.url.split("?")[0] + "/export").text()
    return {(one["Phone"], one["Adm No"], one["Balance"]) for one in csv.DictReader(io.StringIO(rows.lstrip("\ufeff")))}


def test_a_school_from_its_list_to_each_parent(portal, signed_in, tmp_path):
    page = signed_in()
    upload(page, school.write(tmp_path / "term1.csv", TERM))
    page.get_by_role("button", name="Go on: what would happen").click()
    question = page.get_by_role("group", name="78 numbers stand in more than one row with different values.")
    question.get_by_label("Yes, told apart by").check()
    proposed = question.get_by_label("The column that tells these rows apart").locator("option:checked")
    assert proposed.inner_text() == "Adm No"
    page.get_by_label("Several numbers in one cell").select_option("each")
    page.get_by_role("button", name="Import").click()
    page.get_by_text("Rows of one number are told apart by “Adm No”").wait_for()
    page.get_by_role("button", name="Import 301 rows").click()
    page.get_by_text("Done: 301 new").wait_for()
    first_term = people_in(page)
    assert len(first_term) == 301

    campaign(page, "A text each", EACH, "row")
    page.get_by_text("301 texts to 210 people").wait_for()
    page.get_by_role("button", name="Text them").click()
    page.get_by_role("button", name="Send 301 texts").click()
    page.get_by_text("301 texts to 210 people. Sent 301.").wait_for()
    assert taken(portal, "Each: ") == each_text(TERM)

    campaign(page, "A text a family", FAMILY, "number", owing=True)
    right = family_texts(TERM)
    page.get_by_role("button", name=f"Send {len(right)} texts").click()
    page.get_by_text(f"Sent to {len(right)} of {len(right)}.").wait_for()
    assert taken(portal, "Family: ") == right

    second = school.next_term(TERM)
    upload(page, school.write(tmp_path / "term2.csv", second), replaces=True)
    page.get_by_role("button", name="Go on: what would happen").click()
    page.get_by_label("What is this file?").select_option(label="This is the whole list now")
    page.get_by_label("Several numbers in one cell").select_option("each")
    page.get_by_role("button", name="Import").click()
    page.get_by_text("12 numbers are replaced").wait_for()
    page.get_by_text("5 people who are not in the file leave").wait_for()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("12 numbers replaced").wait_for()
    this_upload = page.url
    after = people_in(page)
    assert {(phone, adm_no) for phone, adm_no, _ in after} == {
        (f"0{phone[3:6]} {phone[6:9]} {phone[9:]}", one.adm_no) for one in second for phone in one.phones
    }

    page.goto(this_upload)
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone").first.wait_for()
    assert people_in(page) == first_term
