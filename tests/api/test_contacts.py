"""Groups and contacts over the API: what goes in comes out, one may go, and a type is not changed under its users."""

import pytest

from accounts.roles import Role
from contacts.models import Contact, ContactField, ContactGroup, OptOut
from tests.api.test_api import JANE, JOHN, Script
from tests.makers import make_campaign, make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "254712345678"


@pytest.fixture
def script(db):
    return Script()


def test_a_person_is_taken_out_of_one_group_and_stays_known_as_opted_out(script):
    group, other = make_group("a"), make_group("b")
    make_contact(group, NUMBER)
    make_contact(other, NUMBER)
    OptOut.objects.create(phone=NUMBER)
    assert script.call("DELETE", "contacts?group=a&phone=0712345678") == (204, None)
    assert list(Contact.objects.values_list("group__name", flat=True)) == ["b"]
    group.refresh_from_db()
    assert group.size == 0
    assert OptOut.objects.exists()
    status, told = script.call("DELETE", "contacts?group=a&phone=0712345678")
    assert (status, told["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "query, status", [("group=none&phone=0712345678", 404), ("group=a&phone=07", 422), ("group=a", 422), ("", 422)]
)
def test_nobody_is_deleted_by_a_call_that_does_not_say_whom(script, query, status):
    make_group("a", contacts=2)
    assert script.call("DELETE", f"contacts?{query}")[0] == status
    assert Contact.objects.count() == 2


def test_a_viewer_s_key_changes_nothing(script):
    make_contact(make_group("a"), NUMBER)
    viewer = Script(Role.VIEWER)
    assert viewer.call("DELETE", "contacts?group=a&phone=0712345678")[0] == 403
    assert viewer.call("POST", "contacts", {"group": "a", "contacts": [JANE]})[0] == 403
    assert viewer.call("POST", "groups", {"name": "b"})[0] == 403
    assert viewer.call("GET", "contacts")[0] == 200


def test_what_was_given_can_be_posted_back(script):
    script.call("POST", "contacts", {"group": "a", "contacts": [JANE, JOHN]})
    _, page = script.call("GET", "contacts?group=a")
    _, told = script.call("POST", "contacts", {"group": "a", "contacts": page["results"]})
    assert (told["created"], told["unchanged"], told["rejected"]) == (0, 2, [])
    assert list(ContactField.objects.values_list("key", flat=True)) == ["balance"]


def test_a_rejected_contact_takes_no_part_and_the_last_good_one_of_a_number_counts(script):
    script.call("POST", "groups", {"name": "a", "fields": [{"name": "balance", "type": "money"}]})
    contacts = [{**JANE, "balance": 1}, {**JANE, "balance": 2.5}, {**JANE, "balance": "lots"}, {"phone": "x"}, {}]
    _, told = script.call("POST", "contacts", {"group": "a", "contacts": contacts})
    assert (told["created"], told["duplicates"]) == (1, 1)
    assert [one["index"] for one in told["rejected"]] == [2, 3, 4]
    assert Contact.objects.get().values == {"balance": "2.50"}


def test_a_type_is_changed_where_nobody_uses_it_and_every_value_fits(script):
    script.call("POST", "contacts", {"group": "a", "contacts": [JANE]})
    change = {"fields": [{"name": "balance", "type": "money"}]}
    status, told = script.call("PATCH", "groups/a", change)
    assert status == 200
    assert told["fields"] == [{"name": "balance", "label": "balance", "type": "money"}]
    assert Contact.objects.get().values == {"balance": "5000.00"}
    status, told = script.call("PATCH", "groups/a", {"fields": [{"name": "balance", "type": "date"}]})
    assert (status, told["error"]["code"]) == (409, "state")
    make_campaign(ContactGroup.objects.get(), name="Monday", text="KES <balance>")
    status, told = script.call("PATCH", "groups/a", {"fields": [{"name": "balance", "type": "text"}]})
    assert status == 409
    assert "Monday" in told["error"]["message"]
    assert ContactField.objects.get().type == "money"


def test_ten_thousand_are_the_most_in_one_call(script):
    contacts = [{"phone": f"07{number:08}"} for number in range(10_001)]
    assert script.call("POST", "contacts", {"group": "a", "contacts": contacts})[0] == 413
    assert script.call("POST", "contacts", {"group": "a", "contacts": contacts[1:]})[1]["created"] == 10_000


@pytest.mark.parametrize("key", ["Name", "NAME", " name ", "Näme"])
def test_a_name_is_the_name_however_its_key_is_written(script, key):
    person = {"Phone": "0712345678", key: "Jane Wanjiru", "Client Name": "ACME"}
    _, told = script.call("POST", "contacts", {"group": "a", "contacts": [person]})
    assert (told["created"], told["rejected"]) == (1, [])
    assert (Contact.objects.get().name, Contact.objects.get().values) == ("Jane Wanjiru", {"client_name": "ACME"})
    status, told = script.call("PATCH", "groups/a", {"fields": [{"name": key}]})
    assert (status, list(told["error"]["fields"])) == (422, [key.strip()])


def test_null_takes_a_value_away_and_what_is_empty_or_not_there_stays(script):
    stays = {"loan": "L1", "branch": "Thika"}
    person = JANE | stays
    script.call("POST", "contacts", {"group": "a", "contacts": [person]})
    change = {"phone": JANE["phone"], "balance": None, "loan": "", "name": " "}
    _, told = script.call("POST", "contacts", {"group": "a", "contacts": [change]})
    assert told["updated"] == 1
    assert (Contact.objects.get().name, Contact.objects.get().values) == (
        JANE["name"],
        {"loan": "L1", "branch": "Thika"},
    )
    script.call("POST", "contacts", {"group": "a", "contacts": [{"phone": JANE["phone"], "name": None}]})
    assert (Contact.objects.get().name, len(Contact.objects.get().values)) == ("", 2)
