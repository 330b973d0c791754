"""The simulator's own contacts: what `POST /v1/contacts` brings is kept and told, with the usual chaos."""

import json
from http.client import RemoteDisconnected

import pytest

from campaigns.gateway.simulator.process import SimulatorProcess

from .simulator_receiver import KEY, call

JANE = {"phone": "+254712345678", "name": "Jane Wanjiru", "balance": "5000"}
JOHN = {"phone": "+254723456789", "name": "John Mwangi", "balance": "12000"}


@pytest.fixture(scope="module")
def running():
    with SimulatorProcess(api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.behave()
    running.clear()
    return running


def push(simulator, *contacts, group="loan_clients", **more):
    response = call(simulator, "/v1/contacts", {"group": group, "contacts": list(contacts)}, **more)
    return response.status, json.loads(response.text)


def counted(created=0, updated=0, unchanged=0, duplicates=0, rejected=()):
    return {
        "group": "loan_clients", "created": created, "updated": updated, "unchanged": unchanged,
        "duplicates": duplicates, "rejected": list(rejected),
    }  # fmt: skip


def test_the_vendor_s_own_example_is_kept_and_counted(simulator):
    assert push(simulator, JANE, JOHN) == (200, counted(created=2))
    assert simulator.contacts("loan_clients") == [JANE, JOHN]
    assert simulator.contacts("others") == []
    assert simulator.ask("GET", "contacts") == {"loan_clients": 2}
    assert simulator.summary()["contacts"] == {"calls": 1, "received": 2}


def test_a_number_stands_once_however_it_is_written(simulator):
    push(simulator, JANE)
    again = {"phone": 712345678, "name": "", "balance": "10", "town": "Thika"}
    assert push(simulator, JOHN, {"phone": "0712 345 678"}, again) == (200, counted(1, 1, duplicates=1))
    assert simulator.contacts("loan_clients")[0] == {**JANE, "balance": "10", "town": "Thika"}
    assert push(simulator, {**JANE, "balance": "10", "town": None}) == (200, counted(updated=1))
    assert simulator.contacts("loan_clients")[0] == {**JANE, "balance": "10"}
    assert push(simulator, JOHN) == (200, counted(unchanged=1))


def test_one_bad_contact_does_not_stop_the_others(simulator):
    words = "Invalid mobile number"
    bad = [{"index": place, "phone": shown, "error": words} for place, shown in enumerate(("0202345678", "", ""))]
    assert push(simulator, {"phone": "0202345678"}, {"name": "No one"}, "Jane", JANE) == (
        200,
        counted(1, rejected=bad),
    )


def test_named_numbers_are_refused_with_their_code_s_words(simulator):
    simulator.chaos(refuse_item={"code": 1012, "phones": ["254712345678"]})
    told = push(simulator, JANE, JOHN)[1]
    assert told["rejected"] == [{"index": 0, "phone": "+254712345678", "error": "Mobile number in DND"}]
    assert simulator.contacts("loan_clients") == [JOHN]


@pytest.mark.parametrize("body", [{"contacts": [JANE]}, {"group": "loans"}, {"group": " ", "contacts": [JANE]}, []])
def test_a_call_that_names_no_group_or_nobody_is_refused(simulator, body):
    told = json.loads(call(simulator, "/v1/contacts", body).text)
    assert told == {"status_code": 1015, "status_desc": "Missing parameter"}


def test_a_wrong_key_keeps_nobody(simulator):
    assert push(simulator, JANE, key="qsms_live_other")[1]["status_code"] == 1006
    assert simulator.ask("GET", "contacts") == {}


@pytest.mark.parametrize(
    ("shape", "answer"),
    [
        ("stored", {"group": "loan_clients", "stored": 1}),
        ("success", {"status_code": 1000, "status_desc": "Success"}),
    ],
)
def test_it_answers_in_other_shapes_too(simulator, shape, answer):
    simulator.chaos(contacts_shape=shape)
    assert push(simulator, JANE) == (200, answer)


def test_an_answer_that_is_lost_after_accepting_leaves_them_kept(simulator):
    simulator.chaos(drop={"calls": "account", "when": "after_accepting", "next_n": 1})
    with pytest.raises(RemoteDisconnected):
        push(simulator, JANE)
    assert simulator.contacts("loan_clients") == [JANE]
    simulator.chaos(http_status={"status": 429, "retry_after": 2, "calls": "account", "next_n": 1})
    assert push(simulator, JOHN)[0] == 429
    assert simulator.contacts("loan_clients") == [JANE]


def test_clearing_forgets_them(simulator):
    push(simulator, JANE)
    simulator.clear()
    assert simulator.ask("GET", "contacts") == {}
    assert simulator.summary()["contacts"] == {"calls": 0, "received": 0}
