"""Inviting somebody: by mail or a link, once, for a week."""

import re
import socket
import threading
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts import invitations
from accounts.models import AuditEntry, Invitation, User
from accounts.roles import Role
from tests.reading import words

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"
NEW = {
    "username": "jane",
    "first_name": "Jane",
    "last_name": "W",
    "password1": "maziwa na chai 7",
    "password2": "maziwa na chai 7",
}


class Kept:
    """What the mail server was given."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the mail server calls it so
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def mail_server():
    kept = Kept()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    with override_settings(EMAIL_URL="smtp://x", EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
        yield kept
    server.stop(no_assert=True)


@pytest.fixture
def boss(sign_in):
    client = sign_in("administrator")
    client.person = User.objects.get(username="a administrator")
    return client


def link_in(text):
    return re.search(r"/invitation/[\w-]+", text).group()


def invited(boss, email="", role=Role.COMPOSER):
    """The path of a link that nobody has used."""
    return link_in(invitations.invite(email, role, boss.person)[1])


def test_a_mail_leads_to_an_account_with_the_role_that_was_chosen(boss, mail_server):
    answer = boss.post(reverse("staff-invite"), {"email": "jane.w@example.org", "how": "mail", "role": "composer"})
    assert answer.status_code == 302
    ((to, mail),) = mail_server.mails
    body = mail.get_payload(decode=True).decode()
    assert (to, mail["Subject"]) == (["jane.w@example.org"], "You are invited to QSMS Portal")
    assert "as a composer" in " ".join(body.split())
    link = link_in(body)
    assert link.rpartition("/")[2] not in str(list(Invitation.objects.values()))
    own = Client()
    page = own.get(link)
    assert page.context["form"]["username"].value() == "jane.w"
    assert own.post(link, NEW).headers["Location"] == "/"
    assert own.get("/").status_code == 200
    jane = User.objects.get(username="jane")
    assert (jane.role, jane.email, jane.get_full_name()) == (Role.COMPOSER, "jane.w@example.org", "Jane W")
    assert jane.check_password(NEW["password1"])
    assert list(AuditEntry.objects.order_by("pk").values_list("act", "user__username")) == [
        ("person invited", "a administrator"),
        ("person made", "jane"),
        ("invitation accepted", "jane"),
        ("signed in", "jane"),
    ]


def test_without_mail_the_link_is_shown_once(boss):
    asked = boss.get(reverse("staff-invite"))
    assert "No mail server is set" in words(asked)
    answer = boss.post(reverse("staff-invite"), {"how": "link", "role": "viewer"})
    link = link_in(answer.content.decode())
    assert link not in boss.get("/people").content.decode()
    assert Client().post(link, NEW | {"email": "jane@example.org"}).status_code == 302
    assert User.objects.get(username="jane").email == "jane@example.org"


def test_a_mail_that_cannot_be_sent_leaves_the_link(boss):
    with override_settings(EMAIL_URL="smtp://x", EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1):
        sent = {"email": "jane@example.org", "how": "mail", "role": "viewer"}
        answer = boss.post(reverse("staff-invite"), sent)
    assert "could not be sent" in words(answer)
    assert Client().post(link_in(answer.content.decode()), NEW).status_code == 302


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"how": "mail", "email": ""}, "Say where the mail goes."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": "OMAR@example.org"}, "OMAR@example.org is the address of omar already."),
        ({"email": "Invited@example.org"}, "is invited already. Send that invitation anew, or take it back."),
        ({"role": "owner"}, "owner is not one of the available choices"),
        ({"role": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said(boss, mail_server, sent, said):
    User.objects.create_user("omar", email="omar@example.org")
    invited(boss, "invited@example.org")
    answer = boss.post(reverse("staff-invite"), {"email": "new@example.org", "how": "link", "role": "viewer"} | sent)
    assert said in words(answer)
    assert Invitation.objects.count() == 1
    assert mail_server.mails == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"username": "OMAR"}, "already exists"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"first_name": ""}, "This field is required."),
        ({"password2": "another one, longer"}, "match"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password1": "password123", "password2": "password123"}, "too common"),
        ({"username": "janewanjiru", "password1": "janewanjiru", "password2": "janewanjiru"}, "too similar"),
        ({"email": "OMAR@example.org"}, "is the address of omar already."),
    ],
)
def test_what_the_invited_cannot_choose_is_said_and_the_link_stays_good(boss, sent, said):
    User.objects.create_user("omar", email="omar@example.org")
    link = invited(boss)
    assert said in words(Client().post(link, NEW | sent))
    assert Client().post(link, NEW).status_code == 302


def over(boss, why):
    link, rows = invited(boss), Invitation.objects.all()
    if why == "accepted":
        assert Client().post(link, NEW).status_code == 302
    elif why == "taken back":
        boss.post(reverse("staff-uninvite", args=[rows.get().pk]))
    elif why == "run out":
        rows.update(sent_at=timezone.now() - timedelta(days=7))
    elif why == "newer":
        boss.post(reverse("staff-invite-again", args=[rows.get().pk]))
    elif why == "no administrator":
        User.objects.filter(pk=boss.person.pk).update(is_active=False)
    return link


@pytest.mark.parametrize("why", ["accepted", "taken back", "run out", "newer", "no administrator"])
def test_a_link_that_is_over_says_why_and_makes_nobody(boss, why):
    link = over(boss, why)
    people = User.objects.count()
    for method in ("get", "post"):
        answer = getattr(Client(), method)(link, NEW | {"username": "late"})
        assert answer.status_code == 410
        assert why in words(answer)
    assert User.objects.count() == people


@pytest.mark.parametrize("token", ["x", "x" * 500, "%00", "é"])
def test_what_is_no_link_says_so(db, token):
    assert Client().get(f"/invitation/{token}").status_code in (400, 404, 410)


def test_it_holds_until_its_last_moment_and_a_new_one_from_now(boss):
    link, rows = invited(boss), Invitation.objects.all()
    rows.update(sent_at=timezone.now() - timedelta(days=7) + timedelta(minutes=1))
    assert Client().get(link).status_code == 200
    rows.update(sent_at=timezone.now() - timedelta(days=8))
    assert "has run out" in words(boss.get("/people"))
    answer = boss.post(reverse("staff-invite-again", args=[rows.get().pk]))
    assert Client().get(link_in(answer.content.decode())).status_code == 200
    assert Client().get(link).status_code == 410


def test_looking_at_it_uses_nothing_up(boss):
    link = invited(boss)
    for _ in range(3):
        assert Client().get(link).status_code == 200
    assert Client().head(link).status_code == 200
    assert Client().post(link, NEW).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_one_makes_somebody(boss):
    link, start, answers = invited(boss), threading.Barrier(2), []

    def accept(name):
        start.wait(10)
        answers.append(Client().post(link, NEW | {"username": name}).status_code)
        connection.close()

    tabs = [threading.Thread(target=accept, args=(name,)) for name in ("jane", "jane2")]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(30)
    assert sorted(answers) == [302, 410]
    assert User.objects.filter(username__startswith="jane").count() == 1


def test_who_is_signed_in_is_told_to_sign_out(boss):
    link = invited(boss)
    assert "Sign out, and open the link again" in words(boss.get(link))
    assert boss.post(link, NEW).status_code == 200
    assert not User.objects.filter(username="jane").exists()


def test_only_administrators_invite(boss, sign_in):
    invited(boss, "jane@example.org")
    pk = Invitation.objects.get().pk
    manager = sign_in("manager")
    sent = {"how": "link", "role": "administrator"}
    assert manager.post(reverse("staff-invite"), sent).status_code == 403
    assert manager.post(reverse("staff-invite-again", args=[pk])).status_code == 403
    assert manager.post(reverse("staff-uninvite", args=[pk])).status_code == 403
    with pytest.raises(PermissionDenied):
        invitations.invite("", Role.ADMINISTRATOR, User.objects.get(username="a manager"))
    assert Invitation.objects.waiting().count() == 1


def test_what_was_taken_back_or_accepted_is_sent_to_nobody(boss):
    over(boss, "taken back")
    pk = Invitation.objects.get().pk
    for name in ("staff-invite-again", "staff-uninvite"):
        answer = boss.post(reverse(name, args=[pk]), follow=True)
        assert "accepted or taken back meanwhile" in words(answer)


def test_whoever_made_a_name_of_the_same_letters_is_passed_by(boss):
    for name in ("jane.w", "JANE.W2"):
        User.objects.create_user(name)
    assert invitations.proposed_username("Jane.W@example.org") == "jane.w3"
    assert invitations.proposed_username("!#$@example.org") == ""


def test_a_role_of_an_invitation_is_the_only_one_it_gives(boss):
    Client().post(
        invited(boss, role=Role.VIEWER), NEW | {"role": "administrator", "is_superuser": "on", "groups": ["4"]}
    )
    jane = User.objects.get(username="jane")
    assert (jane.role, jane.is_superuser, list(jane.groups.all())) == (
        Role.VIEWER,
        False,
        [Group.objects.get_or_create(name="viewer")[0]],
    )
