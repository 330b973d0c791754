"""Several rows of one number over the API: added by number and key, told with their reference, taken out by it."""

import pytest

from accounts.models import AuditEntry
from contacts.models import Contact
from contacts.people.keys import take_key
from tests.api.test_api import Script
from tests.makers import make_contact, make_family_group, make_group

pytestmark = pytest.mark.django_db(transaction=True)

JANE, JOHN = "254712345678", "254712345679"


@pytest.fixture
def script(db):
    return Script()


@pytest.fixture
def pupils():
    rows = [("a 1", "Amina", {"balance": "5.00"}), ("2", "Juma", {"balance": "7.00"})]
    return make_family_group([(JANE, rows)], name="Pupils", fields={"balance": "money"})


def rows_in(group):
    return {
        (one.phone, one.reference): (one.name, one.values.get("balance"), one.values["adm_no"])
        for one in group.contacts.all()
    }


def test_a_row_is_added_and_changed_by_its_number_and_key(script, pupils):
    contacts = [
        {"phone": JANE, "adm_no": "A1", "balance": "9"},
        {"phone": JOHN, "Adm No": "a1"},
        {"phone": JOHN, "adm_no": "3", "name": "Ali"},
        {"phone": JOHN, "adm_no": "3", "name": "Ali Hassan"},
        {"phone": JOHN, "name": "Nobody"},
        {"phone": JOHN, "adm_no": None},
        {"phone": JOHN, "adm_no": "1" * 61},
    ]
    status, told = script.call("POST", "contacts", {"group": "Pupils", "contacts": contacts})
    assert status == 200
    assert {key: told[key] for key in ("created", "updated", "unchanged", "duplicates")} == {
        "created": 1,
        "updated": 2,
        "unchanged": 0,
        "duplicates": 1,
    }
    assert [(one["index"], one["error"]) for one in told["rejected"]] == [
        (4, "no adm_no"),
        (5, "no adm_no"),
        (6, "longer than 60 letters"),
    ]
    # The child has what it had under its other number, and no number is taken away.
    assert rows_in(pupils) == {
        (JANE, "A1"): ("Amina", "9.00", "A1"),
        (JANE, "2"): ("Juma", "7.00", "2"),
        (JOHN, "A1"): ("Amina", "9.00", "a1"),
        (JOHN, "3"): ("Ali Hassan", None, "3"),
    }


def test_what_is_told_may_be_sent_back(script, pupils):
    told = script.call("GET", f"contacts?group=Pupils&phone={JANE}")[1]["results"]
    assert [(one["reference"], one["adm_no"]) for one in told] == [("A1", "a 1"), ("2", "2")]
    for one in told:
        del one["adm_no"]
    answer = script.call("POST", "contacts", {"group": "Pupils", "contacts": told})[1]
    assert (answer["updated"], answer["unchanged"], answer["rejected"]) == (1, 1, [])
    assert {reference for _, reference in rows_in(pupils)} == {"A1", "2"}
    assert not pupils.fields.filter(key__startswith="reference").exists()


def test_a_group_without_a_key_tells_no_reference(script):
    make_contact(make_group("Plain", fields={"reference": "text"}), JANE, reference="7")
    assert script.call("GET", "contacts?group=Plain")[1]["results"][0]["reference"] == "7"
    make_contact(make_group("Other", fields={}), JANE)
    assert "reference" not in script.call("GET", "contacts?group=Other")[1]["results"][0]
    # A field of that name that is there is meant by it; a new one is called otherwise.
    for name, key in (("Plain", "reference"), ("Other", "reference_2")):
        script.call("POST", "contacts", {"group": name, "contacts": [{"phone": JANE, "reference": "8"}]})
        assert Contact.objects.get(group__name=name).values == {key: "8"}


def test_one_row_is_taken_out_or_all_of_the_number(script, pupils):
    assert script.call("DELETE", f"contacts?phone={JANE}&group=Pupils&reference=%20a1")[0] == 204
    assert set(rows_in(pupils)) == {(JANE, "2")}
    assert script.call("DELETE", f"contacts?phone={JANE}&group=Pupils&reference=a1")[0] == 404
    make_contact(make_group("Plain"), JANE)
    status, told = script.call("DELETE", f"contacts?phone={JANE}&group=Plain&reference=a1")
    assert (status, "reference" in told["error"]["fields"]) == (422, True)
    # Without a group: of those that have a key.
    assert script.call("DELETE", f"contacts?phone={JANE}&reference=2")[0] == 204
    assert [one.group.name for one in Contact.objects.all()] == ["Plain"]


def test_without_a_reference_every_row_of_the_number_goes_each_with_its_entry(script, pupils):
    people = set(pupils.contacts.values_list("pk", flat=True))
    assert script.call("DELETE", f"contacts?phone={JANE}")[0] == 204
    assert not pupils.contacts.exists()
    entries = AuditEntry.objects.filter(act="contact deleted")
    assert {entry.about for entry in entries} == {f"contact {pk}" for pk in people}


def test_a_call_that_was_read_by_another_key_writes_nothing(script, pupils, monkeypatch):
    from contacts.api import contacts as calls

    real = calls._person

    def meanwhile(*what):
        pupils.contacts.filter(reference="2").delete()
        take_key(pupils)
        return real(*what)

    monkeypatch.setattr(calls, "_person", meanwhile)
    body = {"group": "Pupils", "contacts": [{"phone": JOHN, "adm_no": "5"}]}
    status, told = script.call("POST", "contacts", body)
    assert (status, "in another way by now" in told["error"]["message"]) == (409, True)
