"""The words and numbers of what is posted."""

import json
from datetime import UTC, datetime

import pytest

from campaigns.callbacks.payload import DueCallback, body_of_text, sample_body
from campaigns.gateway.reports import ROWS, Outcome, read_report

AT = datetime(2026, 11, 24, 17, 24, 18, tzinfo=UTC)


def body(event, reason="", detail="", **fields):
    of_it = {
        "id": 1, "message": 75, "reply": None, "at": AT, "phone": "254722322095", "network": "",
        "posted_at": None, "delivered_at": None, "sender": "533", "reference": None,
    }  # fmt: skip
    return json.loads(body_of_text(DueCallback(event=event, reason=reason, detail=detail, **of_it | fields)))


@pytest.mark.parametrize(
    ("event", "reason", "code", "description", "told"),
    [
        ("accepted", "", "5", "DeliveredToNetwork", ""),
        ("rejected", "invalid_number", "21", "MessageRejected", "invalid_number"),
        ("skipped", "opted_out", "3", "DeliveryImpossible", "opted_out"),
        ("cancelled", "", "3", "DeliveryImpossible", "cancelled"),
        ("expired", "", "6", "DeliveryUncertain", "expired"),
        ("unknown", "", "6", "DeliveryUncertain", "unknown"),
        ("delivered", "", "1", "DeliveredToTerminal", ""),
        ("undelivered", "phone_off", "16", "AbsentSubscriber", "phone_off"),
        ("undelivered", "of_no_list", "3", "DeliveryImpossible", "of_no_list"),
    ],
)
def test_what_no_report_said_has_the_words_that_come_closest(event, reason, code, description, told):
    found = body(event, reason)
    assert (found["dlrStatus"], found["dlrDesc"], found["reason"]) == (code, description, told)


@pytest.mark.parametrize(("code", "description"), [row[:2] for row in ROWS if row[2].outcome is not Outcome.INTERIM])
def test_a_report_s_own_words_are_told_and_are_read_as_the_same(code, description):
    came = read_report({"dlrDesc": description, "dlrStatus": str(code)})
    told = read_report(body(came.outcome.value, came.reason, description))
    assert (told.code, told.description, told.meaning) == (str(code), description, came.meaning)


def test_words_of_no_list_are_told_as_they_came():
    found = body("undelivered", "phone_off", "Phone switched off")
    assert (found["dlrStatus"], found["dlrDesc"]) == ("16", "Phone switched off")


def test_times_are_nairobi_s_and_what_it_took_is_never_less_than_nothing():
    found = body("delivered", delivered_at=AT, posted_at=datetime(2026, 11, 24, 17, 24, 20, tzinfo=UTC))
    assert (found["dlrTime"], found["tat"]) == ("2026-11-24 20:24:18", 0)
    assert body("undelivered", posted_at=datetime(2026, 11, 24, 17, 23, 18, tzinfo=UTC))["tat"] == 60
    assert body("skipped")["tat"] == 0


def test_every_value_is_a_text_but_the_seconds():
    for found in (body("skipped", network=None, sender=None, phone="2547"), json.loads(sample_body(AT))):
        assert list(found) == [
            "messageId", "dlrTime", "dlrStatus", "dlrDesc", "tat", "network", "destaddr", "sourceaddr", "origin",
            "client_ref", "reason",
        ]  # fmt: skip
        assert {name for name, value in found.items() if not isinstance(value, str)} == {"tat"}
