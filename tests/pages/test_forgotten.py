"""Who has forgotten the password: a link by mail, through a real mail server, or one that is printed."""

import re
import time

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import call_command
from django.test import Client
from kombu import Connection

from accounts.models import AuditEntry, User
from accounts.tasks import mail_reset
from lib.nudge import queued
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.factors import code_of, make_app
from tests.mailbox import link_in, mailbox
from tests.makers import with_role

OLD, NEW = "a long enough password", "another long password"


@pytest.fixture
def box():
    with mailbox() as box:
        yield box


@pytest.fixture
def olive():
    return with_role(User.objects.create_user("olive", "olive@example.org", OLD))


def empty_the_queue():
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("work")


def ask(address, client=None):
    return (client or Client()).post("/sign-in/reset", {"email": address}, follow=True)


def sign_in(password, name="olive"):
    return Client().post("/sign-in", {"username": name, "password": password}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_link_goes_through_the_queue_and_a_mail_server(box, olive):
    empty_the_queue()
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        assert "Look at your mail" in ask("Olive@Example.org").content.decode()
        for _ in range(300):
            if box.mails:
                break
            time.sleep(0.1)
    [(to, mail)] = box.mails
    assert (to, mail["Subject"]) == (["olive@example.org"], "Your password")
    assert mail["To"] == "olive@example.org"
    client = Client()
    form = client.get(link_in(mail), follow=True)
    assert form.request["PATH_INFO"].endswith("/set-password")
    client.post(form.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    assert (sign_in(OLD), sign_in(NEW)) == (False, True)
    assert "holds no longer" in Client().get(link_in(mail), follow=True).content.decode()
    entry = AuditEntry.objects.get(act="password changed")
    assert (entry.about, entry.user) == (f"person {olive.pk}", olive)


@pytest.mark.django_db
def test_the_answer_is_the_same_whoever_it_is(box, olive):
    User.objects.create_user("gone", "gone@example.org", OLD, is_active=False)
    User.objects.create_user("linked", "linked@example.org")
    answers = [ask(f"{name}@example.org").content.decode() for name in ("olive", "nobody", "gone", "linked")]
    assert len({re.sub(r'Token": "\w+', "", one) for one in answers}) == 1
    mail_reset(*User.objects.values_list("pk", flat=True).filter(username="gone"))
    mail_reset()
    assert box.mails == []


@pytest.mark.django_db
def test_where_two_have_the_address_nobody_gets_into_the_other_s_account(box, olive):
    other = User.objects.create_user("oliver", "OLIVE@example.org", OLD)
    mail_reset(olive.pk, other.pk)
    [(to, mail)] = box.mails
    assert to == ["olive@example.org"]
    assert "2 people there have this address" in mail.get_content()
    assert "/sign-in" not in mail.get_content()


@pytest.mark.django_db
def test_the_second_factor_is_asked_for_after_a_reset(box, olive):
    secret, _ = make_app(olive)
    mail_reset(olive.pk)
    client = Client()
    form = client.get(link_in(box.mails[0][1]), follow=True).request["PATH_INFO"]
    assert client.post(form, {"new_password1": NEW, "new_password2": NEW})["Location"] == "/sign-in"
    assert client.get("/profile").status_code == 302
    client.post("/sign-in", {"username": "olive", "password": NEW})
    assert client.get("/profile").status_code == 302
    client.post("/sign-in/code", {"code": code_of(secret)})
    assert client.get("/profile").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["x/y", "MQ/x-y", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0/x-y", "%00/%00", "é/set-password"])
def test_what_is_no_link_says_so(box, olive, path):
    answer = Client().get(f"/sign-in/reset/{path}", follow=True)
    assert answer.status_code in (200, 400)
    assert b"Set the password" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_mail_to_one_address_goes_once_a_minute_and_one_place_asks_20_times(box, olive):
    empty_the_queue()
    for _ in range(3):
        assert "Look at your mail" in ask("olive@example.org").content.decode()
    assert queued("work") == 1
    for number in range(17):
        assert ask(f"nobody{number}@example.org").status_code == 200
    assert queued("work") == 18
    answer = ask("olive@example.org")
    assert (answer.status_code, b"Too often" in answer.content) == (429, True)
    assert Client(REMOTE_ADDR="198.51.100.7").post("/sign-in/reset", {"email": "a@example.org"}).status_code == 302
    empty_the_queue()


@pytest.mark.django_db
def test_where_no_mail_is_set_it_says_whom_to_ask(olive):
    page = Client().get("/sign-in/reset").content.decode()
    assert "Ask an administrator" in page
    assert "manage.py sign_in_link NAME" in page
    assert 'type="email"' not in page


def printed_link(capsys, name="olive"):
    call_command("sign_in_link", name)
    return re.search(r"https?://[^/\s]+(/\S+)", capsys.readouterr().out)[1]


@pytest.mark.django_db
def test_a_printed_link_signs_in_once_by_its_button(olive, capsys):
    link = printed_link(capsys)
    client = Client()
    assert b"Sign in as olive" in client.get(link).content
    assert client.get("/profile").status_code == 302
    assert client.post(link)["Location"] == "/"
    assert client.get("/profile").status_code == 200
    for method in ("get", "post"):
        assert getattr(Client(), method)(link).status_code == 410
    assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == [
        "sign-in link made", "sign-in link used", "signed in",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_printed_link_asks_for_the_second_factor_and_holds_once_all_the_same(olive, capsys):
    secret, _ = make_app(olive)
    link = printed_link(capsys)
    client = Client()
    assert client.post(link)["Location"] == "/sign-in/code"
    assert client.get("/profile").status_code == 302
    assert Client().post(link).status_code == 410
    client.post("/sign-in/code", {"code": code_of(secret)})
    assert client.get("/profile").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["password", "inactive", "signed in"])
def test_a_printed_link_ends_with_what_it_stood_for(olive, capsys, end):
    link = printed_link(capsys)
    if end == "password":
        olive.set_password(NEW)
        olive.save()
    elif end == "inactive":
        User.objects.update(is_active=False)
    else:
        Client().post("/sign-in", {"username": "olive", "password": OLD})
    assert Client().post(link).status_code == 410


@pytest.mark.django_db
def test_a_printed_link_ends_after_a_quarter_of_an_hour(olive, capsys, time_machine):
    time_machine.move_to("2026-11-29T12:00:00Z", tick=False)
    link = printed_link(capsys)
    time_machine.move_to("2026-11-29T12:14:59Z", tick=False)
    assert Client().get(link).status_code == 200
    time_machine.move_to("2026-11-29T12:15:01Z", tick=False)
    assert Client().post(link).status_code == 410


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "x:y:z", "%00", "a" * 5000, "WzFd:1x:y"])
def test_what_is_no_printed_link_says_so(token):
    assert Client().get(f"/sign-in/link/{token}").status_code in (400, 410)


@pytest.mark.django_db
def test_the_command_knows_who_is_there(olive):
    User.objects.update(is_active=False)
    with pytest.raises(Exception, match="There is no active person with the user name olive"):
        call_command("sign_in_link", "olive")
