"""The simulator misbehaving on the calls made to it, each way once, as a caller sees it and as the ledger has it."""

import json
import time
from http.client import RemoteDisconnected
from types import SimpleNamespace

import pytest

from campaigns.gateway.simulator.chaos import SHAPES, Chaos, read_chaos
from campaigns.gateway.simulator.checks import ChaosError
from campaigns.gateway.simulator.fates import chances, fate_of
from campaigns.gateway.simulator.mischief import Mischief
from campaigns.gateway.simulator.process import SimulatorProcess

from .simulator_receiver import KEY, batch, call, phones, send

PHONE = "254722000000"


@pytest.fixture(scope="module")
def running():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.behave()
    running.clear()
    return running


def post(simulator, *texts, timeout=10):
    return call(simulator, "/api/sms/sendmultiple", batch(*(texts or [PHONE])), timeout=timeout)


@pytest.mark.parametrize(
    "fault, status, retry_after, begins, taken",
    [
        ({"status": 429, "retry_after": 2}, 429, "2", '{"status_code"', 0),
        ({"status": 500}, 500, None, "", 0),
        ({"status": 500, "when": "after_accepting"}, 500, None, "", 1),
        ({"status": 502}, 502, None, "<html>", 0),
        ({"status": 503}, 503, None, "Service unavailable", 0),
        ({"status": 503, "retry_after": 1.5, "body": "json"}, 503, "1.5", '{"status_code"', 0),
        ({"status": 401}, 401, None, '{"status_code"', 0),
        ({"status": 302}, 302, None, "", 0),
        ({"status": 400, "body": "html"}, 400, None, "<html>", 0),
    ],
)
def test_an_http_status(simulator, fault, status, retry_after, begins, taken):
    simulator.chaos(http_status=fault)
    response = post(simulator)
    assert (response.status, response.headers["Retry-After"]) == (status, retry_after)
    assert response.text.startswith(begins) and (begins or not response.text)
    assert len(simulator.ledger()) == taken


@pytest.mark.parametrize(
    "chaos, error, taken",
    [
        ({"drop": {"when": "before_accepting"}}, RemoteDisconnected, 0),
        ({"drop": {"when": "after_accepting"}}, RemoteDisconnected, 1),
        ({"drop": {"when": "after_accepting", "reset": True}}, ConnectionResetError, 1),
        ({"hang": {"seconds": 30, "when": "before_accepting"}}, TimeoutError, 0),
        ({"hang": {"seconds": 30}}, TimeoutError, 1),
        ({"hang": {"seconds": 0.1}}, RemoteDisconnected, 1),
        ({"latency": 30}, TimeoutError, 1),
        ({"trickle": {"part": "head", "seconds": 0.3}}, TimeoutError, 1),
    ],
)
def test_a_call_without_an_answer(simulator, chaos, error, taken):
    simulator.chaos(**chaos)
    with pytest.raises(ConnectionError if error is not TimeoutError else TimeoutError) as raised:
        if "trickle" in chaos:
            # Bytes come all the time, so that only a deadline for the whole helps: the first line takes longer.
            read_until(simulator, time.monotonic() + 0.5)
        else:
            post(simulator, timeout=0.5)
    assert type(raised.value) is error
    assert len(simulator.ledger()) == taken


def read_until(simulator, deadline):
    import socket

    body = json.dumps(batch(PHONE)).encode()
    with socket.create_connection((simulator.host, simulator.port), timeout=5) as caller:
        head = f"POST /api/sms/sendmultiple HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
        caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        received = b""
        while b"\r\n\r\n" not in received:
            piece = caller.recv(64)
            assert len(piece) == 1, "the head came in one piece"
            received += piece
            if time.monotonic() > deadline:
                raise TimeoutError


def test_a_trickled_answer_is_right_but_slow(simulator):
    simulator.chaos(trickle={"seconds": 0.002, "next_n": 1})
    started = time.monotonic()
    answer = json.loads(post(simulator).text)
    assert answer["schedule_details"][0]["mobile"] == PHONE
    assert time.monotonic() - started > 0.002 * len(json.dumps(answer, separators=(",", ":")))


@pytest.mark.parametrize("kind", ["html", "empty", "plain", "cut_short", "oversized"])
def test_a_body_that_is_not_the_answer(simulator, kind):
    simulator.chaos(body={"kind": kind})
    response = post(simulator)
    assert response.status == 200
    if kind == "oversized":
        assert len(response.text) > 2**20 and json.loads(response.text)["status_code"] == 1000
    else:
        with pytest.raises(ValueError):
            json.loads(response.text)
        begins = {"html": "<html>", "empty": "", "plain": "Success", "cut_short": '{"status_code":1000'}[kind]
        assert response.text.startswith(begins) and bool(begins) == bool(response.text)
    assert len(simulator.ledger()) == 1


