"""A group is copied to the gateway's own contacts: whole, slice by slice; what the gateway will not have is told."""

import io
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from kombu import Connection

from accounts.models import AuditEntry
from campaigns import pushing, sending
from campaigns.actions.push_contacts import NobodyToPush, order_push, stop_push
from campaigns.gateway.errors import Unreachable
from campaigns.gateway.simulator.process import ROOT, SimulatorProcess
from campaigns.gateway.wire import ContactsReply
from campaigns.maintenance.retention import keep_house
from campaigns.management.commands import push_contacts as command
from campaigns.models import ContactPush
from campaigns.pushing import slices, work
from campaigns.tasks import push_contacts as push_task
from campaigns.tasks import tick
from contacts.models import Contact, ContactField, OptOut
from lib import nudge
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.calls import Beside
from tests.makers import make_contact, make_family_group, make_group

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "qsms_live_of_the_account"
LONG_AGO = "2026-01-01T00:00Z"


@pytest.fixture(scope="module")
def running():
    with SimulatorProcess(api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def simulator(running, settings):
    running.behave()
    running.clear()
    settings.QSMS_BASE_URL = settings.QSMS_ACCOUNT_URL = running.url
    settings.QSMS_API_KEY = KEY
    return running


@pytest.fixture
def slices_of_two(monkeypatch):
    monkeypatch.setattr(slices, "SLICE_CONTACTS", 2)


@pytest.fixture
def group():
    """Five people: Jane, John, and three who have nothing but a number."""
    group = make_group("loan clients", fields={"balance": "money", "town": "text"})
    make_contact(group, "254712345678", "Jane Wanjiru", balance="5000.00")
    make_contact(group, "254723456789", "John Mwangi", balance="12000.00", town="Thika")
    for number in range(3):
        make_contact(group, f"25471100000{number}")
    return group


def push_now(push):
    """Work on it until it rests or is over; returns it as it is then."""
    while pushing.work_on_push(push.pk, sending.gateway_from_settings(), seconds=30):
        pass
    push.refresh_from_db()
    return push


def rested(push):
    """The time for which it rests is over."""
    ContactPush.objects.filter(pk=push.pk).update(lease_until=LONG_AGO)
    return push


def run_command(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("push_contacts", "--group", *arguments, stdout=out, stderr=err)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_a_group_comes_to_the_gateway_whole(simulator, group, slices_of_two):
    push, is_new = order_push(group)
    assert (is_new, push_now(push).status, push.people) == (True, "done", 5)
    kept = simulator.contacts("loan clients")
    assert kept[:2] == [
        {"phone": "+254712345678", "name": "Jane Wanjiru", "balance": "5000.00"},
        {"phone": "+254723456789", "name": "John Mwangi", "balance": "12000.00", "town": "Thika"},
    ]
    assert simulator.summary()["contacts"] == {"calls": 3, "received": 5}
    assert push.counts() == {"pushed": 5, "refused": 0, "opted_out": 0, "same_number": 0}


def test_a_field_goes_by_the_name_that_it_has_now():
    group = make_group(fields={"loan_balance_kes": "money"})
    ContactField.objects.filter(group=group).update(chosen_name="balance")
    make_contact(group, "254712345678", "Jane", loan_balance_kes="5000.00")
    (sent,) = slices.next_slice(group, 0).contacts
    assert sent == {"phone": "+254712345678", "name": "Jane", "balance": "5000.00"}


def test_each_field_is_a_text_and_what_is_empty_is_said_to_be():
    group = make_group("all types", fields={"visits": "integer", "paid": "boolean", "due": "date", "town": "text"})
    make_contact(group, "254712345678", "Jane", visits="3", paid="yes", due="2026-12-01")
    (sent,) = slices.next_slice(group, 0).contacts
    assert sent == {
        "phone": "+254712345678", "name": "Jane", "visits": "3", "paid": "yes", "due": "2026-12-01", "town": "",
    }  # fmt: skip


def test_who_has_opted_out_of_anything_stays_here(simulator, group):
    OptOut.objects.create(phone="254712345678", scope="all")
    OptOut.objects.create(phone="254723456789", scope="promotional")
    push = push_now(order_push(group)[0])
    assert push.counts() == {"pushed": 3, "refused": 0, "opted_out": 2, "same_number": 0}
    assert {one["phone"] for one in simulator.contacts("loan clients")}.isdisjoint({"+254712345678", "+254723456789"})


def test_of_rows_with_one_number_the_last_is_copied_with_its_key(simulator, slices_of_two):
    children = [("A1", "Amina", {"balance": "1.00"}), ("A2", "Brian", {"balance": "2.00"})]
    group = make_family_group([("254711000001", children), ("254711000002", [("A3", "Carol", {})])])
    make_contact(group, "254711000002", "Dan", adm_no="A4")
    push = push_now(order_push(group)[0])
    assert push.counts() == {"pushed": 2, "refused": 0, "opted_out": 0, "same_number": 2}
    assert simulator.contacts(group.name) == [
        {"phone": "+254711000001", "name": "Brian", "adm_no": "A2", "balance": "2.00"},
        {"phone": "+254711000002", "name": "Dan", "adm_no": "A4"},
    ]
    assert simulator.summary()["contacts"]["received"] == 2


def test_rows_that_the_gateway_refuses_are_told_with_their_reason(simulator, group, slices_of_two):
    simulator.chaos(refuse_item={"code": 1012, "phones": ["254723456789", "254711000001"]})
    told, said = run_command("loan clients")
    assert told == {"pushed": 3, "refused": 2, "opted_out": 0, "same_number": 0}
    assert "refused: +254723456789: Mobile number in DND" in said
    push = ContactPush.objects.get()
    rows = [(one.phone, words) for one, words in pushing.refused_rows(push)]
    assert rows == [("254723456789", "Mobile number in DND"), ("254711000001", "Mobile number in DND")]
    assert "254723456789" not in str(push.refused), "no number is kept beside the contact's own"
    Contact.objects.filter(phone="254711000001").delete()
    assert pushing.refused_rows(push)[1] == (None, "Mobile number in DND")


@pytest.mark.parametrize("shape", ["stored", "success"])
def test_an_answer_of_another_shape_is_good_too(simulator, group, shape):
    simulator.chaos(contacts_shape=shape)
    assert push_now(order_push(group)[0]).counts()["pushed"] == 5


def test_a_wrong_key_ends_it_at_once_with_the_word(simulator, group, settings):
    settings.QSMS_API_KEY = "qsms_live_of_another"
    with pytest.raises(CommandError, match="The gateway does not know this API key"):
        run_command("loan clients")
    push = ContactPush.objects.get()
    assert (push.status, push.attempts, simulator.contacts("loan clients")) == ("failed", 1, [])


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "does not know this API key"), (403, "does not know this API key"), (404, "takes no contacts here"),
     (422, "takes no contacts here: Try again later")],
)  # fmt: skip
def test_what_would_be_in_vain_is_not_tried_again(simulator, group, status, said):
    simulator.chaos(http_status={"status": status, "calls": "account"})
    push = push_now(order_push(group)[0])
    assert push.has_failed and said in push.error, push.error
    assert simulator.summary()["struck"] == {f"http_status {status}": 1}


