"""With an `Idempotency-Key` a call is made once, and its repeats are told how it stands."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.models import Message, ScriptCall
from campaigns.vendor import waiting
from tests.vendor.test_answers import FIRST, SECOND

pytestmark = pytest.mark.django_db(transaction=True)

KEY = {"headers": {"Idempotency-Key": "monday"}}


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timedelta(seconds=3))


def test_a_repeat_sends_nothing_and_is_told_how_it_stands(script, workers, simulator):
    simulator.behave(drop={"when": "after_accepting"})
    status, first = script.many([FIRST, SECOND, FIRST | {"mobile": "1"}], **KEY)
    assert [one["status_code"] for one in first["schedule_details"]] == ["0", "0", "1003"]
    simulator.behave()
    Message.objects.update(status="delivered")
    status, again = script.many([FIRST, SECOND, FIRST | {"mobile": "1"}], **KEY)
    assert status == 200
    assert [one["status_code"] for one in again["schedule_details"]] == ["1000", "1000", "1003"]
    assert [one["message_id"] for one in again["schedule_details"]] == [
        one["message_id"] for one in first["schedule_details"]
    ]
    assert ScriptCall.objects.count() == 1
    assert len(simulator.ledger()) == 2


def test_another_call_with_the_same_key_is_refused(script, workers):
    script.one(**KEY)
    status, told = script.one(message="another", **KEY)
    assert (status, told["status_code"]) == (409, "1010")
    assert Message.objects.count() == 1


def test_what_was_refused_as_a_whole_is_judged_anew(script, workers):
    assert script.one(mobile="1", **KEY)[1]["status_code"] == "1003"
    assert script.one(mobile="254722000000", **KEY)[1]["status_code"] == "1000"


def test_ten_at_once_are_one_call_and_hold_no_transaction_open_while_they_wait(script):
    """Nobody sends here, so that all of them wait their time out."""
    answers, open_ones = [], []

    def ask():
        answers.append(script.one(**KEY))
        connection.close()

    asking = [threading.Thread(target=ask) for _ in range(10)]
    for one in asking:
        one.start()
    while not ScriptCall.objects.exists():
        pass
    with connection.cursor() as cursor:
        while any(one.is_alive() for one in asking):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '1 second'"
            )
            open_ones.append(cursor.fetchone()[0])
    for one in asking:
        one.join()
    assert {told["message_id"] for _, told in answers} == {Message.objects.get().pk}
    assert {told["status_code"] for _, told in answers} == {"1000"}
    assert max(open_ones) == 0


def test_a_key_that_is_too_long(script):
    status, told = script.one(headers={"Idempotency-Key": "k" * 256})
    assert (status, told["status_code"]) == (200, "1009")
