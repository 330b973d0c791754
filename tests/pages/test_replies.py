"""Replies that may mean STOP stand on Home until a manager has said so, or not."""

import threading

import pytest
from django.db import connection, transaction

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.delivery.replies import receive
from campaigns.models import Reply
from contacts.models import OptOut
from tests.calls import until_somebody_waits_for_a_lock
from tests.reading import read

pytestmark = pytest.mark.django_db

PHONE = "254726770792"


def say(text, phone=PHONE):
    return receive({"mobile": phone, "message": text, "shortcode": "70700"})


def press(client, reply, button):
    return read(client.post(f"/replies/{reply.pk}/{button}", follow=True))


def test_a_reply_that_waits_is_told_on_home_and_kept_by_a_click(sign_in):
    reply, client = say("End of <b>month</b> I will pay"), sign_in(Role.MANAGER)
    told = read(client.get("/"))
    assert "Needs somebody" in told
    assert "End of &lt;b&gt;month&lt;/b&gt; I will pay" in told
    assert "this number gets no marketing" in told
    told = press(client, reply, "no-stop")
    assert "0726 770 792 is texted as before." in told
    assert "Needs somebody" not in told
    assert not OptOut.objects.exists()
    assert "(meant no stop)" in read(client.get(f"/people/{PHONE}"))
    entry = AuditEntry.objects.get(act="reply read")
    assert (entry.about, entry.detail) == (f"reply {reply.pk}", {"as_stop": False})


def test_a_reply_that_waits_is_a_stop_by_a_click(sign_in):
    say("please stop")
    second = say("tafadhali acha")
    assert "0726 770 792 gets no texts." in press(sign_in(Role.MANAGER), second, "stop")
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source, out.reason) == (PHONE, "all", "reply", "Replied “tafadhali acha”")
    assert out.created_by is not None
    assert not Reply.objects.to_be_read().exists(), "the other says no more than this one"
    say("START")
    assert not OptOut.objects.exists()


def test_what_was_read_as_stop_is_taken_back_by_a_click(sign_in):
    reply, client = say("Stop by tomorrow"), sign_in(Role.MANAGER)
    assert "Read as STOP: this number gets no texts." in read(client.get("/"))
    press(client, reply, "no-stop")
    assert not OptOut.objects.exists()
    assert "Needs somebody" not in read(client.get("/"))


def test_what_was_read_as_stop_and_is_one_goes_from_home(sign_in):
    reply, client = say("Stop. I am tired of it"), sign_in(Role.MANAGER)
    assert "Needs somebody" not in press(client, reply, "stop")
    assert OptOut.objects.get().reason == "Replied “Stop. I am tired of it”"


def test_taking_back_leaves_what_a_colleague_put_down(sign_in):
    reply = say("Stop by tomorrow")
    OptOut.objects.update(source="person", reason="phoned")
    press(sign_in(Role.MANAGER), reply, "no-stop")
    assert OptOut.objects.get().reason == "phoned"


def test_the_second_of_two_who_read_changes_nothing(sign_in):
    reply, client = say("please stop"), sign_in(Role.MANAGER)
    press(client, reply, "no-stop")
    assert "is known already" in press(client, reply, "stop")
    assert not OptOut.objects.exists()


def test_a_plain_stop_since_then_is_not_taken_back(sign_in):
    reply, client = say("Stop by tomorrow"), sign_in(Role.MANAGER)
    say("STOP")
    assert "is known already" in press(client, reply, "no-stop")
    assert OptOut.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMPOSER])
def test_only_managers_read(sign_in, role):
    reply, client = say("please stop"), sign_in(role)
    told = read(client.get("/"))
    assert "please stop" in told
    assert "Stop it</button>" not in told
    assert client.post(f"/replies/{reply.pk}/stop").status_code == 403
    assert sign_in(Role.MANAGER).get(f"/replies/{reply.pk}/stop").status_code == 405
    assert sign_in(Role.MANAGER).post("/replies/99999999999/stop").status_code == 404
    assert Reply.objects.to_be_read().count() == 1


def test_home_shows_some_those_that_wait_first_and_how_many_there_are(sign_in):
    for number in range(12):
        say("Stop by then" if number % 2 else "please stop", f"2547267707{number:02}")
    told = read(sign_in(Role.MANAGER).get("/"))
    assert (told.count("please stop"), told.count("Stop by then")) == (6, 2)
    assert "12 replies are to be read" in told


def test_home_a_plan_and_a_claim_find_them_by_indexes_among_many():
    Reply.objects.bulk_create(
        Reply(phone=f"2547{number:08}", reading="" if number % 50 else "waits", body={}) for number in range(20_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_reply")
    home = Reply.objects.to_be_read().order_by("-reading", "-pk")[:8].explain()
    assert "reply_to_be_read" in home and "Sort" not in home
    assert "Seq Scan" not in Reply.objects.to_be_read().order_by().values("pk").explain()
    assert "reply_to_be_read" in Reply.objects.waiting().order_by().values("phone").explain()
    assert "Index Scan using reply_of_phone" in Reply.objects.waiting().order_by().filter(phone=PHONE).explain()


@pytest.mark.django_db(transaction=True)
def test_a_stop_that_comes_while_a_manager_takes_one_back_holds(sign_in):
    reply, client = say("Stop by tomorrow"), sign_in(Role.MANAGER)

    def take_back():
        client.post(f"/replies/{reply.pk}/no-stop")
        connection.close()

    manager = threading.Thread(target=take_back)
    with transaction.atomic():
        say("STOP")
        manager.start()
        until_somebody_waits_for_a_lock()
    manager.join()
    assert OptOut.objects.filter(phone=PHONE).exists()