@pytest.mark.parametrize(
    "trouble",
    [
        {"http_status": {"status": 429, "retry_after": 40, "calls": "account", "next_n": 1}},
        {"http_status": {"status": 503, "retry_after": 40, "calls": "account", "next_n": 1}},
        {"http_status": {"status": 502, "calls": "account", "next_n": 1}},
        {"drop": {"when": "after_accepting", "calls": "account", "next_n": 1}},
        {"drop": {"when": "before_accepting", "calls": "account", "next_n": 1}},
        {"body": {"kind": "html", "calls": "account", "next_n": 1}},
        {"body": {"kind": "cut_short", "calls": "account", "next_n": 1}},
        {"refuse_call": {"code": 1005, "calls": "account", "next_n": 1}},
        {"refuse_call": {"code": 0, "calls": "account", "next_n": 1}},
    ],
)
def test_after_trouble_it_rests_and_goes_on_from_where_it_was(simulator, group, slices_of_two, trouble):
    push, _ = order_push(group)
    simulator.chaos(**trouble)
    before = timezone.now()
    push = push_now(push)
    assert (push.status, push.people) == ("waiting", 0)
    assert push.error and push.lease_until > before
    assert not pushing.pushes_standing_still(before)
    assert push_now(push).people == 0, "it rests"
    push = push_now(rested(push))
    assert (push.status, push.people, push.error) == ("done", 5, "")
    assert len(simulator.contacts("loan clients")) == 5
    assert simulator.summary()["contacts"]["received"] <= 5 + 2


def test_it_rests_for_as_long_as_the_gateway_says_within_bounds(simulator, group):
    push, _ = order_push(group)
    for told, rest in ((40, timedelta(seconds=40)), (10**5, timedelta(seconds=300))):
        simulator.chaos(http_status={"status": 429, "retry_after": told, "calls": "account", "next_n": 1})
        before = timezone.now()
        push_now(rested(push))
        assert before + rest <= push.lease_until <= timezone.now() + rest


