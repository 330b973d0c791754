"""Delivery reports as they come, and what they mean."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.gateway.reports import Outcome, Report, read_report

DOCUMENTED = {
    "messageId": "75",
    "dlrTime": "2024-09-25 20:24:18",
    "dlrStatus": "1",
    "dlrDesc": "DeliveredToTerminal",
    "tat": 6,
    "network": "",
    "destaddr": "254722322095",
    "sourceaddr": "533",
    "origin": "Safaricom",
}
DELIVERED, UNDELIVERED, INTERIM = Outcome.DELIVERED, Outcome.UNDELIVERED, Outcome.INTERIM


def test_the_documented_report_is_read():
    report = read_report(DOCUMENTED)
    assert (report.message_id, report.phone, report.outcome) == ("75", "254722322095", DELIVERED)
    assert (report.network, report.sender, report.code, report.known) == ("Safaricom", "533", "1", True)
    assert report.at.isoformat() == "2024-09-25T20:24:18+03:00"


@pytest.mark.parametrize(
    "code, description, outcome, reason",
    [
        (1, "DeliveredToTerminal", DELIVERED, ""),
        (2, "MessageWaiting", INTERIM, "waiting"),
        (3, "DeliveryImpossible", UNDELIVERED, "not_delivered"),
        (4, "DeliveryNotificationNotSupported", DELIVERED, ""),
        (5, "DeliveredToNetwork", INTERIM, "handed_over"),
        (6, "DeliveryUncertain", INTERIM, "handed_over"),
        (7, "Insufficient_Balance", UNDELIVERED, "no_credit"),
        (8, "Invalid_Linkid", UNDELIVERED, "not_subscribed"),
        (9, "TeleserviceNotProvisioned", UNDELIVERED, "no_sms_service"),
        (10, "UserInBlacklist", UNDELIVERED, "blocked"),
        (11, "UserAbnormalState", UNDELIVERED, "line_blocked"),
        (12, "UserIsSuspended", UNDELIVERED, "line_blocked"),
        (13, "NotSFCUser", UNDELIVERED, "other_network"),
        (14, "UserNotSubscribed", UNDELIVERED, "not_subscribed"),
        (15, "UserNotExist", UNDELIVERED, "invalid_number"),
        (16, "AbsentSubscriber", UNDELIVERED, "phone_off"),
        (17, "NOT_DELIVERED", UNDELIVERED, "not_delivered"),
        (18, "DELIVERED", DELIVERED, ""),
        (19, "ForwardedToNetwork", INTERIM, "handed_over"),
        (20, "MessagePaused", INTERIM, "waiting"),
        (21, "MessageRejected", UNDELIVERED, "blocked"),
        (22, "Queued", INTERIM, "waiting"),
        (23, "InvalidMobile", UNDELIVERED, "invalid_number"),
        (24, "ReportNotHandled", UNDELIVERED, "given_up"),
        (25, "SenderName Blacklisted", UNDELIVERED, "sender_blocked"),
        (26, "MessagePurged", UNDELIVERED, "given_up"),
    ],
)
def test_the_table(code, description, outcome, reason):
    for body in ({"dlrStatus": code}, {"dlrDesc": description}, {"dlrStatus": str(code), "dlrDesc": description}):
        report = read_report(body)
        assert (report.outcome, report.reason, report.known) == (outcome, reason, True)
        assert report.permanent == (code in (15, 23))
        assert report.suppress == (code in (10, 21, 25))
        assert report.temporary == (code in (7, 16))
        assert report.words.endswith(".")


@pytest.mark.parametrize(
    "description", ["delivered to terminal", "DELIVERED_TO_TERMINAL", " Deliveredtoterminal ", "DeliveredTo_Terminal"]
)
def test_case_spaces_and_underscores_do_not_matter(description):
    assert read_report({"dlrDesc": description}).outcome is DELIVERED


@pytest.mark.parametrize(
    "code, description, outcome, known",
    [
        ("3", "DeliveredToTerminal", DELIVERED, True),
        ("1", "UserNotExist", UNDELIVERED, True),
        ("1", "Something new", DELIVERED, True),
        ("99", "Something new", INTERIM, False),
        ("0", "", INTERIM, False),
        ("", "", INTERIM, False),
    ],
)
def test_the_description_goes_before_the_code(code, description, outcome, known):
    report = read_report({"dlrStatus": code, "dlrDesc": description})
    assert (report.outcome, report.known, report.description) == (outcome, known, description)


@pytest.mark.parametrize("none", ["0", 0, "", None, [], {}])
def test_id_nought_is_none(none):
    assert read_report({"messageId": none}).message_id == ""


@pytest.mark.parametrize(
    "written",
    ["0722322095", "722322095", 722322095, 254722322095, "+254 722 322 095", "00254722322095", ["254722322095"]],
)
def test_a_phone_is_completed(written):
    assert read_report({"destaddr": written}).phone == "254722322095"


@pytest.mark.parametrize(
    "written, phone", [("0112345678", "254112345678"), ("256772123456", "256772123456"), ("x", "")]
)
def test_other_phones(written, phone):
    assert read_report({"destaddr": written}).phone == phone


@pytest.mark.parametrize(
    "written, iso",
    [
        ("2024-09-25T20:24:18", "2024-09-25T20:24:18+03:00"),
        ("2024-09-25T17:24:18Z", "2024-09-25T17:24:18+00:00"),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01 00:00:00", None),
        ("2024-09-25", None),
        ("yesterday", None),
        (20240925, None),
    ],
)
def test_times(written, iso):
    at = read_report({"dlrTime": written}).at
    assert (at.isoformat() if at else None) == iso


def test_the_origin_goes_before_the_network():
    assert read_report({"network": "639-02", "origin": "Safaricom"}).network == "Safaricom"
    assert read_report({"network": "639-02", "origin": ""}).network == "639-02"


NUMBERS = st.integers() | st.integers(min_value=10**4400, max_value=10**4401) | st.floats()
SINGLE = st.none() | st.booleans() | NUMBERS | st.text() | st.sampled_from(["\x00", "\ud800", "0", "1"])
ANY = st.recursive(SINGLE, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))


@given(st.dictionaries(st.sampled_from([*DOCUMENTED, "other"]), ANY))
def test_no_object_is_too_odd(body):
    report = read_report(body)
    assert isinstance(report, Report)
    for text in (report.message_id, report.phone, report.description, report.code, report.network, report.sender):
        assert "\0" not in text
        text.encode()
    assert len(report.message_id) <= 64 and len(report.phone) <= 15
    assert report.at is None or report.at.utcoffset() is not None


@given(st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2099, 12, 30)))
def test_every_wall_time_is_read_as_nairobis(moment):
    report = read_report({"dlrTime": moment.strftime("%Y-%m-%d %H:%M:%S")})
    assert report.at.replace(tzinfo=None) == moment.replace(microsecond=0)
    assert report.at.utcoffset() == timedelta(hours=3)
