"""The bodies that are posted and every shape of answer, as values in and values out."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.gateway.codes import Verdict
from campaigns.gateway.errors import Refused, Unreadable
from campaigns.gateway.loose import amount_of
from campaigns.gateway.replies import parse, read_balance, read_multiple, read_single, read_status
from campaigns.gateway.reports import Outcome
from campaigns.gateway.wire import ItemReply, Text, multiple_request, nairobi_stamp, single_request

from .test_reports import ANY

JANE = Text("254722000000", "Dear Jane", "001A")
JOHN = Text("254707410000", "Dear Jöhn 😀", "001B")
BOTH = (JANE, JOHN)
OK = {"status_code": 1000, "status_desc": "Success"}
JANES = {
    "message_id": 11,
    "schedule_status": "1",
    "schedule_desc": "Success",
    "mobile": JANE.phone,
    "message_cost": "0.8",
}
JOHNS = {"message_id": "sms.5ed", "schedule_status": "1", "schedule_desc": "Success", "mobile": JOHN.phone}


def without(entry, *names):
    return {name: value for name, value in entry.items() if name not in names}


def test_sendmultiple_is_written_as_documented():
    body = multiple_request(BOTH, api_key="KEY", sender="QSMS", service_id="0", date_send="2025-01-01 17:40:00")
    assert json.loads(body) == {
        "api_key": "KEY",
        "serviceId": "0",
        "from": "QSMS",
        "date_send": "2025-01-01 17:40:00",
        "messages": [
            {"mobile": "254722000000", "message": "Dear Jane", "client_ref": "001A"},
            {"mobile": "254707410000", "message": "Dear Jöhn 😀", "client_ref": "001B"},
        ],
    }


def test_sendsms_is_written_as_documented():
    body = single_request(JANE, api_key="KEY", sender="QSMS", service_id="0", date_send="2025-01-01 16:40:00")
    assert json.loads(body) == {
        "api_key": "KEY",
        "service_id": 0,
        "mobile": "254722000000",
        "response_type": "json",
        "shortcode": "QSMS",
        "message": "Dear Jane",
        "date_send": "2025-01-01 16:40:00",
    }


@pytest.mark.parametrize(
    "now, stamp",
    [
        (datetime(2025, 1, 1, 13, 41, 30, tzinfo=UTC), "2025-01-01 16:40:30"),
        (datetime(2024, 12, 31, 21, 0, 59, tzinfo=UTC), "2024-12-31 23:59:59"),
    ],
)
def test_the_stamp_is_nairobis_time_less_a_minute(now, stamp):
    assert nairobi_stamp(now) == stamp


@pytest.mark.parametrize(
    "answer",
    [
        OK | {"schedule_details": [JANES, JOHNS]},
        OK | {"schedule_details": [JOHNS, JANES]},
        OK | {"messages": [JANES, JOHNS]},
        OK | {"responses": [JANES, JOHNS]},
        OK | {"data": [JANES, JOHNS]},
        OK | {"data": {"messages": [JANES, JOHNS]}},
        OK | {"schedule_details": [], "data": [JANES, JOHNS]},
        {"status_code": "1000", "schedule_details": [JANES, JOHNS]},
        {"schedule_details": [JANES, JOHNS]},
        [JANES, JOHNS],
        [
            {"status_code": "1000", "message_id": 11, "mobile_number": JANE.phone, "message_cost": 0.8},
            {"status_code": 1, "message_id": "sms.5ed", "mobile_number": "0707410000", "message_cost": ""},
        ],
        [without(JANES, "mobile"), without(JOHNS, "mobile")],
        [without(JOHNS, "mobile") | {"client_ref": "001B"}, without(JANES, "mobile") | {"client_ref": "001A"}],
        [JOHNS | {"client_ref": "001B", "mobile": JANE.phone}, JANES | {"client_ref": "001A", "mobile": JOHN.phone}],
        [JANES | {"client_ref": ""}, JOHNS | {"client_ref": None, "schedule_status": "Success"}],
    ],
)
def test_each_shape_of_an_accepted_call(answer):
    items = read_multiple(answer, BOTH).items
    assert [item.verdict for item in items] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert [item.message_id for item in items] == ["11", "sms.5ed"]
    assert [item.cost for item in items] == [Decimal("0.8"), None]


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        OK | {"schedule_details": []},
        OK | {"schedule_details": None},
        OK | {"schedule_details": "", "message_id": ""},
    ],
)
def test_an_accepted_call_without_items_answers_nobody(answer):
    assert read_multiple(answer, BOTH).items == (None, None)


def test_an_acceptance_that_names_nobody_proves_nothing():
    with pytest.raises(Unreadable):
        read_multiple(OK | {"schedule_details": [without(JANES, "mobile")]}, BOTH)


@pytest.mark.parametrize(
    "entries, ids",
    [
        ([JOHNS], [None, "sms.5ed"]),
        ([JANES, JANES], ["11", None]),
        ([JANES, JOHNS | {"mobile": "254799999999"}], ["11", None]),
        ([JANES, None], ["11", ""]),
        ([None, JANES], ["11", ""]),
    ],
)
def test_who_is_not_answered_stays_without_an_id(entries, ids):
    items = read_multiple(OK | {"schedule_details": entries}, BOTH).items
    assert [item and item.message_id for item in items] in (ids, [ids[0], None])
    assert all(item is None or item.message_id or item.verdict is Verdict.UNCERTAIN for item in items)


@pytest.mark.parametrize(
    "changes, verdict, reason",
    [
        ({"schedule_status": "1003"}, Verdict.REJECTED, "invalid_number"),
        ({"schedule_status": "0", "status_code": "1012"}, Verdict.REJECTED, "dnd"),
        ({"schedule_status": 1004}, Verdict.HALT_ACCOUNT, "no_credit"),
        ({"schedule_status": 1001}, Verdict.HALT_SENDER, "sender_not_approved"),
        ({"schedule_status": 1007}, Verdict.PASSING, "gateway_error"),
        ({"schedule_status": 1015}, Verdict.REJECTED, "missing_parameter"),
        ({"schedule_status": "7777"}, Verdict.REJECTED, "refused_otherwise"),
        ({"schedule_status": "0"}, Verdict.UNCERTAIN, "unknown"),
        ({"schedule_status": ""}, Verdict.UNCERTAIN, "unknown"),
        ({"schedule_status": "", "status_code": 1000}, Verdict.ACCEPTED, ""),
        ({"schedule_status": "1", "status_code": 1003}, Verdict.ACCEPTED, ""),
    ],
)
def test_an_item_is_judged_by_itself(changes, verdict, reason):
    answer = OK | {"schedule_details": [JANES, JOHNS | changes | {"schedule_desc": "As it came"}]}
    jane, john = read_multiple(answer, BOTH).items
    assert jane.verdict is Verdict.ACCEPTED
    assert (john.verdict, john.reason, john.words) == (verdict, reason, "As it came")


def test_of_two_items_for_one_text_the_accepted_one_counts():
    refused = JANES | {"schedule_status": "1003", "message_id": "0"}
    for entries in ([refused, JANES, JOHNS], [JANES, refused, JOHNS]):
        assert read_multiple(entries, BOTH).items[0].verdict is Verdict.ACCEPTED


EMPTY = {"message_id": "0", "mobile_number": "", "network_id": "", "message_cost": "", "credit_balance": ""}


@pytest.mark.parametrize(
    "code, verdict",
    [
        (1001, Verdict.HALT_SENDER),
        ("1004", Verdict.HALT_ACCOUNT),
        (1005, Verdict.PASSING),
        ("1006", Verdict.HALT_ACCOUNT),
        (1009, Verdict.HALT_ACCOUNT),
        (1015, Verdict.HALT_ACCOUNT),
        (1016, Verdict.HALT_ACCOUNT),
    ],
)
def test_a_refused_call_says_for_whom(code, verdict):
    refusal = {"status_code": code, "status_desc": "No"}
    silent = {"mobile": JANE.phone, "message_id": "0", "schedule_status": ""}
    for answer in (refusal, refusal | EMPTY, [refusal | EMPTY], refusal | {"schedule_details": [silent]}):
        with pytest.raises(Refused) as refused:
            read_multiple(answer, BOTH)
        assert (refused.value.verdict, refused.value.code, refused.value.words) == (verdict, str(code), "No")
    for answer in (refusal, refusal | EMPTY, [refusal | EMPTY]):
        with pytest.raises(Refused) as refused:
            read_single(answer)
        assert refused.value.verdict is verdict


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 0},
        {"status_code": 4711, "status_desc": "New"},
        {"status_code": 1003, "status_desc": "One of them is no number"},
        {},
        [],
        [[]],
        "OK",
        7,
        None,
        {"error": "no"},
        [{"status_code": 1006, "mobile": "254799999999"}],
        {"status_code": 1004, "schedule_details": [JANES | {"mobile": "254799999999"}]},
    ],
)
def test_what_proves_nothing_is_unreadable(answer):
    with pytest.raises(Unreadable):
        read_multiple(answer, BOTH)


def test_the_words_of_an_unknown_code_are_kept():
    with pytest.raises(Unreadable) as unreadable:
        read_multiple({"status_code": 4711, "status_desc": "New"}, BOTH)
    assert (unreadable.value.code, unreadable.value.words) == ("4711", "New")


@pytest.mark.parametrize("answer", [{"status_code": "1003", "status_desc": "Bad"}, [{"status_code": 1003} | EMPTY]])
def test_a_call_of_one_text_is_refused_as_that_text(answer):
    (item,) = read_multiple(answer, [JANE]).items
    assert (item.verdict, item.counts_as_dead) == (Verdict.REJECTED, True)
    assert read_single(answer).verdict is Verdict.REJECTED


@pytest.mark.parametrize("wrap", [lambda entry: entry, lambda entry: [entry], lambda entry: {"data": [entry]}])
def test_the_documented_reply_to_sendsms(wrap):
    answer = wrap(
        {
            "status_code": "1000",
            "status_desc": "Success",
            "message_id": 10,
            "mobile_number": "254722000000",
            "network_id": "1",
            "message_cost": 1,
            "credit_balance": -100,
        }
    )
    expected = ItemReply("10", "254722000000", Verdict.ACCEPTED, "", "1000", "Success", Decimal(1), "1")
    assert read_single(answer) == expected
    reply = read_multiple(answer, [JANE])
    assert (reply.items, reply.balance) == ((expected,), Decimal(-100))


@pytest.mark.parametrize("answer", [{}, [], {"status_code": 0}, {"status_code": "x"}, [JANES, JOHNS], None, "1000"])
def test_an_odd_reply_to_sendsms_is_unreadable(answer):
    with pytest.raises(Unreadable):
        read_single(answer)


@pytest.mark.parametrize(
    "answer, balance",
    [
        ({"balance_kes": 4200.00, "sms_remaining": 10500, "rate_per_sms": 0.4}, (4200, 10500, Decimal("0.4"))),
        ({"credit_balance": "-100"}, (-100, None, None)),
        ({"wallet": {"credit_balance": "KES 1,250.50"}}, (Decimal("1250.5"), None, None)),
        ({"balance": 0}, (0, None, None)),
        ({"balance_kes": None, "sms_remaining": "12"}, (None, 12, None)),
    ],
)
def test_the_balance_is_read_under_each_name(answer, balance):
    read = read_balance(answer)
    assert (read.balance_kes, read.sms_remaining, read.rate_per_sms) == balance


@pytest.mark.parametrize("answer, error", [({"status_code": 1006}, Refused), ({}, Unreadable), ([], Unreadable)])
def test_no_balance_is_no_answer(answer, error):
    with pytest.raises(error):
        read_balance(answer)


def test_the_documented_status_of_a_message():
    read = read_status({"status": "delivered", "delivered_at": "2025-03-25T09:14:03Z"})
    assert (read.outcome, read.at, read.known) == (Outcome.DELIVERED, datetime(2025, 3, 25, 9, 14, 3, tzinfo=UTC), True)
    assert read_status({"status": "on its way"}).outcome is Outcome.INTERIM


@pytest.mark.parametrize(
    "written, amount",
    [
        (1, 1),
        ("1", 1),
        (0.8, Decimal("0.8")),
        ("0.80 KES", Decimal("0.8")),
        ("-100", -100),
        ("", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
        (10**4000, None),
        ("1e9", None),
        ("1.2.3", None),
        ("٣", None),
    ],
)
def test_amounts(written, amount):
    assert amount_of(written) == amount


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff\xfe\x00", b'{"a":', b"[" * 100_000, b'{"status_code":' + b"9" * 5000 + b"}"]
)
def test_what_is_no_json_is_unreadable(body):
    with pytest.raises(Unreadable):
        parse(body)


STATUSES = ["status_code", "status_desc", "schedule_status", "schedule_desc", "status", "delivered_at"]
NAMES = ["message_id", "mobile", "mobile_number", "client_ref", "network"]
AMOUNTS = ["message_cost", "credit_balance", "balance", "wallet"]
KEYS = st.sampled_from([*STATUSES, *NAMES, *AMOUNTS, "schedule_details", "messages", "responses", "data"])
VALUES = ANY | st.sampled_from([1000, 1, "1", 1003, 1004, 1005, JANE.phone, JOHN.phone, "001A", float("nan")])
ENTRIES = st.dictionaries(KEYS, VALUES, max_size=6)
ANSWERS = ANY | ENTRIES | st.lists(ENTRIES | ANY, max_size=4)
ANSWERS |= st.builds(lambda call, key, entries: call | {key: entries}, ENTRIES, KEYS, st.lists(ENTRIES, max_size=4))


@given(ANSWERS)
def test_no_answer_is_too_odd(answer):
    try:
        reply = read_multiple(answer, BOTH)
    except (Refused, Unreadable) as error:
        assert getattr(error, "verdict", None) not in (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.UNCERTAIN)
    else:
        assert len(reply.items) == 2
        for item in filter(None, reply.items):
            (item.code + item.words + item.message_id + item.phone + item.network).encode()
            assert item.cost is None or item.cost.is_finite()
    for read in (read_single, read_balance, read_status):
        with suppress(Refused, Unreadable):
            read(answer)


@given(st.binary())
def test_any_bytes_are_json_or_unreadable(body):
    with suppress(Unreadable):
        parse(body)
