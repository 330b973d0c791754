"""Each client, by its real interpreter, against the gateway's simulator: what the gateway has."""

import time

import pytest

from campaigns.gateway.simulator.chaos import SHAPES
from campaigns.gateway.simulator.process import SimulatorProcess
from tests.clients.interpreters import Failed

TEXTS = [
    {"mobile": f"25471100000{number}", "message": f"Text {number}", "client_ref": f"00{number}"}
    for number in range(1, 4)
]


@pytest.fixture(scope="module")
def gateway():
    with SimulatorProcess(api_key="k") as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def quiet(gateway):
    gateway.behave(mix={"delivered": 1}, report_delay=[0.2, 0.2])
    gateway.clear()


def test_one_text_is_sent_and_followed_until_it_is_delivered(driver, gateway):
    sent = driver.ask("send_one", gateway.url, mobile="254711000001", message="Habari – £5")
    assert (sent["state"], sent["code"], sent["mobile"], sent["cost"]) == ("accepted", "1000", "254711000001", 1)
    (text,) = gateway.ledger()
    assert (text["mobile"], text["message"], str(text["id"])) == ("254711000001", "Habari – £5", sent["message_id"])
    until = time.monotonic() + 30
    while (status := driver.ask("message_status", gateway.url, id=sent["message_id"])["status"]) != "delivered":
        assert status == "pending" and time.monotonic() < until
        time.sleep(0.05)


def test_a_text_that_is_refused_says_why(driver, gateway):
    with pytest.raises(Failed) as failed:
        driver.ask("send_one", gateway.url, mobile="12", message="Hello")
    told = failed.value.told
    assert (told["kind"], told["code"], told["status"]) == ("refused", "1003", 200)
    assert told["message"] == "Invalid mobile number"


@pytest.mark.parametrize("op", ["send_one", "send_many", "balance"])
def test_a_wrong_key_is_refused(driver, gateway, op):
    asked = {"send_one": {"mobile": "254711000001", "message": "Hello"}, "send_many": {"texts": TEXTS}}.get(op, {})
    with pytest.raises(Failed) as failed:
        driver.ask(op, gateway.url, client={"api_key": "another"}, **asked)
    assert (failed.value.kind, failed.value.told["code"]) == ("refused", "1006")


@pytest.mark.parametrize("shape", SHAPES)
def test_each_of_many_texts_has_its_own_result(driver, gateway, shape):
    gateway.behave(reply_shape=shape, refuse_item={"code": 1012, "phones": ["254711000002"]})
    if shape == "no_items":
        with pytest.raises(Failed) as failed:
            driver.ask("send_many", gateway.url, texts=TEXTS)
        assert failed.value.kind == "unanswered"
        return
    results = driver.ask("send_many", gateway.url, texts=TEXTS)
    assert [one["client_ref"] for one in results] == ["001", "002", "003"]
    assert [one["mobile"] for one in results] == [text["mobile"] for text in TEXTS]
    ids = {text["mobile"]: str(text["id"]) for text in gateway.ledger()}
    told = [(one["state"], one["message_id"]) for one in results]
    expected = [("accepted", ids["254711000001"]), ("refused", ""), ("accepted", ids["254711000003"])]
    if shape == "missing_items":
        expected[0] = ("uncertain", "")
    assert told == expected


def test_the_same_number_twice_is_told_apart(driver, gateway):
    texts = [{"mobile": "254711000001", "message": "One"}, {"mobile": "254711000001", "message": "Two"}]
    results = driver.ask("send_many", gateway.url, texts=texts)
    assert [one["message_id"] for one in results] == [str(text["id"]) for text in gateway.ledger()]


def test_contacts_and_balance_are_those_of_the_account_host(driver, gateway):
    nowhere = "http://127.0.0.1:9"
    client = {"account_url": gateway.url}
    contacts = [{"phone": "+254712345678", "name": "Jane Wanjiru", "balance": "5000"}]
    assert driver.ask("add_contacts", nowhere, client=client, group="loan_clients", contacts=contacts)
    balance = driver.ask("balance", nowhere, client=client)
    assert balance["sms_remaining"] == gateway.summary()["balance"] and float(balance["rate_per_sms"]) > 0


def test_a_text_that_is_not_there(driver, gateway):
    with pytest.raises(Failed) as failed:
        driver.ask("message_status", gateway.url, id=999999999)
    assert (failed.value.kind, failed.value.told["status"]) == ("refused", 404)
