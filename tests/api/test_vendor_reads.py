"""Scripts that are written to the vendor's page find here what they would find there: status, balance and contacts.

The page's own examples are sent as they stand, with the key alone put in; what the gateway's simulator answers to the
same request is laid beside what the portal does.
"""

import json
import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.models import Gate, Message
from campaigns.planning.single import queue_single
from contacts.models import Contact, ContactGroup
from tests.api.described import check_answer
from tests.gateway.simulator_receiver import call as ask_gateway
from tests.makers import make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

# As the vendor's page has them.
CONTACTS = {
    "group": "loan_clients",
    "contacts": [
        {"phone": "+254712345678", "name": "Jane Wanjiru", "balance": "5000"},
        {"phone": "+254723456789", "name": "John Mwangi", "balance": "12000"},
    ],
}
BALANCE = {"balance_kes": 4200.00, "sms_remaining": 10500, "rate_per_sms": 0.4}
DELIVERED = {"status": "delivered", "delivered_at": "2025-03-25T09:14:03Z"}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture(scope="module")
def running():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def gateway(running, settings):
    running.behave(credit=10500, rate_per_sms=0.4)
    running.clear()
    settings.QSMS_BASE_URL = settings.QSMS_ACCOUNT_URL = running.url
    settings.QSMS_API_KEY = "qsms_live_test"
    return running


@pytest.fixture
def key(db):
    return ApiKey.make("a script of the shop", Role.MANAGER)[1]


def ask(method, path, body=None, key=None, content_type="application/json"):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    sent = b"" if body is None else json.dumps(body).encode()
    answer = Client().generic(method, path, sent, content_type=content_type, headers=headers)
    told = json.loads(answer.content)
    check_answer(method, path, answer.status_code, told)
    return answer.status_code, told


def both(gateway, key, method, path, body=None):
    """What the gateway and the portal answer to the same request."""
    there = ask_gateway(gateway, path, body, method=method)
    return (there.status, json.loads(there.text)), ask(method, path, body, key)


