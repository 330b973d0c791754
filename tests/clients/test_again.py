"""What clients ask again: only what cannot have been done, or cannot be done twice."""

import socket
import threading
import time

import pytest

from tests.clients.interpreters import Failed
from tests.clients.scripted import DROP, HANG

ONE = {"mobile": "254711000001", "message": "Hello"}
MANY = {"texts": [ONE]}
TAKEN = {"status_code": "1000", "status_desc": "Success", "message_id": 10, "mobile_number": "254711000001"}
UNREADABLE = (DROP, (502, "<html>"), (503, "<html>"), (500, None), (200, "<html>"))
AT_ONCE = {"Retry-After": "0"}
BUSY = {"status_code": "1008", "status_desc": "System error"}
DOWN = {"status_code": "1005", "status_desc": "Internal system error"}
ADDED = {"group": "g", "created": 1, "updated": 0, "unchanged": 0, "duplicates": 0, "rejected": []}
CONTACTS = {"group": "g", "contacts": [{"phone": "0711000001"}]}


def kind_of(driver, op, url, **asked):
    with pytest.raises(Failed) as failed:
        driver.ask(op, url, **asked)
    return failed.value.kind


@pytest.mark.parametrize("answer", [(429, BUSY, AT_ONCE), (503, "<p>away</p>", AT_ONCE), (503, DOWN)])
def test_a_text_of_which_nothing_came_is_posted_again(driver, scripted, answer):
    scripted.script(answer, (200, TAKEN))
    assert driver.ask("send_one", scripted.url, **ONE)["state"] == "accepted"
    assert [path for _, path, _, _ in scripted.asked] == ["/api/sms/sendsms"] * 2
    assert scripted.asked[0][3] == scripted.asked[1][3]


@pytest.mark.parametrize(
    ("op", "asked", "answer"),
    [
        ("send_one", ONE, HANG),
        *(("send_one", ONE, answer) for answer in UNREADABLE),
        *(("send_many", MANY, answer) for answer in UNREADABLE),
    ],
)
def test_a_text_that_may_have_left_is_never_posted_again(driver, scripted, op, asked, answer):
    scripted.script(answer)
    client = {"timeout": 1 if answer == HANG else 30}
    assert kind_of(driver, op, scripted.url, client=client, **asked) == "unanswered"
    assert len(scripted.asked) == 1


def test_what_nobody_knows_is_a_state_of_the_text(driver, scripted):
    scripted.script((504, {"status_code": "0", "status_desc": "Unknown", "message_id": 77, "mobile_number": ""}))
    sent = driver.ask("send_one", scripted.url, **ONE)
    assert (sent["state"], sent["message_id"], sent["mobile"]) == ("uncertain", "77", "254711000001")
    item = {"status_code": "0", "schedule_status": "0", "message_id": 78, "mobile": "254711000001"}
    scripted.script((504, {"status_code": "0", "status_desc": "Unknown", "schedule_details": [item]}))
    (sent,) = driver.ask("send_many", scripted.url, **MANY)
    assert (sent["state"], sent["message_id"]) == ("uncertain", "78")


def test_a_code_that_is_not_known_is_no_refusal(driver, scripted):
    scripted.script((200, {"status_code": "2020", "status_desc": "?"}))
    assert kind_of(driver, "send_many", scripted.url, **MANY) == "unanswered"


@pytest.mark.parametrize("answer", [DROP, HANG, (429, None, AT_ONCE), (503, None, AT_ONCE)])
def test_a_post_of_the_account_is_repeated_with_its_key(driver, scripted, answer):
    scripted.script(answer, (200, ADDED))
    client = {"timeout": 1 if answer == HANG else 30}
    assert driver.ask("add_contacts", scripted.url, client=client, **CONTACTS)["created"] == 1
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in scripted.asked]
    assert len(keys) == 2 and len(set(keys)) == 1
    scripted.script((200, ADDED))
    driver.ask("add_contacts", scripted.url, **CONTACTS)
    assert scripted.asked[0][2]["Idempotency-Key"] not in keys