def details(answer):
    return answer["schedule_details"]


SEEN = {
    "schedule_details": lambda answer: [item["client_ref"] for item in details(answer)] == ["ref0", "ref1", "ref2"],
    "list": lambda answer: (
        [(item["status_code"], item["mobile_number"]) for item in answer][1:]
        == [("1000", "254722000001"), ("1003", "12")]
    ),
    "messages": lambda answer: [item["status_code"] for item in answer["messages"]] == [1000, 1000, 1003],
    "responses": lambda answer: [item["status_code"] for item in answer["responses"]] == [1000, 1000, 1003],
    "data": lambda answer: [item["status_code"] for item in answer["data"]] == [1000, 1000, 1003],
    "strings": lambda answer: (
        answer["status_code"] == "1000"
        and all(isinstance(value, str) for item in details(answer) for value in item.values())
    ),
    "empty_strings": lambda answer: {item["message_cost"] for item in details(answer)} == {""},
    "no_client_ref": lambda answer: all("mobile" in item and "client_ref" not in item for item in details(answer)),
    "position_only": lambda answer: (
        len(details(answer)) == 3 and not any({"mobile", "client_ref"} & item.keys() for item in details(answer))
    ),
    "reversed": lambda answer: [item["client_ref"] for item in details(answer)] == ["ref2", "ref1", "ref0"],
    "missing_items": lambda answer: [item["client_ref"] for item in details(answer)] == ["ref1", "ref2"],
    "missing_keys": lambda answer: "status_code" not in answer and "message_cost" not in details(answer)[0],
    "no_items": lambda answer: answer == {"status_code": 1000, "status_desc": "Success"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_of_an_answer(simulator, shape):
    simulator.chaos(reply_shape=shape)
    assert SEEN[shape](send(simulator, *phones(2), "12"))
    assert len(simulator.ledger()) == 2


@pytest.mark.parametrize(
    "shape, seen",
    [
        ("schedule_details", lambda answer: answer["message_cost"] == 1),
        ("list", lambda answer: answer[0]["mobile_number"] == PHONE),
        ("strings", lambda answer: answer["message_cost"] == "1" and answer["message_id"].isdigit()),
        ("empty_strings", lambda answer: answer["message_cost"] == ""),
        ("missing_keys", lambda answer: answer.keys() == {"status_code", "message_id"}),
    ],
)
def test_a_single_text_is_answered_in_shapes_too(simulator, shape, seen):
    simulator.chaos(reply_shape=shape)
    body = {"api_key": KEY, "shortcode": "ACME", "mobile": PHONE, "message": "Hi"}
    assert seen(json.loads(call(simulator, "/api/sms/sendsms", body).text))


def test_ids_may_be_text_and_can_be_asked_for(simulator):
    simulator.chaos(message_ids="text", report_delay=0, mix={"delivered": 1})
    told_id = details(send(simulator, PHONE))[0]["message_id"]
    assert told_id == f"sms.{simulator.ledger()[0]['id']}"
    assert json.loads(call(simulator, f"/v1/messages/{told_id}").text)["status"] == "delivered"


def test_the_next_calls_are_refused_and_no_more(simulator):
    simulator.chaos(refuse_call={"code": 1008, "next_n": 2})
    assert [send(simulator, PHONE)["status_code"] for _ in range(4)] == [1008, 1008, 1000, 1000]
    assert simulator.chaos()["refuse_call"]["next_n"] == 0
    assert simulator.chaos(refuse_call={"code": 1008, "next_n": 1})["refuse_call"]["next_n"] == 1
    assert send(simulator, PHONE)["status_code"] == 1008


def test_another_change_does_not_arm_a_spent_fault_again(simulator):
    simulator.chaos(refuse_call={"code": 1008, "next_n": 1})
    send(simulator, PHONE)
    simulator.chaos(max_batch=50)
    assert send(simulator, PHONE)["status_code"] == 1000


def test_a_fault_strikes_its_share_of_the_calls():
    mischief = Mischief(read_chaos({"drop": {"share": 0.25}, "seed": 1}))
    struck = sum(mischief.strike("drop", "sending", "before_accepting") is not None for _ in range(4000))
    assert 900 < struck < 1100


def test_named_numbers_are_refused(simulator):
    simulator.chaos(refuse_item={"code": 1012, "phones": ["254722000001"]})
    codes = [item["schedule_status"] for item in details(send(simulator, *phones(3)))]
    assert codes == ["1", "1012", "1"]


def test_a_share_of_the_texts_is_refused_the_same_with_the_same_seed(simulator):
    simulator.chaos(refuse_item={"code": 1002, "share": 0.3}, seed=7)
    first = [item["schedule_status"] for item in details(send(simulator, *phones(500)))]
    again = [item["schedule_status"] for item in details(send(simulator, *phones(500)))]
    assert first == again and 100 < first.count("1002") < 200


def test_a_batch_that_is_too_large_is_refused(simulator):
    simulator.chaos(max_batch=2)
    assert send(simulator, *phones(3))["status_code"] == 1010
    assert send(simulator, *phones(2))["status_code"] == 1000


def test_the_accounts_calls_fail_apart_from_sending(simulator):
    simulator.chaos(http_status={"status": 503, "calls": "account"})
    assert call(simulator, "/v1/balance").status == 503
    assert post(simulator).status == 200
    simulator.chaos(http_status=None, refuse_call={"code": 1014, "calls": "all"})
    assert json.loads(call(simulator, "/v1/balance").text)["status_code"] == 1014
    assert send(simulator, PHONE)["status_code"] == 1014


def test_several_faults_of_one_kind_strike_side_by_side_and_are_counted(simulator):
    told = simulator.chaos(http_status=[{"status": 503, "next_n": 1}, {"status": 429, "retry_after": 1, "next_n": 2}])
    assert [fault["next_n"] for fault in told["http_status"]] == [1, 2]
    assert [post(simulator).status for _ in range(4)] == [503, 429, 429, 200]
    assert simulator.summary()["struck"] == {"http_status 503": 1, "http_status 429": 2}
    assert [fault["next_n"] for fault in simulator.chaos()["http_status"]] == [0, 0]
    simulator.chaos(drop=[{"when": "before_accepting", "next_n": 1}, {"when": "after_accepting", "next_n": 1}])
    for taken in (1, 2):
        with pytest.raises(RemoteDisconnected):
            post(simulator)
        assert len(simulator.ledger()) == taken


def test_items_can_be_missing_from_one_answer_only(simulator):
    simulator.chaos(missing_items={"next_n": 1})
    answers = [json.loads(post(simulator, *phones(6)).text)["schedule_details"] for _ in range(2)]
    assert [len(one) for one in answers] == [4, 6]
    assert len(simulator.ledger()) == 12


@pytest.mark.parametrize(
    "given, words",
    [
        ([], "must be a JSON object"),
        ({"latency": "fast"}, "latency: must be"),
        ({"latency": [3, 1]}, r"latency: must be seconds, or \[least, most\]"),
        ({"latency": float("nan")}, "latency: must be a number"),
        ({"reply_shape": "round"}, "reply_shape: must be one of schedule_details"),
        ({"mix": {"delivered": 0}}, "mix: must have a weight above 0"),
        ({"mix": {"eaten": 1}}, "mix: must be one of delivered"),
        ({"http_status": {}}, "http_status: a key is missing"),
        ({"http_status": {"status": 99}}, "http_status: status: must be a number, 200 to 599"),
        ({"http_status": {"status": 500, "nextn": 1}}, "http_status: unknown key nextn; known are share, next_n"),
        ({"drop": {"share": 2}}, "drop: share: must be a number, 0 to 1"),
        ({"drop": {"next_n": True}}, "drop: next_n: must be a number"),
        ({"refuse_item": {"code": 1003, "phones": PHONE}}, "refuse_item: phones: must be a list"),
        ({"reports": {"repeat": 0}}, "reports: repeat: must be a number, 1 to 100"),
        ({"reports": {"late": {"share": 1}}}, "reports: late: a key is missing"),
    ],
)
def test_chaos_that_cannot_be_is_said_in_words(given, words):
    with pytest.raises(ChaosError, match=words):
        read_chaos(given)


def test_chaos_comes_back_out_as_it_went_in():
    given = {"drop": {"when": "after_accepting"}, "reports": {"late": {"seconds": 3}}, "mix": {"absent": 2}, "seed": 3}
    chaos = read_chaos(given)
    assert read_chaos(json.loads(json.dumps(chaos.as_json()))) == chaos
    assert chaos.merged({"drop": None}) == read_chaos(given | {"drop": None}) != chaos


def test_by_default_texts_end_as_they_do_in_life():
    fates = [fate_of(Chaos(), chances(f"text {number}")) for number in range(20_000)]
    ended = SimpleNamespace(**{name: sum(fate.description == name for fate in fates) for name in
                               ("DeliveredToTerminal", "AbsentSubscriber", "DeliveryImpossible")})  # fmt: skip
    assert 18_200 < ended.DeliveredToTerminal < 18_600
    assert 850 < ended.AbsentSubscriber < 1_150
    assert 480 < ended.DeliveryImpossible < 720
    assert ended.DeliveredToTerminal + ended.AbsentSubscriber + ended.DeliveryImpossible == 20_000
    assert 1 <= min(fate.after for fate in fates) < 1.1 and 7.9 < max(fate.after for fate in fates) <= 8
