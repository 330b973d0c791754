"""The delivery reports that the simulator posts: what they say, when, how often, and that none is lost by accident."""

import json
import threading
import time

import pytest

from campaigns.gateway.simulator.http_reply import BadReply, Reply, read_reply
from campaigns.gateway.simulator.process import SimulatorProcess, SimulatorSaidNo

from .simulator_receiver import call, phones, receiving, send

PHONE = "254722000000"
AT_ONCE = {"report_delay": 0, "mix": {"delivered": 1}}


@pytest.fixture(scope="module")
def running():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.post_reports_to(None)
    running.behave(**AT_ONCE)
    running.clear()
    return running


@pytest.fixture
def receiver(simulator):
    with receiving() as receiver:
        simulator.post_reports_to(receiver.url)
        yield receiver
        simulator.post_reports_to(None)


def test_a_report_says_what_the_vendor_documents(simulator, receiver):
    simulator.chaos(report_delay=0.3)
    item = send(simulator, PHONE)["schedule_details"][0]
    (report,) = receiver.wait_for(1)
    then = simulator.ledger()[0]["accepted_at"] + 0.3 + 3 * 3600
    assert report == {
        "messageId": str(item["message_id"]),
        "dlrTime": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(then))),
        "dlrStatus": "1",
        "dlrDesc": "DeliveredToTerminal",
        "tat": 0,
        "network": "",
        "destaddr": PHONE,
        "sourceaddr": "ACME",
        "origin": "Safaricom",
    }


def test_the_operator_is_told_by_the_number(simulator, receiver):
    send(simulator, "254733000000", "254722000000", "254100000000", "254110000000")
    told = {report["destaddr"]: report["origin"] for report in receiver.wait_for(4)}
    assert told == {
        "254733000000": "Airtel",
        "254722000000": "Safaricom",
        "254100000000": "Airtel",
        "254110000000": "Safaricom",
    }


@pytest.mark.parametrize(
    "mix, status, description",
    [
        ("delivered", "1", "DeliveredToTerminal"),
        ("absent", "16", "AbsentSubscriber"),
        ("undelivered", "3", "DeliveryImpossible"),
        ("UserInBlacklist", "10", "UserInBlacklist"),
        ("SenderName Blacklisted", "25", "SenderName Blacklisted"),
    ],
)
def test_how_a_text_ends_can_be_chosen(simulator, receiver, mix, status, description):
    simulator.chaos(mix={mix: 1})
    send(simulator, PHONE)
    (report,) = receiver.wait_for(1)
    assert (report["dlrStatus"], report["dlrDesc"]) == (status, description)
    assert simulator.ledger()[0]["description"] == description


def test_with_a_seed_a_number_always_ends_the_same(simulator, receiver):
    simulator.chaos(mix={"delivered": 1, "absent": 1, "undelivered": 1}, seed="again")
    for _ in range(2):
        send(simulator, *phones(60))
    reports = receiver.wait_for(120)
    assert len({(report["destaddr"], report["dlrDesc"]) for report in reports}) == 60
    assert len({report["dlrDesc"] for report in reports}) == 3


def test_an_early_report_comes_before_the_answer(simulator, receiver):
    simulator.chaos(report_delay=60, reports={"early": 1})
    answer = send(simulator, *phones(5))
    ids = {str(item["message_id"]) for item in answer["schedule_details"]}
    assert {report["messageId"] for report in receiver.reports} == ids


def test_an_early_report_does_not_hold_the_answer_when_nobody_listens(simulator):
    with receiving() as gone:
        pass
    simulator.post_reports_to(gone.url)
    simulator.chaos(reports={"early": 1})
    assert send(simulator, PHONE, timeout=5)["status_code"] == 1000


def test_a_report_may_come_more_than_once(simulator, receiver):
    simulator.chaos(reports={"repeat": 3})
    send(simulator, PHONE)
    assert len({json.dumps(report) for report in receiver.wait_for(3)}) == 1
    simulator.wait_for_reports()
    assert len(receiver.reports) == 3


def test_a_late_report_names_the_time_when_it_happened(simulator, receiver):
    simulator.chaos(reports={"late": {"seconds": 2.2}})
    started = time.time()
    send(simulator, PHONE)
    (report,) = receiver.wait_for(1)
    assert time.time() - started >= 2.2
    happened = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(simulator.ledger()[0]["accepted_at"] + 3 * 3600))
    assert report["dlrTime"] == happened


def test_a_lost_report_never_comes_but_polling_tells(simulator, receiver):
    simulator.chaos(reports={"lost": 1})
    lost = send(simulator, PHONE)["schedule_details"][0]["message_id"]
    simulator.chaos(reports=None)
    send(simulator, "254722000001")
    simulator.wait_for_reports()
    assert [report["destaddr"] for report in receiver.reports] == ["254722000001"]
    assert json.loads(call(simulator, f"/v1/messages/{lost}").text)["status"] == "delivered"


@pytest.mark.parametrize(
    "reports, described",
    [
        ({"interim": 1}, ["DeliveredToNetwork", "DeliveredToTerminal"]),
        ({"out_of_order": 1}, ["DeliveredToTerminal", "DeliveredToNetwork"]),
        ({"unknown": 1}, ["HandsetAsleep"]),
    ],
)
def test_interim_out_of_order_and_unknown_reports(simulator, receiver, reports, described):
    simulator.chaos(report_delay=0.2, reports=reports)
    send(simulator, PHONE)
    simulator.wait_for_reports()
    assert [report["dlrDesc"] for report in receiver.reports] == described
    assert len({report["messageId"] for report in receiver.reports}) == 1