def test_what_deletes_is_not_repeated(driver, scripted):
    scripted.script(DROP)
    assert kind_of(driver, "call", scripted.url, method="DELETE", path="/v1/stop") == "unanswered"


def test_what_only_reads_is_repeated(driver, scripted):
    scripted.script(DROP, (200, {"balance_kes": "1.00", "sms_remaining": 2, "rate_per_sms": "0.50"}))
    assert driver.ask("balance", scripted.url)["sms_remaining"] == 2


def test_whoever_wants_no_repeats_gets_none(driver, scripted):
    """Not of the language's own library either."""
    scripted.script(DROP)
    assert kind_of(driver, "balance", scripted.url, client={"retries": 0}) == "unanswered"
    assert len(scripted.asked) == 1


def test_a_wait_that_is_too_long_is_the_callers(driver, scripted):
    scripted.script((429, BUSY, {"Retry-After": "3600"}))
    with pytest.raises(Failed) as failed:
        driver.ask("send_one", scripted.url, **ONE)
    assert failed.value.told["kind"] == "refused" and failed.value.told["code"] == "1008"
    scripted.script((429, BUSY, {"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"}))
    assert kind_of(driver, "send_one", scripted.url, **ONE) == "refused"


def test_it_gives_up_in_the_end(driver, scripted):
    scripted.script(*[(429, BUSY, AT_ONCE)] * 3)
    assert kind_of(driver, "send_one", scripted.url, client={"retries": 2}, **ONE) == "refused"


def test_nothing_was_sent_where_nobody_listens(driver):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert kind_of(driver, "send_one", url, client={"retries": 0}, **ONE) == "unreachable"


def test_a_connection_that_could_not_be_made_is_tried_again(driver):
    """Somebody listens only after the first try; a client that tries once finds nobody."""
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n{"status_code":"1000","message_id": 5}'

    def serve(listening):
        time.sleep(0.4)
        listening.listen()
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(reply)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        serving = threading.Thread(target=serve, args=(listening,))
        serving.start()
        sent = driver.ask("send_one", f"http://127.0.0.1:{listening.getsockname()[1]}", **ONE)
        serving.join()
    assert (sent["state"], sent["message_id"]) == ("accepted", "5")


def test_each_call_has_a_connection_of_its_own(driver, scripted):
    """One that was kept may be closed at the other end just as a text goes into it, and then nobody knows."""
    scripted.script(*[(200, {"balance_kes": 1, "sms_remaining": 2, "rate_per_sms": 0.5})] * 3)
    for _ in range(3):
        driver.ask("balance", scripted.url)
    assert len(set(scripted.ports)) == 3


def test_a_redirect_is_not_followed(driver, scripted):
    scripted.script((302, None, {"Location": f"{scripted.url}/elsewhere"}))
    assert kind_of(driver, "send_one", scripted.url, **ONE) == "refused"


def test_an_error_carries_what_the_answer_said(driver, scripted):
    error = {"code": "over_limit", "message": "Over the limit of the day.", "fields": {"to": "too many"}}
    scripted.script((422, {"error": error}))
    with pytest.raises(Failed) as failed:
        driver.ask("call", scripted.url, method="POST", path="/v1/messages", body={"to": "1"})
    assert failed.value.told == {"kind": "refused", "status": 422, **error}


def test_a_key_of_the_caller_goes_along(driver, scripted):
    scripted.script((200, TAKEN))
    driver.ask("send_one", scripted.url, **ONE, options={"idempotency_key": "invoice-7", "client_ref": "7"})
    _, _, headers, body = scripted.asked[0]
    assert headers["Idempotency-Key"] == "invoice-7" and headers["Authorization"] == "Bearer k"
    assert (body["client_ref"], body["api_key"], body["shortcode"]) == ("7", "k", "QSMS")