def test_it_is_not_tried_for_ever(simulator, group):
    simulator.chaos(http_status={"status": 503, "retry_after": 1, "calls": "account"})
    push, _ = order_push(group)
    for _ in range(work.MOST_ATTEMPTS):
        assert push.is_under_way
        push_now(rested(push))
    assert push.has_failed
    assert "busy (HTTP 503). It was tried 8 times" in push.error
    assert simulator.summary()["struck"]["http_status 503"] == work.MOST_ATTEMPTS


def test_two_at_once_for_a_group_are_one_copy(simulator, group, monkeypatch):
    monkeypatch.setattr(slices, "SLICE_CONTACTS", 1)
    simulator.chaos(latency=0.05)
    pushes = []

    def copy():
        pushes.append(order_push(group)[0].pk)
        push_now(ContactPush.objects.get(pk=pushes[-1]))

    both = [Beside(copy), Beside(copy)]
    for one in both:
        one.join()
    assert (ContactPush.objects.get().status, set(pushes)) == ("done", {ContactPush.objects.get().pk})
    assert simulator.summary()["contacts"] == {"calls": 5, "received": 5}
    assert AuditEntry.objects.filter(act="copy to Q SMS ordered").count() == 1


def test_whoever_lost_its_turn_writes_nothing_more(simulator, group, slices_of_two):
    push, _ = order_push(group)
    slow = work._claim(push.pk, timedelta())
    quick = work._claim(rested(push).pk, timedelta())
    first = slices.next_slice(group, 0)
    assert not work._move_on(slow, first, ContactsReply(), timedelta())
    work._fail(slow, "too late")
    work._rest(slow, Unreachable("too late"))
    push.refresh_from_db()
    assert (push.status, push.people, push.error) == ("working", 0, "")
    assert work._move_on(quick, first, ContactsReply(), timedelta())
    push.refresh_from_db()
    assert (push.people, push.cursor) == (2, first.last)


def test_the_tick_picks_up_what_nobody_works_on(simulator, group, monkeypatch):
    ensure_redis()
    monkeypatch.setattr(nudge, "_queue_away_until", 0.0)
    with Connection(app.conf.broker_url) as queue:
        queue.default_channel.client.delete("work")
    push, _ = order_push(group)
    assert pushing.pushes_standing_still(timezone.now()) == []
    ContactPush.objects.update(created_at=LONG_AGO)
    tick()
    with Connection(app.conf.broker_url) as queue:
        waiting = queue.default_channel.client.lrange("work", 0, -1)
    tasks = [json.loads(one)["headers"] for one in waiting]
    assert [one["argsrepr"] for one in tasks if one["task"] == push_task.name] == [f"({push.pk},)"]
    push_task(push.pk)
    push.refresh_from_db()
    assert push.status == "done"
    assert pushing.pushes_standing_still(timezone.now()) == []


def test_a_task_that_has_had_its_time_hands_the_rest_on(simulator, group, slices_of_two):
    push, _ = order_push(group)
    assert pushing.work_on_push(push.pk, sending.gateway_from_settings(), seconds=0)
    push.refresh_from_db()
    assert (push.status, push.people) == ("waiting", 0)
    assert push_now(push).status == "done"


def test_a_copy_that_is_stopped_posts_no_more_and_may_be_ordered_anew(simulator, group):
    push, _ = order_push(group)
    assert stop_push(push)
    assert not stop_push(push)
    assert push_now(push).has_failed
    assert simulator.contacts("loan clients") == []
    again, is_new = order_push(group)
    assert is_new and push_now(again).status == "done"


def test_a_group_that_is_deleted_meanwhile_ends_it(simulator, group):
    push, _ = order_push(group)
    type(group).objects.filter(pk=group.pk).update(deleted_at=timezone.now())
    assert push_now(push).error == work.GONE
    assert simulator.contacts("loan clients") == []


def test_a_group_that_is_renamed_meanwhile_is_not_torn_in_two(simulator, group, slices_of_two):
    push, _ = order_push(group)
    simulator.chaos(http_status={"status": 503, "calls": "account", "when": "after_accepting", "next_n": 1})
    push_now(push)
    type(group).objects.filter(pk=group.pk).update(name="renamed")
    assert push_now(rested(push)).status == "done"
    assert simulator.ask("GET", "contacts") == {"loan clients": 5}


