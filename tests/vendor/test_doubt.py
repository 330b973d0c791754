"""What may have gone out and may not have is never told as a failure: a script would send it twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Batch, Message, ScriptCall
from campaigns.vendor import waiting
from tests.vendor.test_answers import FIRST, SECOND

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timedelta(seconds=3))


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": {"when": "after_accepting"}},
        {"drop": {"when": "before_accepting"}},
        {"status": {"status": 502, "when": "after_accepting"}},
        {"hang": {"seconds": 1.0}},
    ],
)
def test_a_call_that_broke_off_is_not_known(script, workers, simulator, fault):
    simulator.behave(**{"http_status" if name == "status" else name: value for name, value in fault.items()})
    status, told = script.one()
    message = Message.objects.get()
    assert message.status == "uncertain"
    assert (status, told["status_code"], told["message_id"]) == (504, "0", message.pk)
    status, told = script.many([FIRST, SECOND])
    assert (status, told["status_code"]) == (504, "0")
    assert {one["status_code"] for one in told["schedule_details"]} == {"0"}
    assert {one["message_id"] for one in told["schedule_details"]} == set(
        Message.objects.exclude(pk=message.pk).values_list("pk", flat=True)
    )


def test_a_call_that_is_still_under_way_after_the_wait_is_not_known(script, workers, simulator, monkeypatch):
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timedelta(seconds=1))
    simulator.behave(latency=[1.7, 1.7])
    status, told = script.one()
    message = Message.objects.get()
    assert (message.status, message.batch.status) == ("queued", "sending")
    assert (status, told["status_code"], told["message_id"]) == (504, "0", message.pk)


def test_what_has_not_been_posted_after_the_wait_is_a_success(script, monkeypatch):
    """Claimed, and no byte has left: it goes, by this claim or the next one."""
    monkeypatch.setattr(waiting, "LONGEST_WAIT", timedelta(seconds=0))
    _, told = script.one()
    Batch.objects.update(status="sending", claim=1, lease_until=timezone.now() + timedelta(minutes=1))
    assert told["status_code"] == "1000"


def test_where_something_is_known_each_item_says_what(script, workers, simulator):
    """Items that the gateway does not answer for are in doubt beside those that it took."""
    simulator.behave(reply_shape="missing_items")
    status, told = script.many([FIRST, SECOND, FIRST | {"mobile": "254733000000", "client_ref": "3"}])
    assert (status, told["status_code"]) == (200, "1000")
    assert sorted(one["status_code"] for one in told["schedule_details"]) == ["0", "1000", "1000"]
    (doubt,) = [one for one in told["schedule_details"] if one["status_code"] == "0"]
    assert Message.objects.get(pk=doubt["message_id"]).status == "uncertain"


def test_a_passing_refusal_waits_and_is_a_success(script, workers, simulator):
    simulator.behave(refuse_item={"code": 1007})
    status, told = script.one()
    assert (status, told["status_code"]) == (200, "1000")
    assert Message.objects.get().status == "queued"
    waits = Message.objects.get().batch
    assert (waits.script_call, waits.api_key) == (ScriptCall.objects.get(), script.api_key)
    assert waits.pk != Batch.objects.earliest("pk").pk


@pytest.fixture
def trigger(transactional_db):
    """A trigger on calls that raises, as a database does that goes away; undone afterwards."""

    def made(when):
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION go_away() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'going away' USING ERRCODE = '57P01'; END $$"
            )
            cursor.execute(
                f"CREATE {when} ON campaigns_scriptcall {FOR_EACH[when.split()[0]]} EXECUTE FUNCTION go_away()"
            )

    yield made
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION go_away CASCADE")


FOR_EACH = {"CONSTRAINT": "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW", "TRIGGER": "FOR EACH ROW"}


def test_before_the_commit_is_asked_for_it_may_be_tried_again(script, trigger):
    trigger("TRIGGER away BEFORE INSERT")
    status, told = script.one()
    assert (status, told["status_code"], told["status_desc"]) == (503, "1005", "Internal system error")
    assert int(script.response["Retry-After"]) > 0
    assert not ScriptCall.objects.exists()


def test_once_the_commit_was_asked_for_nobody_knows(script, trigger):
    trigger("CONSTRAINT TRIGGER away AFTER INSERT")
    status, told = script.one()
    assert (status, told["status_code"]) == (504, "0")
    assert "message_id" not in told


def test_what_breaks_after_the_commit_is_not_a_failure(script, monkeypatch):
    def breaks(_call):
        raise RuntimeError("broken")

    monkeypatch.setattr("campaigns.vendor.views.wait_for", breaks)
    status, told = script.one()
    assert (status, told["status_code"]) == (504, "0")
    assert Message.objects.get().status == "queued"
