"""One's own second factors and sessions; what ends sessions; who must show again that it is them."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import sessions, staff
from accounts.invitations import invite
from accounts.models import ApiKey, AuditEntry, User
from accounts.roles import Role
from accounts.second_factors import take_away
from campaigns.actions import set_rules
from campaigns.models import Rules
from tests.factors import code_of, make_app
from tests.makers import with_role
from tests.reading import words

pytestmark = pytest.mark.django_db

OLD, NEW = "a long enough password", "another long password"
LATER = "2026-11-29T12:15:01Z"


@pytest.fixture
def olive(db):
    user = User.objects.create_user("olive", "olive@example.org", OLD)
    user.groups.set([Group.objects.get_or_create(name="administrator")[0]])
    return user


def signed_in(name="olive", address="203.0.113.5", browser="Firefox on a desk"):
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": browser})
    client.post("/sign-in", {"username": name, "password": OLD})
    assert is_in(client)
    return client


def is_in(client):
    return client.get("/profile/sessions").status_code == 200


def test_an_app_is_set_up_by_a_code_of_it(olive):
    client = signed_in()
    page = client.get("/profile/second-factor/app").content.decode()
    assert "data:image/svg+xml;base64," in page
    secret = re.search(r"<code class=\"text-break\">(\w+)</code>", page)[1]
    assert "Incorrect code" in client.post("/profile/second-factor/app", {"code": "1"}).content.decode()
    assert not Authenticator.objects.exists()
    answer = client.post("/profile/second-factor/app", {"code": code_of(secret)}, follow=True)
    codes = re.findall(r"<li><code>(\d{8})</code>", answer.content.decode())
    assert len(codes) == 10
    told = client.get("/profile/second-factor/codes/file")
    assert told.content.decode().split() == codes
    assert "attachment" in told["Content-Disposition"]
    assert client.get("/profile/second-factor/app")["Location"] == "/profile/second-factor"
    again = Client()
    assert again.post("/sign-in", {"username": "olive", "password": OLD})["Location"] == "/sign-in/code"
    again.post("/sign-in/code", {"code": codes[3]})
    assert is_in(again)
    page = client.get("/profile/second-factor").content.decode()
    assert "9 left" in page
    client.post("/profile/second-factor/codes/renew")
    new = client.get("/profile/second-factor/codes/file").content.decode().split()
    assert (len(new), set(new) & set(codes)) == (10, set())
    client.post(f"/profile/second-factor/{Authenticator.objects.get(type='totp').pk}/remove")
    assert not Authenticator.objects.exists()
    assert client.get("/profile/second-factor/codes").status_code == 404
    assert client.post("/profile/second-factor/codes/renew").status_code == 404
    acts = AuditEntry.objects.exclude(kind="sign-ins").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["second factor added", "recovery codes made anew", "second factor taken away"]
    kept = str(list(AuditEntry.objects.values()))
    assert secret not in kept
    assert not any(code in kept for code in codes)


def test_somebody_else_s_factor_is_not_there(olive):
    other = with_role(User.objects.create_user("other", password=OLD))
    make_app(other)
    client = signed_in()
    for factor in Authenticator.objects.all():
        assert client.post(f"/profile/second-factor/{factor.pk}/remove").status_code == 404
    assert Authenticator.objects.count() == 2


def test_under_an_address_without_passkeys_the_page_says_so(olive):
    client = signed_in()
    for host, possible in (("127.0.0.1", False), ("localhost", True), ("[::1]", False)):
        page = client.get("/profile/second-factor", headers={"Host": f"{host}:8000"}).content.decode()
        assert ("Add a passkey" in page, "browsers make no passkeys" in page) == (possible, not possible), host
        assert ("With a passkey" in Client().get("/sign-in", headers={"Host": host}).content.decode()) == possible
        answer = client.get("/profile/second-factor/passkey", headers={"Host": f"{host}:8000"})
        assert answer.status_code == (200 if possible else 302)


@pytest.mark.parametrize(
    "credential", ["", "null", "[]", "1", "{}", '{"response": null}', '{"id": "é", "response": {}}', "[" * 3000]
)
def test_what_no_browser_answered_adds_no_passkey(olive, credential):
    client = signed_in()
    at = {"headers": {"Host": "localhost"}}
    client.get("/profile/second-factor/passkey", **at)
    answer = client.post("/profile/second-factor/passkey", {"name": "x", "credential": credential}, **at)
    assert answer.status_code == 200
    answer = client.post("/sign-in/again", {"credential": credential}, **at)
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_sessions_are_listed_and_ended(olive):
    here, there, third = signed_in(), signed_in(address="198.51.100.7", browser="Chrome on a phone"), signed_in()
    page = here.get("/profile/sessions").content.decode()
    assert ("198.51.100.7" in page, "Chrome on a phone" in page, page.count("this one")) == (True, True, 1)
    theirs = UserSession.objects.get(ip="198.51.100.7")
    here.post(f"/profile/sessions/{theirs.pk}/end")
    assert [is_in(one) for one in (here, there, third)] == [True, False, True]
    here.post("/profile/sessions/end")
    assert [is_in(one) for one in (here, third)] == [True, False]
    assert UserSession.objects.count() == 1
    here.post("/sign-out")
    assert UserSession.objects.count() == Session.objects.filter(session_key=here.session.session_key).count() == 0


def test_nobody_ends_or_sees_another_s_sessions(olive):
    with_role(User.objects.create_user("other", password=OLD))
    here, other = signed_in(), signed_in("other", "198.51.100.7")
    assert "198.51.100.7" not in here.get("/profile/sessions").content.decode()
    here.post(f"/profile/sessions/{UserSession.objects.get(ip='198.51.100.7').pk}/end")
    here.post("/profile/sessions/end")
    assert is_in(other)


def test_end_sessions_leaves_the_one_that_it_is_told(olive):
    here, there = signed_in(), signed_in()
    assert sessions.end_sessions(olive, but=here.session.session_key) == 1
    assert [is_in(one) for one in (here, there)] == [True, False]
    assert sessions.end_sessions(olive) == 1
    assert not is_in(here)


def change_by_sql(user):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_active = false WHERE id = %s", [user.pk])
        cursor.execute("UPDATE accounts_user SET is_active = true WHERE id = %s", [user.pk])


def demote_and_back(user):
    groups = list(user.groups.all())
    user.groups.clear()
    user.groups.set(groups)


def set_password(user):
    user.set_password(NEW)
    user.save()


CHANGES = {
    "a password": set_password,
    "a password by query": lambda user: User.objects.filter(pk=user.pk).update(password="x"),
    "deactivated and back, by SQL": change_by_sql,
    "the role and back": demote_and_back,
    "a role more": lambda user: user.groups.add(Group.objects.get_or_create(name="viewer")[0]),
    "the role's rows": lambda user: User.groups.through.objects.filter(user=user).delete(),
    "superuser": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_sessions_end_whatever_way_it_is_changed(olive, change):
    with_role(User.objects.create_user("other", password=OLD))
    here, there, other = signed_in(), signed_in(), signed_in("other")
    CHANGES[change](User.objects.get(username="olive"))
    assert [is_in(one) for one in (here, there, other)] == [False, False, True]
    assert set(UserSession.objects.values_list("user__username", flat=True)) == {"other"}


def test_a_name_and_an_address_end_nothing(olive):
    here = signed_in()
    here.post("/profile", {"first_name": "O", "last_name": "P", "email": "o@example.org"})
    assert is_in(here)


def test_one_s_own_password_leaves_this_session_alone_and_it_can_be_ended_all_the_same(olive):
    here, there = signed_in(), signed_in()
    here.post("/profile", {"old_password": OLD, "new_password1": NEW, "new_password2": NEW})
    assert [is_in(one) for one in (here, there)] == [True, False]
    assert sessions.end_sessions(olive) == 1
    assert not is_in(here)


def test_what_has_run_out_is_forgotten(olive):
    here = signed_in()
    signed_in()
    Session.objects.exclude(session_key=here.session.session_key).update(expire_date=timezone.now())
    sessions.forget_ended(timezone.now())
    assert UserSession.objects.count() == Session.objects.count() == 1
    assert is_in(here)


FRESH = ["/settings/keys", "/settings/rules", "/profile/second-factor/app", "/profile/second-factor/codes",
         "/profile/second-factor/codes/file", "/profile/second-factor/passkey",
         "/people/invitations/new", "/audit/export", "/audit/export/xlsx"]  # fmt: skip


@pytest.mark.parametrize("address", FRESH)
def test_what_weighs_most_asks_for_the_password_again(olive, address):
    with time_machine.travel("2026-11-29T12:00:00Z", tick=False):
        make_app(olive)
        client = Client()
        client.force_login(olive, backend="django.contrib.auth.backends.ModelBackend")
    with time_machine.travel(LATER, tick=False):
        at = {"headers": {"Host": "localhost"}}
        asked = client.get(address, **at)
        assert asked["Location"] == f"/sign-in/again?next={address}"
        assert client.get("/profile/second-factor").status_code == 200
        page = client.post("/sign-in/again", {"password": "wrong", "next": address})
        assert "not your password" in page.content.decode()
        assert client.get(address, **at).status_code == 302
        assert client.post("/sign-in/again", {"password": OLD, "next": address})["Location"] == address
        assert client.get(address, **at)["Location" if address.endswith("app") else "Content-Type"]


def test_a_code_does_for_the_password(olive):
    secret, _ = make_app(olive)
    client = Client()
    client.force_login(olive, backend="django.contrib.auth.backends.ModelBackend")
    with time_machine.travel(timezone.now() + sessions.FRESH_FOR, tick=False):
        assert client.get("/settings/keys").status_code == 302
        client.post("/sign-in/again", {"code": code_of(secret), "next": "//evil.example"})
        assert client.get("/settings/keys").status_code == 200


def test_a_post_without_it_does_nothing_and_leads_back_to_its_page(olive):
    client = signed_in()
    with time_machine.travel(timezone.now() + sessions.FRESH_FOR, tick=False):
        sent = {"name": "crm", "role": "viewer", "owner": olive.pk}
        answer = client.post("/settings/keys", sent, headers={"Referer": "http://testserver/settings/keys"})
        assert answer["Location"] == "/sign-in/again?next=/settings/keys"
        assert client.post("/settings/gateway/test")["Location"] == "/sign-in/again?next=/"
        htmx = client.post("/settings/gateway/test", headers={"HX-Request": "true"})
        assert (htmx.status_code, htmx["HX-Redirect"]) == (401, "/sign-in/again?next=/")
    assert not ApiKey.objects.exists()


def test_nobody_is_changed_or_invited_without_it(olive):
    """Each leads back to the page with its form."""
    client = signed_in()
    mary = User.objects.create_user("mary", password=OLD)
    omar = User.objects.create_user("omar", password=OLD, is_active=False)
    invitation, _ = invite("", Role.VIEWER, olive)
    factor = make_passkey(mary, "Blue key")
    of_mary, of_omar = (f"/people/staff/{one.pk}" for one in (mary, omar))
    posted = [
        (of_mary, of_mary, {"role": "viewer"}),
        (of_mary, of_mary, {"monthly_limit": "5"}),
        (f"{of_mary}/deactivate", f"{of_mary}/deactivate", {}),
        (f"{of_omar}/reactivate", of_omar, {}),
        ("/people/invitations/new", "/people/invitations/new", {"how": "link", "role": "viewer"}),
        (f"/people/invitations/{invitation.pk}/again", "/people", {}),
        (f"/people/invitations/{invitation.pk}/take-back", "/people", {}),
        (f"/people/factors/{factor.pk}/take-away", of_mary, {}),
        (f"{of_mary}/end-sessions", of_mary, {}),
    ]
    before = AuditEntry.objects.count()
    with time_machine.travel(timezone.now() + sessions.FRESH_FOR, tick=False):
        assert client.get("/people").status_code == 200
        for page in (of_mary, f"{of_mary}/deactivate"):
            assert client.get(page)["Location"] == f"/sign-in/again?next={page}"
        for address, page, sent in posted:
            answer = client.post(address, sent, headers={"Referer": f"http://testserver{page}"})
            assert answer["Location"] == f"/sign-in/again?next={page}"
        assert AuditEntry.objects.count() == before
        client.post("/sign-in/again", {"password": OLD})
        for address, _, sent in posted:
            client.post(address, sent)
    done = AuditEntry.objects.filter(user=olive).order_by("pk").values_list("act", flat=True)
    assert list(done)[-9:] == [
        "role changed", "spending limit changed", "person deactivated", "person reactivated", "person invited",
        "invitation sent anew", "invitation taken back", "second factor taken away", "session ended",
    ]  # fmt: skip


def test_guessing_there_is_shut_out_too(olive):
    client = signed_in()
    for number in range(10):
        page = client.post("/sign-in/again", {"password": f"guess {number}"})
    assert "Too many tries" in page.content.decode()
    assert "Too many tries" in client.post("/sign-in/again", {"password": OLD}).content.decode()


def test_a_role_that_must_have_one_sets_it_up_and_does_nothing_else_until_then(olive, sign_in):
    client, viewer, manager = signed_in(), sign_in("viewer"), sign_in("manager")
    set_rules.set_rule("second_factor", "Administrators, manager")
    for address in ("/", "/settings/keys", "/profile", "/campaigns/", "/admin/", "/contacts/"):
        assert client.get(address)["Location"] == "/profile/second-factor", address
    assert client.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == "/profile/second-factor"
    assert client.post("/settings/rules", {"second_factor": "off"}).status_code == 302
    assert Rules.objects.get().second_factor == "manager,administrator"
    assert viewer.get("/").status_code == 200
    assert manager.get("/").status_code == 302
    page = client.get("/profile/second-factor").content.decode()
    assert "Your role asks for a second factor" in page
    make_app(olive)
    assert client.get("/settings/keys").status_code == 200
    assert client.post("/sign-out").status_code == 302
    _, key = ApiKey.make("crm", owner=olive)
    assert Client().get("/v1/contacts", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("off", "off"),
        ("everybody", "viewer, composer, manager, administrator"),
        (" Managers ,viewer", "viewer, manager"),
    ],
)
def test_the_rule_is_read_and_written(text, kept, capsys):
    call_command("setting", "second_factor", text)
    assert set_rules.rules_shown()["second_factor"] == kept
    with pytest.raises(set_rules.BadRule):
        set_rules.set_rule("second_factor", "bosses")


def test_an_administrator_takes_away_what_somebody_has_lost(olive):
    make_app(olive)
    root = User.objects.create_superuser("root", password=OLD)
    client = Client()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    pk = Authenticator.objects.get(type="totp").pk
    page = client.get(f"/admin/mfa/authenticator/{pk}/change/").content.decode()
    assert "secret" not in page
    client.post(f"/admin/mfa/authenticator/{pk}/delete/", {"post": "yes"})
    assert Authenticator.objects.count() == 0, "codes that are left alone go too"
    signed_in()
    entry = AuditEntry.objects.get(act="second factor taken away")
    assert (entry.user, entry.about, entry.detail) == (root, f"person {olive.pk}", {"kind": "app"})


def make_passkey(user, name):
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {}})


def test_a_person_s_page_takes_second_factors_away_one_by_one_and_ends_sessions(olive):
    mary = User.objects.create_user("mary", password=OLD)
    with_role(mary, "viewer")
    there, client = signed_in("mary"), signed_in()
    page = f"/people/staff/{mary.pk}"
    assert "With the password alone: they have no second factor." in words(client.get(page))
    make_app(mary)
    Authenticator.objects.filter(type="totp").update(last_used_at=timezone.now() - timedelta(hours=2))
    key = make_passkey(mary, "Blue key")
    told = words(client.get(page))
    assert "App added" in told
    assert "last used 2 hours ago" in told
    assert "Passkey “Blue key” added" in told
    assert "Recovery codes added" in told
    assert "Signed in with 1 browser" in told
    for factor, left in ((Authenticator.objects.get(type="totp"), {"recovery_codes", "webauthn"}), (key, set())):
        assert client.post(f"/people/factors/{factor.pk}/take-away")["Location"] == page
        assert set(Authenticator.objects.values_list("type", flat=True)) == left
        assert client.post(f"/people/factors/{factor.pk}/take-away").status_code == 404
    assert is_in(there)
    assert "1 session of mary ended." in words(client.post(f"{page}/end-sessions", follow=True))
    assert not is_in(there)
    assert is_in(client)
    assert "Signed in nowhere" in words(client.get(page))
    done = AuditEntry.objects.filter(user=olive, about=f"person {mary.pk}").order_by("pk")
    assert list(done.values_list("act", "detail")) == [
        ("second factor taken away", {"kind": "app"}),
        ("second factor taken away", {"kind": "passkey"}),
        ("session ended", {"sessions": 1}),
    ]


def test_who_is_no_administrator_any_more_takes_nothing_away(olive):
    make_app(olive)
    mary = User.objects.create_user("mary", password=OLD)
    with pytest.raises(PermissionDenied):
        take_away(Authenticator.objects.get(type="totp"), mary)
    with pytest.raises(PermissionDenied):
        staff.end_all_sessions(olive, mary)
    assert Authenticator.objects.filter(type="totp").exists()