def test_what_came_of_copies_of_long_ago_goes(simulator, group):
    old = push_now(order_push(group)[0])
    ContactPush.objects.update(finished_at=timezone.now() - timedelta(days=31))
    new, _ = order_push(group)
    keep_house(5)
    assert old.status == "done"
    assert list(ContactPush.objects.all()) == [new]


def test_nobody_is_no_copy(simulator):
    group = make_group("empty")
    with pytest.raises(NobodyToPush):
        order_push(group)
    with pytest.raises(CommandError, match="has nobody to copy"):
        run_command("empty")
    assert not ContactPush.objects.exists()


def test_the_command_names_what_there_is_not():
    with pytest.raises(CommandError, match="There is no group “loans”"):
        run_command("loans")
    assert not ContactPush.objects.exists()


def test_without_a_gateway_or_a_worker_the_copy_is_taken_back(group, settings, monkeypatch):
    settings.QSMS_BASE_URL = ""
    monkeypatch.setattr(command, "WAIT_FOR_A_WORKER_SECONDS", 0)
    with pytest.raises(CommandError, match=r"No gateway is set.* No worker took it up either"):
        run_command("loan clients")
    assert ContactPush.objects.get().has_failed
    ContactPush.objects.all().delete()
    push, _ = order_push(group)
    push_task(push.pk)
    push.refresh_from_db()
    assert (push.status, push.error) == ("failed", sending.NO_GATEWAY)


def test_a_command_without_a_gateway_follows_a_worker_that_has_one(simulator, group, settings, slices_of_two):
    gateway = sending.gateway_from_settings()
    settings.QSMS_BASE_URL = ""

    def worker():
        until(ContactPush.objects.exists)
        while pushing.work_on_push(ContactPush.objects.get().pk, gateway, seconds=0.001):
            pass

    beside = Beside(worker)
    told, said = run_command("loan clients")
    beside.join()
    assert told["pushed"] == len(simulator.contacts("loan clients")) == 5
    assert "it is left to the workers" in said


def test_a_copy_of_many_counts_as_one_by_hand_does(simulator, monkeypatch):
    monkeypatch.setattr(slices, "SLICE_CONTACTS", 7)
    group = make_group(contacts=50)
    out = list(group.contacts.values_list("phone", flat=True))[::4]
    OptOut.objects.bulk_create(OptOut(phone=phone, scope="all") for phone in out)
    expected = pushing.what_is_pushed(group)
    push = push_now(order_push(group)[0])
    assert (expected.numbers, expected.opted_out, expected.to_push) == (50, len(out), 50 - len(out))
    assert (push.people, push.opted_out, push.pushed) == (50, len(out), 50 - len(out))
    assert len(simulator.contacts(group.name)) == 50 - len(out)


def command_beside(simulator, name):
    """The real command as a process of its own, which can be killed."""
    to = connection.get_connection_params()
    address = f"postgres://{to['user']}:{quote(to['password'], safe='')}@/{to['dbname']}?host={quote(to['host'])}"
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": address, "SECRET_KEY": "k" * 50,
        "QSMS_DLR_TOKEN": "t" * 40, "QSMS_BASE_URL": simulator.url, "QSMS_API_KEY": KEY,
    }  # fmt: skip
    command = [sys.executable, "manage.py", "push_contacts", "--group", name]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def test_killed_in_the_middle_it_goes_on_and_repeats_no_more_than_a_slice(simulator):
    size = slices.SLICE_CONTACTS
    group = make_group("many", contacts=6 * size)
    simulator.chaos(latency=0.3)
    first = command_beside(simulator, "many")
    until(lambda: simulator.summary()["contacts"]["calls"] >= 2)
    simulator.chaos(hang={"seconds": 60, "calls": "account", "when": "after_accepting"})
    until(lambda: "hang" in str(simulator.summary()["struck"]))
    first.kill()
    first.communicate()
    push = ContactPush.objects.get()
    assert push.is_under_way and 0 < push.people < 6 * size
    simulator.behave()
    rested(push)
    second = command_beside(simulator, "many")
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert "was under way already: this goes on with it" in err
    assert json.loads(out.splitlines()[-1]) == {
        "pushed": 6 * size, "refused": 0, "opted_out": 0, "same_number": 0,
    }  # fmt: skip
    assert len(simulator.contacts("many")) == 6 * size == group.contacts.count()
    assert simulator.summary()["contacts"]["received"] == 7 * size
    assert ContactField.objects.filter(group=group).count() == 2