@pytest.mark.parametrize(
    "answers, refused",
    [
        ([(503, "FAILED;later")], 1),
        ([(200, "FAILED;later")], 1),
        ([(400, "no"), (500, ""), (200, "")], 3),
        ([None], 0),
    ],
)
def test_a_report_is_posted_until_it_is_taken(simulator, receiver, answers, refused):
    receiver.answers = list(answers)
    send(simulator, PHONE)
    reports = simulator.wait_for_reports()["reports"]
    assert (reports["acknowledged"], reports["refused"], reports["failed"]) == (1, refused, 0)
    assert len({json.dumps(report) for report in receiver.reports}) == 1
    assert len(receiver.reports) == len(answers) + 1


def test_each_report_that_was_taken_is_written_down(tmp_path):
    kept = tmp_path / "acknowledged"
    with receiving() as receiver, SimulatorProcess(dlr_url=receiver.url, chaos=AT_ONCE, acknowledged=kept) as simulator:
        receiver.answers = [(503, "FAILED;later")]
        simulator.chaos(reports={"repeat": 2}, mix={"SenderName Blacklisted": 1})
        send(simulator, PHONE)
        simulator.wait_for_reports()
        number = simulator.ledger()[0]["id"]
        assert kept.read_text().splitlines() == [f"{number} {PHONE} SenderName Blacklisted"] * 2


def test_a_report_that_is_never_taken_is_given_up_after_a_while(simulator, receiver):
    simulator.chaos(reports={"retry_for": 0.5})
    receiver.answers = [(500, "")] * 100
    send(simulator, PHONE)
    reports = simulator.wait_for_reports()["reports"]
    assert (reports["acknowledged"], reports["failed"]) == (0, 1)
    assert len(receiver.reports) > 1


def test_no_report_is_lost_while_the_receiver_is_down(simulator):
    simulator.chaos(reports={"retry_for": 0})
    with receiving() as before:
        port = before.server_port
        simulator.post_reports_to(before.url)
        send(simulator, "254799999999")
        before.wait_for(1)
        simulator.wait_for_reports()
    send(simulator, *phones(500))
    time.sleep(0.5)
    assert simulator.summary()["reports"]["pending"] == 500
    with receiving(port) as after:
        reports = simulator.wait_for_reports()["reports"]
        assert (reports["acknowledged"], reports["failed"]) == (501, 0)
        assert {report["destaddr"] for report in after.reports} == set(phones(500))


def test_reports_that_wait_go_to_a_new_address(simulator, receiver):
    simulator.chaos(report_delay=0.5)
    send(simulator, PHONE)
    with receiving() as other:
        simulator.post_reports_to(other.url)
        other.wait_for(1)
        assert simulator.ask("GET", "dlr-url") == {"dlr_url": other.url}
    assert receiver.reports == []


def test_clearing_drops_the_reports_that_wait(simulator, receiver):
    simulator.chaos(report_delay=0.3)
    send(simulator, PHONE)
    simulator.clear()
    assert simulator.summary()["reports"]["pending"] == 0
    send(simulator, "254722000001")
    assert [report["destaddr"] for report in receiver.wait_for(1)] == ["254722000001"]


def test_without_an_address_nobody_is_told(simulator):
    send(simulator, PHONE)
    reports = simulator.summary()["reports"]
    assert (reports["without_address"], reports["pending"]) == (1, 0)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1:80", "http://", "http://x:port/", "http://x/a b"])
def test_an_address_that_is_none_is_refused(simulator, url):
    with pytest.raises(SimulatorSaidNo, match="must be like http"):
        simulator.post_reports_to(url)


def test_reports_of_many_calls_at_once_all_arrive_once(simulator, receiver):
    simulator.chaos(report_delay=[0, 0.5])
    callers = [
        threading.Thread(target=send, args=(simulator, *phones(100, 700000000 + 1000 * part))) for part in range(20)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    reports = simulator.wait_for_reports()["reports"]
    assert reports["acknowledged"] == reports["posted"] == 2000
    assert len({report["messageId"] for report in receiver.reports}) == 2000


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "received, closed, reply",
    [
        (OK + b"Content-Length: 2\r\n\r\nOK", False, Reply(200, b"OK", True)),
        (OK + b"content-length: 2\r\nConnection: close\r\n\r\nOK", False, Reply(200, b"OK", False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK", False, Reply(200, b"OK", False)),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nOK", False, Reply(200, b"OK", True)),
        (OK + b"\r\nOK", True, Reply(200, b"OK", False)),
        (OK + b"\r\nOK", False, None),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nO\r\n1;x=y\r\nK\r\n0\r\n\r\n", False, Reply(200, b"OK", True)),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n", False, None),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", False, Reply(200, b"", True)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, Reply(204, b"", True)),
        (OK + b"Content-Length: 3\r\n\r\nOK", False, None),
        (b"HTTP/1.1 2", False, None),
    ],
)
def test_the_receivers_reply_is_read(received, closed, reply):
    assert read_reply(received, closed) == reply


@pytest.mark.parametrize(
    "received, closed",
    [
        (b"", True),
        (b"HTTP/1.1 2", True),
        (b"SSH-2.0-x\r\n\r\n", False),
        (b"HTTP/1.1 abc\r\n\r\n", False),
        (OK + b"Content-Length: two\r\n\r\nOK", False),
        (OK + b"Content-Length: 3\r\n\r\nOK", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", False),
        (b"x" * 70_000, False),
    ],
)
def test_what_is_no_reply_is_said_to_be_none(received, closed):
    with pytest.raises(BadReply):
        read_reply(received, closed)
