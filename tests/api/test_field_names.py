"""Fields over the API: written by every name that they have or had, answered by the one that they have now."""

import pytest

from accounts.models import AuditEntry
from contacts.models import Contact, ContactGroup
from contacts.people.field_names import name_field
from tests.api.test_api import Script
from tests.makers import make_contact, make_family_group, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NUMBER = "loan_balance_kes", "254712345678"


@pytest.fixture
def script(db):
    return Script()


@pytest.fixture
def loans():
    group = make_group("Loans", fields={OLD: "money"})
    make_contact(group, NUMBER, name="Jane", **{OLD: "1.00"})
    name_field(group.fields.get(), "balance")
    return group


@pytest.mark.parametrize("name", [OLD, "balance", "Balance", "Loan Balance (KES)"])
def test_a_value_is_written_by_every_name_and_told_by_that_of_now(script, loans, name):
    status, told = script.call("POST", "contacts", {"group": "Loans", "contacts": [{"phone": NUMBER, name: "5,000"}]})
    assert (status, told["updated"], told["rejected"]) == (200, 1, [])
    assert Contact.objects.get().values == {OLD: "5000.00"}
    (person,) = script.call("GET", "contacts?group=Loans")[1]["results"]
    assert person["balance"] == "5000.00" and OLD not in person
    assert loans.fields.count() == 1


def test_a_contact_that_gives_one_field_twice_is_refused(script, loans):
    people = [{"phone": NUMBER, OLD: "5", "balance": "6"}]
    status, told = script.call("POST", "contacts", {"group": "Loans", "contacts": people})
    assert (status, told["error"]["code"]) == (422, "invalid")
    assert "names of one field" in told["error"]["message"]
    assert Contact.objects.get().values == {OLD: "1.00"}
    people = [{"phone": NUMBER, OLD: "5"}, {"phone": "254712345679", "balance": "6"}]
    assert script.call("POST", "contacts", {"group": "Loans", "contacts": people})[0] == 200


def test_what_was_not_updated_is_told_by_the_name_of_now(script, loans):
    Contact.objects.update(not_updated=[OLD])
    assert script.call("GET", "contacts?group=Loans")[1]["results"][0]["not_updated"] == ["balance"]


def test_a_field_is_named_over_the_api(script, loans):
    body = {"fields": [{"name": OLD, "new_name": "Owed"}]}
    status, told = script.call("PATCH", "groups/Loans", body)
    assert (status, told["fields"]) == (200, [{"name": "owed", "label": OLD, "type": "money"}])
    assert AuditEntry.objects.get(act="field named", detail__after="owed").detail["before"] == "balance"
    status, told = script.call("PATCH", "groups/Loans", {"fields": [{"name": "balance", "type": "money"}]})
    assert [one["name"] for one in told["fields"]] == ["owed"]
    status, told = script.call("PATCH", "groups/Loans", {"fields": [{"name": "late", "new_name": "balance"}]})
    assert (status, told["error"]["code"]) == (422, "invalid")
    assert "was called <balance> before" in told["error"]["message"]
    assert loans.fields.count() == 1


def test_the_key_of_a_group_is_told_and_given_by_its_name(script):
    family = make_family_group([(NUMBER, [("1", "A", {}), ("2", "B", {})])], name="Family", fields={})
    name_field(family.fields.get(), "adm")
    (told,) = script.call("GET", "groups")[1]["results"]
    assert told["key"] == "adm"
    for name in ("adm", "adm_no"):
        assert script.call("PATCH", "groups/Family", {"key": name})[1]["key"] == "adm"
        people = [{"phone": NUMBER, name: "2", "name": "Changed"}]
        assert script.call("POST", "contacts", {"group": "Family", "contacts": people})[1]["updated"] <= 1
    assert ContactGroup.objects.get().key == "adm_no"
    assert Contact.objects.get(reference="2").name == "Changed"


def test_a_segment_is_told_by_the_name_of_now(script, loans):
    body = {"name": "Owing", "groups": ["Loans"], "filter": [{"field": OLD, "op": ">", "value": "0"}]}
    status, told = script.call("POST", "segments", body)
    assert (status, told["filter"][0]["field"]) == (201, "balance")


def test_a_draft_is_written_by_every_name(script, loans):
    sender = make_sender().name
    for name in (OLD, "balance"):
        body = {
            "name": name,
            "group": "Loans",
            "kind": "transactional",
            "text": f"KES <{name}>",
            "launch": False,
            "sender": sender,
        }
        body["filter"] = [{"field": name, "op": ">", "value": "0"}]
        status, told = script.call("POST", "campaigns", body)
        assert status == 201, told
        status, told = script.call("GET", f"campaigns/{told['id']}/preview")
        assert status == 200, told
        assert "KES 1.00" in str(told), told