def kinds(value):
    """The shape of an answer: keys, and of what kind each value is."""
    if isinstance(value, dict):
        return {name: kinds(one) for name, one in value.items()}
    if isinstance(value, list):
        return [kinds(one) for one in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def make_text(**fields):
    message = queue_single(
        "254722000000", "this is a test message", make_sender("LENDER", is_default=True), source=Message.Source.API,
        kind="transactional",
    )  # fmt: skip
    Message.objects.filter(pk=message.pk).update(**fields)
    return f"/v1/messages/{message.pk}"


def test_a_text_that_was_delivered_is_told_as_on_the_page(key):
    path = make_text(status="delivered", delivered_at=datetime(2025, 3, 25, 9, 14, 3, 301_000, tzinfo=UTC))
    status, told = ask("GET", path, key=key)
    assert status == 200
    assert DELIVERED.items() <= told.items()


@pytest.mark.parametrize(
    ("status", "told"),
    [("queued", "queued"), ("accepted", "sent"), ("undelivered", "failed"), ("uncertain", "uncertain")],
)
def test_another_has_its_word_and_no_time(key, status, told):
    answer = ask("GET", make_text(status=status), key=key)[1]
    assert (answer["status"], answer["delivered_at"]) == (told, None)


def test_the_time_is_utc_whatever_the_portal_s_zone_is(key):
    path = make_text(status="delivered", delivered_at="2025-03-25T12:14:03.999+03:00", accepted_at=timezone.now())
    told = ask("GET", path, key=key)[1]
    assert told["delivered_at"] == "2025-03-25T09:14:03Z"
    assert STAMP.fullmatch(told["accepted_at"])


@pytest.mark.parametrize("wrong", ["/v1/messages/999999", "/v1/messages/0"])
def test_a_text_that_there_is_not_is_404_on_both_sides(gateway, key, wrong):
    there, here = both(gateway, key, "GET", wrong)
    assert (there[0], here[0]) == (404, 404)


def test_both_sides_tell_of_a_delivered_text_alike(gateway, key):
    gateway.chaos(mix={"delivered": 1}, report_delay=0)
    text = {"api_key": "qsms_live_test", "mobile": "254722000000", "shortcode": "ACME", "message": "hello"}
    there = json.loads(ask_gateway(gateway, "/api/sms/sendsms", text).text)
    there = json.loads(ask_gateway(gateway, f"/v1/messages/{there['message_id']}").text)
    here = ask("GET", make_text(status="delivered", delivered_at=timezone.now()), key=key)[1]
    assert there["status"] == here["status"] == DELIVERED["status"]
    assert {name: here[name] for name in there}.keys() == DELIVERED.keys()
    assert STAMP.fullmatch(there["delivered_at"]) and STAMP.fullmatch(here["delivered_at"])


def test_the_balance_is_the_page_s_three_numbers(gateway, key):
    there, here = both(gateway, key, "GET", "/v1/balance")
    assert there == (200, BALANCE)
    assert here[0] == 200
    assert {name: here[1][name] for name in BALANCE} == BALANCE
    assert kinds(there[1]) == {name: kind for name, kind in kinds(here[1]).items() if name != "as_of"}
    assert here[1]["balance_kes"] - 200 * here[1]["rate_per_sms"] == 4120, "a script reckons with it"


@pytest.mark.parametrize(("amount", "told"), [("-100", -100), ("0", 0), ("0.1", 0.1), ("1234567.8901", 1234567.8901)])
def test_an_amount_is_told_as_the_number_that_it_is(key, amount, told):
    Gate.objects.update(balance=amount, rate=None, sms_remaining=None, balance_at=timezone.now())
    answer = ask("GET", "/v1/balance", key=key)[1]
    assert (answer["balance_kes"], answer["rate_per_sms"], answer["sms_remaining"]) == (told, None, None)


def test_the_page_s_contacts_are_taken_and_told_alike(gateway, key):
    there, here = both(gateway, key, "POST", "/v1/contacts", CONTACTS)
    counts = {"created": 2, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": []}
    assert there == here == (200, {"group": "loan_clients", **counts})
    assert ContactGroup.objects.get().name == "loan_clients"
    kept = ask("GET", "/v1/contacts?group=loan_clients", key=key)[1]["results"]
    ours = [{name: one[name] for name in ("phone", "name", "balance")} for one in kept]
    assert ours == gateway.contacts("loan_clients") == CONTACTS["contacts"]


JANE, JOHN = CONTACTS["contacts"]


@pytest.mark.parametrize(
    "contacts",
    [
        [JANE, JOHN],
        [JANE | {"balance": "10"}],
        [JANE, JANE | {"name": "Jane W."}],
        [{"phone": 254712345678, "name": "Jane Wanjiru"}],
        [{"phone": 712345678}],
        [{"phone": "0712 345 678", "town": "Thika"}],
        [JANE | {"balance": None}],
        [JANE | {"name": "", "balance": ""}],
        [JOHN, {"phone": "0202345678", "name": "Land Line"}],
        [{"name": "No number"}],
        [{"phone": ""}],
        [],
    ],
)
def test_the_same_contacts_come_to_the_same_on_both_sides(gateway, key, contacts):
    """A number is refused in each side's own words."""
    ask_gateway(gateway, "/v1/contacts", CONTACTS)
    ask("POST", "/v1/contacts", CONTACTS, key)
    there, here = both(gateway, key, "POST", "/v1/contacts", CONTACTS | {"contacts": contacts})
    for _, told in (there, here):
        for one in told["rejected"]:
            assert one.pop("error")
    assert there == here
    kept = ask("GET", "/v1/contacts?group=loan_clients", key=key)[1]["results"]
    own = ("group", "opted_out")
    ours = [{name: value for name, value in one.items() if name not in own} for one in kept]
    assert ours == gateway.contacts("loan_clients")


def test_any_custom_field_is_kept_as_a_text(key):
    values = {"balance": "5000", "loan no": "LN/07", "visits": 3, "rate": 0.4, "paid": True, "note": "  due  "}
    body = {"group": "loan_clients", "contacts": [JANE | values]}
    assert ask("POST", "/v1/contacts", body, key)[0] == 200
    (kept,) = ask("GET", "/v1/contacts?group=loan_clients", key=key)[1]["results"]
    told = {name: kept[name] for name in ("balance", "loan_no", "visits", "rate", "paid", "note")}
    assert told == {
        "balance": "5000", "loan_no": "LN/07", "visits": "3", "rate": "0.4", "paid": "yes", "note": "due",
    }  # fmt: skip


@pytest.mark.parametrize("phone", [712345678, 254712345678, 254712345678.0, "0712345678", "+254 712-345-678"])
def test_a_number_may_be_a_number(key, phone):
    assert ask("POST", "/v1/contacts", {"group": "g", "contacts": [{"phone": phone}]}, key)[1]["created"] == 1
    assert Contact.objects.get().phone == "254712345678"


def asked(path):
    if path == "/v1/contacts":
        return "POST", CONTACTS
    return "GET", {}


@pytest.mark.parametrize("path", ["/v1/contacts", "/v1/balance", "/v1/messages/"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_the_key_may_stand_in_the_body_whatever_the_body_is_called(gateway, key, path, content_type):
    method, body = asked(path)
    path = make_text() if path == "/v1/messages/" else path
    status, told = ask(method, path, body | {"api_key": key}, content_type=content_type)
    assert status == 200, told
    assert "api_key" not in json.dumps(told)
    assert ask(method, path, body | {"api_key": "qsms_live_wrong"})[0] == 401
    assert ask(method, path, body | {"api_key": 5})[0] == 401
    assert ask(method, path, body)[0] == 401


def test_the_group_that_is_named_is_made_once(key):
    make_group("others")
    for _ in range(2):
        ask("POST", "/v1/contacts", CONTACTS, key)
    assert sorted(ContactGroup.objects.values_list("name", flat=True)) == ["loan_clients", "others"]
    assert Contact.objects.count() == 2
