"""Single texts on their pages: sent once, and what becomes of those in doubt."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.models import Batch, Gate, Message, Reply
from campaigns.planning import single
from contacts.models import OptOut
from tests.makers import make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db

NASTY = '<img src=x onerror=alert(1)>"><b>'


def test_one_text_is_looked_at_with_its_price_and_sent_once(sign_in):
    sender = make_sender("LENDER", is_default=True)
    client = sign_in(Role.MANAGER)
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": "Your parcel is here."}
    page = client.post(reverse("message-create"), typed)
    assert "Send this text to 0712 345 678 for about KES 0.60?" in page.content.decode()
    assert not Message.objects.exists()
    opened = page.context["opened"]
    first = client.post(reverse("message-create"), typed | {"opened": opened})
    again = client.post(reverse("message-create"), typed | {"opened": opened})
    assert first["Location"] == again["Location"]
    message = Message.objects.get()
    assert (message.phone, message.source, message.created_by.username) == ("254712345678", "person", "a manager")
    client.post(
        reverse("message-create"), typed | {"opened": client.post(reverse("message-create"), typed).context["opened"]}
    )
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "change, words",
    [
        ({"to": "0202345678"}, "Not a mobile number"),
        ({"text": "Dear <name>"}, "&lt;name&gt; would be sent as it stands"),
        ({"text": " "}, "This field is required"), ({"text": "x" * 919}, "longer than 918"),
        ({"change": "1"}, "Go on: look at it"), ({"opened": "made up"}, "Send 1 text"),
    ],
)  # fmt: skip
def test_one_text_that_cannot_be_sent_is_told_and_not_sent(sign_in, change, words):
    sender = make_sender("LENDER", is_default=True)
    typed = {"to": "0712345678", "sender": sender.pk, "text": "hello"} | change
    page = sign_in(Role.MANAGER).post(reverse("message-create"), typed).content.decode()
    assert words in page
    assert not Message.objects.exists()


def test_only_a_manager_sends_one_text_and_a_viewer_sees_it(sign_in):
    assert sign_in(Role.COMPOSER).get(reverse("message-create")).status_code == 403
    message = single.queue_single("254712345678", NASTY, make_sender(), source="person", kind="transactional")
    page = sign_in(Role.VIEWER).get(reverse("message-detail", args=[message.pk])).content.decode()
    assert "Waiting" in page
    assert "<img src=x" not in page
    assert 'hx-trigger="every 2s"' in page
    Message.objects.update(status="delivered")
    fragment = (
        sign_in(Role.VIEWER)
        .get(reverse("message-detail", args=[message.pk]), headers={"HX-Request": "true"})
        .content.decode()
    )
    assert "<html" not in fragment
    assert "hx-trigger" not in fragment
    assert sign_in(Role.VIEWER).get(reverse("message-detail", args=[999_999_999])).status_code == 404


def doubted(clock):
    """A single text whose call broke, when the doubt clock stood at `clock` seconds ago."""
    message = single.queue_single("254712345678", "hello", make_sender(), source="person", kind="transactional")
    Gate.objects.update(doubt_clock=10_000)
    Message.objects.update(status="uncertain", reason="connection_broke", posted_at=timezone.now())
    Batch.objects.update(
        status="uncertain", tally={"uncertain": 1}, doubted_at=timezone.now(), doubt_clock=10_000 - clock
    )
    return message


@pytest.mark.parametrize(
    "act, status, batch", [("message-resend", "queued", "ready"), ("message-leave", "unknown", "settled")]
)
def test_a_person_decides_about_a_single_text_in_doubt(sign_in, act, status, batch):
    message = doubted(clock=1_000)
    client = sign_in(Role.MANAGER)
    page = reverse("message-detail", args=[message.pk])
    assert "Send it again" in client.get(page).content.decode()
    assert page in client.get(reverse("message-list")).content.decode()
    assert "Of 1 <a" in read(client.get(reverse("home")))
    client.post(reverse(act, args=[message.pk]))
    client.post(reverse(act, args=[message.pk]))
    message.refresh_from_db()
    assert (message.status, message.batch.status) == (status, batch)
    assert message.attempt == (2 if status == "queued" else 1)
    assert "Send it again" not in client.get(page).content.decode()


def test_nobody_decides_before_the_waiting_time_is_over(sign_in):
    message = doubted(clock=10)
    client = sign_in(Role.MANAGER)
    page = client.get(reverse("message-detail", args=[message.pk])).content.decode()
    assert "when the time for reports is over" in page
    assert "Send it again" not in page
    client.post(reverse("message-resend", args=[message.pk]))
    message.refresh_from_db()
    assert message.status == "uncertain"
    assert sign_in(Role.COMPOSER).post(reverse("message-resend", args=[message.pk])).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_send_one_text(sign_in):
    sender = make_sender("LENDER", is_default=True)
    client = sign_in(Role.MANAGER)
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": "Your parcel is here."}
    typed["opened"] = client.post(reverse("message-create"), typed).context["opened"]
    cookies, answers = client.cookies, []

    def click():
        one = Client()
        one.cookies = cookies
        answers.append(one.post(reverse("message-create"), typed)["Location"])
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(10)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert len(answers) == 10
    assert len(set(answers)) == Message.objects.count() == 1


@pytest.mark.parametrize(
    "source, scope, words",
    [
        ("reply", "all", "said STOP on 3 Nov 2026"),
        ("person", "all", "opted out by a manager on 3 Nov 2026"),
        ("upload", "all", "opted out by a file of a manager on 3 Nov 2026"),
        ("api", "all", "opted out by another program on 3 Nov 2026"),
        ("operator", "promotional", ""),
    ],
)
def test_a_single_text_to_who_has_opted_out_says_so_and_has_no_send(sign_in, source, scope, words):
    client, sender = sign_in(Role.MANAGER), make_sender("LENDER", is_default=True)
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": "hello"}
    opened = client.post(reverse("message-create"), typed).context["opened"]
    by = None if source in ("reply", "api") else User.objects.get(username="a manager")
    OptOut.objects.create(
        phone="254712345678", scope=scope, source=source, created_by=by, created_at="2026-11-02T22:00Z"
    )
    page = read(client.post(reverse("message-create"), typed))
    assert ("Send 1 text" in page) is not bool(words)
    assert ("gets no text" in page) is bool(words)
    assert words in page
    client.post(reverse("message-create"), typed | {"opened": opened})
    assert Message.objects.exists() is not bool(words), "nor by a page that was opened before"


def test_marketing_alone_is_kept_from_who_is_on_the_operator_s_list_or_is_to_be_read(sign_in):
    client = sign_in(Role.MANAGER)
    sender = make_sender("SALES", use="promotional")
    OptOut.objects.create(phone="254712345678", scope="promotional", source="operator", created_at="2026-11-03T09:00Z")
    Reply.objects.create(phone="254712345679", text="please stop", reading="waits", body={})
    for number, words in [("0712345678", "operator&#x27;s list since 3 Nov 2026"), ("0712345679", "yet to read it")]:
        page = read(client.post(reverse("message-create"), {"to": number, "sender": sender.pk, "text": "hello"}))
        assert words in page
        assert "Send 1 text" not in page
