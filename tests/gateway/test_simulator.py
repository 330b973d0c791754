"""The simulator as a gateway that behaves: documented answers, codes, credit, ledger, control, and how it ends."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from campaigns.gateway.simulator.phone import phone_path
from campaigns.gateway.simulator.process import ROOT, SimulatorEnded, SimulatorProcess, SimulatorSaidNo

from .simulator_receiver import KEY, batch, call, phones, send

PHONE = "254722000000"
ONE = {"api_key": KEY, "service_id": 0, "mobile": PHONE, "response_type": "json", "shortcode": "ACME", "message": "Hi"}


@pytest.fixture(scope="module")
def running():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.behave()
    running.clear()
    return running


def test_one_text_is_answered_as_the_vendor_documents(simulator):
    answer = json.loads(call(simulator, "/api/sms/sendsms", {**ONE, "date_send": "2025-01-01 16:40:00"}).text)
    (text,) = simulator.ledger()
    assert answer == {
        "status_code": "1000",
        "status_desc": "Success",
        "message_id": text["id"],
        "mobile_number": PHONE,
        "network_id": "1",
        "message_cost": 1,
        "credit_balance": -101,
    }
    assert (text["mobile"], text["message"], text["sender"], text["call"]) == (PHONE, "Hi", "ACME", 1)


def test_a_batch_is_answered_text_by_text_and_recorded_in_order(simulator):
    answer = send(simulator, (PHONE, "One", "a1"), ("254107410000", "Two ✓", "a2"))
    assert answer["status_code"] == 1000
    told = [(item["schedule_status"], item["mobile"], item["client_ref"]) for item in answer["schedule_details"]]
    assert told == [("1", PHONE, "a1"), ("1", "254107410000", "a2")]
    ledger = simulator.ledger()
    assert [text["id"] for text in ledger] == [item["message_id"] for item in answer["schedule_details"]]
    assert [text["message"] for text in ledger] == ["One", "Two ✓"]


@pytest.mark.parametrize(
    "changes, key, code",
    [
        ({}, "", 1006),
        ({"api_key": ""}, KEY, 1006),
        ({"api_key": "another"}, KEY, 1006),
        ({"from": ""}, KEY, 1001),
        ({"from": None}, KEY, 1001),
        ({"messages": []}, KEY, 1015),
        ({"messages": "all of them"}, KEY, 1015),
        ({"date_send": "tomorrow"}, KEY, 1009),
    ],
)
def test_a_wrong_call_is_refused_as_a_whole(simulator, changes, key, code):
    response = call(simulator, "/api/sms/sendmultiple", batch(PHONE) | changes, key=key)
    assert response.status == 200
    assert json.loads(response.text)["status_code"] == code
    assert "schedule_details" not in json.loads(response.text)
    assert simulator.ledger() == []
    assert simulator.summary()["refused_calls"] == 1


@pytest.mark.parametrize("body", ["not json", "[]", "{}"])
def test_what_is_no_request_is_refused(simulator, body):
    assert json.loads(call(simulator, "/api/sms/sendmultiple", body).text)["status_code"] == 1010


@pytest.mark.parametrize(
    "mobile, words, code",
    [
        ("254722000000", "Hi", 1000),
        ("254112000000", "Hi", 1000),
        ("255712345678", "Hi", 1000),
        ("447911123456", "Hi", 1000),
        (254722000000, "Hi", 1000),
        ("25472200000", "Hi", 1003),
        ("254822000000", "Hi", 1003),
        ("+254722000000", "Hi", 1003),
        ("0722000000", "Hi", 1003),
        ("٢٥٤٧٢٢٠٠٠٠٠٠", "Hi", 1003),
        ("", "Hi", 1015),
        (PHONE, "", 1015),
        (PHONE, ["Hi"], 1009),
    ],
)
def test_each_text_is_judged_by_itself(simulator, mobile, words, code):
    bad, good = send(simulator, (mobile, words, "x"), (PHONE, "Good", "y"))["schedule_details"]
    assert bad["schedule_status"] == ("1" if code == 1000 else str(code))
    assert (bad["message_id"] == "0") == (code != 1000)
    assert good["schedule_status"] == "1"
    assert len(simulator.ledger()) == (2 if code == 1000 else 1)


def test_only_the_right_key_is_taken_where_one_is_set():
    with SimulatorProcess(api_key="the-one") as simulator:
        assert send(simulator, PHONE)["status_code"] == 1006
        right = call(simulator, "/api/sms/sendmultiple", batch(PHONE) | {"api_key": "the-one"}, key="the-one")
        assert json.loads(right.text)["status_code"] == 1000
        assert json.loads(call(simulator, "/v1/balance").text)["status_code"] == 1006


def test_credit_runs_out_within_a_call_and_then_refuses_calls(simulator):
    simulator.chaos(credit=5, message_cost=2)
    codes = [item["schedule_status"] for item in send(simulator, *phones(4))["schedule_details"]]
    assert codes == ["1", "1", "1004", "1004"]
    assert send(simulator, PHONE)["status_code"] == 1004
    balance = json.loads(call(simulator, "/v1/balance").text)
    assert balance == {"balance_kes": 0.4, "sms_remaining": 0, "rate_per_sms": 0.4}
    simulator.chaos(credit=10)
    assert send(simulator, PHONE)["credit_balance"] == 8


def test_an_account_billed_later_is_never_refused(simulator):
    simulator.chaos(credit=-100)
    assert send(simulator, PHONE)["credit_balance"] == -101


@pytest.mark.parametrize(
    "mix, delay, status",
    [
        ("delivered", 0, "delivered"),
        ("absent", 0, "failed"),
        ("MessageWaiting", 0, "pending"),
        ("delivered", 60, "pending"),
    ],
)
def test_polling_tells_how_a_text_ended(simulator, mix, delay, status):
    simulator.chaos(mix={mix: 1}, report_delay=delay)
    item = send(simulator, PHONE)["schedule_details"][0]
    told = json.loads(call(simulator, f"/v1/messages/{item['message_id']}").text)
    assert told["status"] == status
    assert ("delivered_at" in told) == (status == "delivered")


def test_a_text_with_a_later_date_waits_for_it(simulator):
    simulator.chaos(report_delay=0)
    item = send(simulator, PHONE, date_send="2099-01-01 00:00:00")["schedule_details"][0]
    assert json.loads(call(simulator, f"/v1/messages/{item['message_id']}").text) == {"status": "pending"}


@pytest.mark.parametrize("told_id", ["1", "sms.1", "none", "9" * 40])
def test_an_unknown_id_is_not_found(simulator, told_id):
    assert call(simulator, f"/v1/messages/{told_id}").status == 404


def test_ids_do_not_repeat_over_restarts():
    with SimulatorProcess() as first:
        send(first, *phones(1000))
        last_id = first.ledger()[-1]["id"]
    with SimulatorProcess() as second:
        send(second, PHONE)
        assert second.ledger()[0]["id"] > last_id


def test_what_came_twice_is_named(simulator):
    send(simulator, (PHONE, "Same", "a"), ("254722000001", "Once", "b"))
    assert simulator.summary()["twice"] == []
    send(simulator, (PHONE, "Same", "c"))
    send(simulator, ("254722000002", "Other", "b"))
    ids = [text["id"] for text in simulator.ledger()]
    assert [(each["by"], each["ids"]) for each in simulator.summary()["twice"]] == [
        ("client_ref", [ids[1], ids[3]]),
        ("text", [ids[0], ids[2]]),
    ]


def test_the_ledger_goes_on_from_an_id_and_comes_as_csv(simulator):
    send(simulator, *phones(4500), ("254733000000", 'Quoted "words", and\nlines', "last"))
    ledger = simulator.ledger()
    assert len(ledger) == 4501
    assert simulator.ledger(since=ledger[4498]["id"]) == ledger[4499:]
    rows = list(
        csv.DictReader(
            io.StringIO(call(simulator, "/_simulator/ledger?format=csv", key=simulator.secret).text, newline="")
        )
    )
    assert [row["message"] for row in rows] == [text["message"] for text in ledger]


def test_clearing_empties_the_ledger_and_the_counts_but_ids_go_on(simulator):
    send(simulator, PHONE)
    before = simulator.ledger()[0]["id"]
    simulator.clear()
    assert simulator.ledger() == []
    assert simulator.summary()["accepted"] == 0
    send(simulator, PHONE)
    assert simulator.ledger()[0]["id"] == before + 1


def test_the_phone_shows_the_newest_texts_escaped(simulator):
    send(simulator, *[(PHONE, f"Number {place}.", f"r{place}") for place in range(60)])
    send(simulator, (PHONE, "<script>alert('x')</script> $total", "z"), sender="<b>ACME")
    page = call(simulator, phone_path(simulator.secret)).text
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; $total" in page
    assert "&lt;b&gt;ACME" in page and "<script" not in page
    assert "Number 59." in page and "Number 10." not in page
    assert page.count("<article>") == 50


def test_it_is_ready_and_says_so_without_a_key(simulator):
    assert call(simulator, "/_simulator/ready", key="").status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("GET", "?word=" + "0" * 64), ("GET", "ledger"), ("DELETE", "ledger"), ("GET", "summary"),
        ("GET", "chaos"), ("PUT", "chaos"), ("POST", "chaos"), ("GET", "dlr-url"), ("PUT", "dlr-url"),
    ],
)  # fmt: skip
def test_the_control_answers_only_who_has_its_secret(simulator, method, path):
    word = phone_path(simulator.secret).rpartition("=")[2]
    send(simulator, PHONE)
    for key in ("", "wrong", word, f"{simulator.secret}x"):
        answer = call(simulator, f"/_simulator/{path}", "{}", key=key, method=method)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert PHONE not in answer.text
    assert len(simulator.ledger()) == 1


def test_beyond_this_computer_it_wants_a_secret(capfd):
    with pytest.raises(SimulatorEnded):
        SimulatorProcess(host="0.0.0.0", secret="")
    assert "SIMULATOR_SECRET" in capfd.readouterr().err


def test_chaos_is_merged_by_post_and_replaced_by_put(simulator):
    simulator.chaos(latency=[0, 0.01], reply_shape="list")
    told = simulator.chaos(latency=None, max_batch=7)
    assert (told["latency"], told["reply_shape"], told["max_batch"]) == ([0, 0], "list", 7)
    told = simulator.behave(max_batch=9)
    assert (told["reply_shape"], told["max_batch"]) == ("schedule_details", 9)


def test_wrong_chaos_is_named_and_changes_nothing(simulator):
    with pytest.raises(SimulatorSaidNo, match="unknown key latencyy; known are latency"):
        simulator.chaos(latencyy=1, max_batch=3)
    assert simulator.chaos()["max_batch"] is None


def test_a_taken_port_is_said_in_words(simulator, capfd):
    with pytest.raises(SimulatorEnded):
        SimulatorProcess(port=simulator.port)
    assert "cannot listen" in capfd.readouterr().err


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_ends_with_the_process_that_started_it():
    starter = "import time\nfrom campaigns.gateway.simulator.process import SimulatorProcess\n"
    starter += "print(SimulatorProcess().process.pid, flush=True)\ntime.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", starter], cwd=ROOT, stdout=subprocess.PIPE)
    with parent.stdout:
        pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < until, "the simulator outlived its parent"
        time.sleep(0.02)


def test_the_management_command_serves_and_stops_on_a_signal():
    command = [sys.executable, "manage.py", "simulate_gateway", "--port=0", '--chaos={"max_batch": 5}']
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        where = json.loads(child.stdout.readline())
        assert f"{where['url']}/_simulator/" in child.stdout.readline()
        assert where["url"].startswith("http://127.0.0.1:")
        where = type("Where", (), {"host": "127.0.0.1", "port": where["port"]})
        assert json.loads(call(where, "/_simulator/chaos").text)["max_batch"] == 5
        child.send_signal(signal.SIGTERM)
        complaints = child.communicate(timeout=10)[1]
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == 0, complaints
