"""Signing in at the organisation's provider, by HTTP: who is let in as what, and what proves nothing."""

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.roles import Role
from accounts.single_sign_on.provider import forget_provider
from campaigns.actions import set_rules
from tests.factors import code_of, make_app
from tests.oidc.saying import saying_provider

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
ROLES = {"sms-admins": "administrator", "sms-clerks": "composer", "sms-all": "viewer"}


@pytest.fixture
def provider(settings):
    with saying_provider() as provider:
        set_up(settings, provider)
        yield provider
    forget_provider()


def set_up(settings, provider):
    settings.OIDC_ISSUER, settings.OIDC_ROLES = provider.issuer, ROLES
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = provider.client_id, provider.client_secret
    settings.PUBLIC_URL = "http://testserver"
    forget_provider()


def words(answer):
    return " ".join(answer.content.decode().split())


def is_in(client):
    return client.get("/profile/sessions").status_code == 200


def make_administrator(name="boss"):
    boss = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    boss.groups.add(Group.objects.get_or_create(name="administrator")[0])
    return boss


def deeds():
    return [
        (one.act, one.user and one.user.username, one.detail) for one in AuditEntry.objects.order_by("pk")
    ]  # fmt: skip


def test_without_an_issuer_nothing_of_it_is_there(settings, django_assert_num_queries):
    assert not settings.OIDC_ISSUER
    client = Client()
    assert "oidc" not in words(client.get("/sign-in"))
    assert "http" not in str(client.get("/sign-in").headers["Content-Security-Policy"]).partition("form-action")[2]
    with django_assert_num_queries(0):
        assert client.get("/sign-in/oidc").status_code == 404
        assert client.get("/sign-in/oidc/callback?state=a&code=b").status_code == 404
    for page in ("/oidc/oidc/login/", "/accounts/social/signup/", "/social/connections/"):
        assert client.get(page).status_code in (302, 404)


def test_a_new_person_is_made_with_the_highest_role_of_the_claim(provider):
    provider.knows(groups=["others", "sms-all", "sms-clerks"])
    client = Client()
    assert 'href="/sign-in/oidc?next=%2Fcampaigns%2F"' in words(client.get("/sign-in?next=/campaigns/"))
    asked = provider.begin(client, "/sign-in/oidc?next=/campaigns/")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == "http://testserver/sign-in/oidc/callback"
    assert provider.come_back(client)["Location"] == "/campaigns/"
    person = User.objects.get()
    names = (person.username, person.email, person.first_name, person.last_name)
    assert names == ("wanjiru", "wanjiru@example.org", "Wanjiru", "Otieno")
    assert (person.role, person.has_usable_password()) == (Role.COMPOSER, False)
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid, account.extra_data) == (provider.issuer, "u-1", {})
    assert is_in(client)
    # By the portal: nobody's hand gave the role.
    assert ("role changed", None, {"before": "none", "after": "composer"}) in deeds()
    assert provider.sign_in(Client()).status_code == 302
    assert User.objects.count() == 1


def test_the_role_follows_the_claim_at_every_sign_in(provider):
    make_administrator()
    for groups, role in ((["sms-clerks"], "composer"), ("sms-admins", "administrator"), (["sms-all"], "viewer")):
        provider.knows(groups=groups)
        client = Client()
        provider.sign_in(client)
        assert is_in(client)
        assert User.objects.get(username="wanjiru").role.value == role
    provider.knows(groups=["others", {"sms-admins": 1}, None])
    before, client = client, Client()
    assert provider.sign_in(client)["Location"] == "/"
    assert User.objects.get(username="wanjiru").role is None
    assert "You have no role yet" in words(client.get("/"))
    assert not is_in(before)
    provider.knows(groups=None)
    provider.sign_in(Client())
    assert User.objects.get(username="wanjiru").role is None


def test_the_last_administrator_is_never_lowered_by_the_claim(provider, caplog):
    provider.knows(groups=["sms-admins"])
    provider.sign_in(Client())
    provider.knows(groups=["sms-all"])
    client = Client()
    provider.sign_in(client)
    assert is_in(client)
    assert User.objects.get().role is Role.ADMINISTRATOR
    assert "would lower the last administrator" in caplog.text
    make_administrator()
    provider.sign_in(client)
    assert User.objects.get(username="wanjiru").role is Role.VIEWER


def test_without_a_mapping_roles_are_given_by_hand(provider, settings):
    settings.OIDC_ROLES = {}
    provider.knows(groups=["sms-admins"])
    provider.sign_in(Client())
    person = User.objects.get()
    assert person.role is None
    person.groups.add(Group.objects.get_or_create(name="manager")[0])
    provider.sign_in(Client())
    assert User.objects.get().role is Role.MANAGER


def test_an_account_of_the_address_is_never_taken_over(provider):
    local = User.objects.create_user("old", "Wanjiru@Example.org", PASSWORD)
    for verified in (True, None):
        provider.knows(email_verified=verified)
        client = Client()
        answer = provider.sign_in(client)
        assert answer.status_code == 403
        assert "There is an account of this address already: sign in with your password." in words(answer)
        assert not is_in(client)
    assert (User.objects.get(), SocialAccount.objects.count()) == (local, 0)


def test_an_address_that_is_not_shown_to_be_theirs_is_not_kept(provider):
    local = User.objects.create_user("old", "wanjiru@example.org", PASSWORD)
    provider.knows(email_verified=False)
    assert provider.sign_in(Client()).status_code == 302
    assert User.objects.exclude(pk=local.pk).get().email == ""


@pytest.mark.parametrize(
    "claims, name",
    [
        ({"preferred_username": "Old"}, "Old2"),
        ({"preferred_username": "old@example.org"}, "old@example.org2"),
        ({"preferred_username": None}, "wanjiru@example.org"),
        ({"preferred_username": " wan\x00ji ru\n<b>"}, "wanjirub"),
        ({"preferred_username": 7, "email": ["x"]}, "person"),
        ({"preferred_username": "a" * 5000, "name": "n" * 5000, "email": "e" * 400 + "@example.org"}, "a" * 100),
        ({"preferred_username": "x", "given_name": "\ud800G\x00", "family_name": "F\nf"}, "x"),
    ],
)
def test_a_user_name_is_free_and_one_that_can_be(provider, claims, name):
    User.objects.create_user("old", "old@example.org", PASSWORD)
    provider.knows(**claims)
    assert provider.sign_in(Client()).status_code == 302
    assert User.objects.exclude(username="old").get().username == name


def test_who_is_not_active_stays_out_and_reads_so(provider):
    provider.knows(groups=["sms-clerks"])
    provider.sign_in(Client())
    User.objects.update(is_active=False)
    provider.knows(groups=["sms-admins"])
    client = Client()
    answer = provider.sign_in(client)
    assert (answer.status_code, "not active any more" in words(answer)) == (403, True)
    assert not is_in(client)
    person = User.objects.get()
    assert person.role is Role.COMPOSER
    assert AuditEntry.objects.filter(act="sign-in failed", about=f"person {person.pk}").exists()


def test_the_rule_of_second_factors_asks_none_but_of_who_has_one_here(provider):
    make_administrator()
    set_rules.set_rule("second_factor", "composer, administrator")
    provider.knows(groups=["sms-clerks"])
    client = Client()
    provider.sign_in(client)
    assert client.get("/").status_code == 200
    local = Client()
    local.post("/sign-in", {"username": "boss", "password": PASSWORD})
    assert local.get("/")["Location"] == "/profile/second-factor"
    secret, _ = make_app(User.objects.get(username="wanjiru"))
    client = Client()
    assert provider.sign_in(client)["Location"] == "/sign-in/code"
    assert not is_in(client)
    client.post("/sign-in/code", {"code": code_of(secret)})
    assert is_in(client)


def test_what_the_provider_vouched_for_holds_of_that_person_alone(provider):
    """Somebody else signs in by password where a sign-in by the provider waits for its second step."""
    make_administrator()
    set_rules.set_rule("second_factor", "administrator")
    provider.sign_in(Client())
    make_app(User.objects.get(username="wanjiru"))
    client = Client()
    provider.sign_in(client)
    client.post("/sign-in", {"username": "boss", "password": PASSWORD})
    assert client.get("/")["Location"] == "/profile/second-factor"


def test_what_weighs_most_asks_the_provider_again(provider):
    provider.knows(groups=["sms-admins"])
    client = Client()
    provider.sign_in(client)
    assert client.get("/settings/keys").status_code == 200
    provider.signed = {"auth_time": int(time.time()) - 3600}
    client = Client()
    provider.sign_in(client)
    page = client.get("/settings/keys")["Location"]
    assert page == "/sign-in/again?next=/settings/keys"
    assert 'href="/sign-in/oidc?next=%2Fsettings%2Fkeys"' in words(client.get(page))
    asked = provider.begin(client, "/sign-in/oidc?next=/settings/keys")
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    # A provider that did not ask.
    assert "did not ask you again" in words(provider.come_back(client))
    provider.signed = {"auth_time": None}
    assert provider.sign_in(client).status_code == 403
    provider.signed = {"sub": "u-2"}
    provider.knows(sub="u-2", email="other@example.org", preferred_username="other")
    assert "somebody else than here" in words(provider.sign_in(client))
    assert User.objects.count() == 1
    assert client.get("/settings/keys").status_code == 302
    provider.signed = {}
    provider.knows(groups=["sms-admins"])
    assert provider.sign_in(client, "/sign-in/oidc?next=/settings/keys")["Location"] == "/settings/keys"
    assert client.get("/settings/keys").status_code == 200


def test_a_person_with_a_password_is_not_offered_the_provider_again(provider):
    make_administrator()
    client = Client()
    client.post("/sign-in", {"username": "boss", "password": PASSWORD})
    assert "/sign-in/oidc" not in words(client.get("/sign-in/again"))


WRONG = {
    "signed by somebody else": lambda p: setattr(p, "signs_with", p.other_key),
    "signed with the client's secret": lambda p: (setattr(p, "signs_with", "secret" * 8), as_(p, "HS256")),
    "not signed": lambda p: (setattr(p, "signs_with", None), as_(p, "none")),
    "another nonce": lambda p: p.signed.update(nonce="n"),
    "no nonce": lambda p: p.signed.update(nonce=None),
    "for another client": lambda p: p.signed.update(aud="other"),
    "for several, not given to us": lambda p: p.signed.update(aud=["portal", "other"], azp="other"),
    "of another issuer": lambda p: p.signed.update(iss="http://127.0.0.1:1"),
    "run out": lambda p: p.signed.update(exp=int(time.time()) - 120),
    "without an end": lambda p: p.signed.update(exp=None),
    "without a sub": lambda p: p.signed.update(sub=None),
    "a sub that is too long": lambda p: (p.signed.update(sub="u" * 192), p.knows(sub="u" * 192)),
    "a sub of no text": lambda p: (p.signed.update(sub="u\x00"), p.knows(sub="u\x00")),
    "userinfo of somebody else": lambda p: p.knows(sub="u-2"),
    "no ID token": lambda p: p.bodies.update({"/token": {"access_token": "a"}}),
    "a code that it does not know": lambda p: p.bodies.update({"/token": (400, {"error": "invalid_grant"})}),
}
JUNK = {
    "no JSON": lambda p: p.bodies.update({"/token": b"<html>"}),
    "no object": lambda p: p.bodies.update({"/token": []}),
    "broken": lambda p: p.bodies.update({"/token": (500, {})}),
    "no keys": lambda p: p.bodies.update({"/keys": {"keys": []}}),
    "keys that are none": lambda p: p.bodies.update({"/keys": {"keys": [7]}}),
    "no userinfo": lambda p: p.bodies.update({"/me": (503, {})}),
}


def as_(provider, algorithm):
    provider.algorithm = algorithm


@pytest.mark.parametrize("wrong", WRONG)
def test_what_proves_nothing_lets_nobody_in(provider, wrong):
    client = Client()
    WRONG[wrong](provider)
    answer = provider.sign_in(client)
    assert (answer.status_code, "does not prove who you are" in words(answer)) == (403, True)
    assert not is_in(client)
    assert not User.objects.exists()


@pytest.mark.parametrize("junk", JUNK)
def test_a_provider_that_is_broken_is_told_of(provider, junk):
    client = Client()
    JUNK[junk](provider)
    answer = provider.sign_in(client)
    assert (answer.status_code, "does not answer at present" in words(answer)) == (503, True)
    assert not is_in(client)


def test_its_own_errors_are_told_in_words(provider):
    client = Client()
    for error, status, said in (
        ("access_denied", 403, "did not let you in"),
        ("server_error", 502, "ended the sign-in with an error"),
        ("<script>", 502, "ended the sign-in with an error"),
    ):
        state = provider.begin(client)["state"]
        answer = client.get("/sign-in/oidc/callback", {"state": state, "error": error})
        assert (answer.status_code, said in words(answer)) == (status, True)
        assert "<script>" not in words(answer)
    assert client.get("/sign-in").status_code == 200


def test_the_way_back_is_of_the_browser_that_went_and_works_once(provider):
    client = Client()
    provider.begin(client)
    for other in (Client(), client):
        answer = other.get("/sign-in/oidc/callback", {"state": "s", "code": "c"})
        assert (answer.status_code, "Begin anew" in words(answer)) == (400, True)
    assert provider.come_back(Client()).status_code == 400
    assert provider.come_back(client).status_code == 302
    assert provider.come_back(client).status_code == 400
    provider.begin(client)
    with time_machine.travel(time.time() + 700):
        assert provider.come_back(client).status_code == 400
    assert client.post("/sign-in/oidc/callback").status_code == 405


def test_nobody_is_led_elsewhere_afterwards(provider):
    assert provider.sign_in(Client(), "/sign-in/oidc?next=https://example.org/")["Location"] == "/"


def test_it_is_asked_no_more_often_than_needed_and_its_keys_may_change(provider):
    for _ in range(3):
        provider.sign_in(Client())
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    assert provider.asked.count("/keys") == 1
    provider.key, provider.key_name = provider.other_key, "two"
    provider.signs_with = provider.key
    client = Client()
    provider.sign_in(client)
    assert is_in(client)
    assert provider.asked.count("/keys") == 2


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_who_says_nonsense_of_themselves_is_not_gone_to(provider, document):
    provider.document = document
    answer = Client().get("/sign-in/oidc")
    assert (answer.status_code, "does not answer at present" in words(answer)) == (503, True)


def test_the_provider_away_leaves_the_password(provider, settings):
    make_administrator()
    provider.bodies["/.well-known/openid-configuration"] = (503, {})
    client = Client()
    for _ in range(3):
        answer = client.get("/sign-in/oidc")
        assert (answer.status_code, "signs in with it" in words(answer)) == (503, True)
    assert provider.asked == ["/.well-known/openid-configuration"]
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    assert client.get("/sign-in/oidc").status_code == 503
    client.post("/sign-in", {"username": "boss", "password": PASSWORD})
    assert is_in(client)


def test_signing_out_ends_it_there_too_for_who_came_from_there(provider):
    provider.document = {"end_session_endpoint": f"{provider.issuer}/out?a=b"}
    make_administrator()
    client = Client()
    provider.sign_in(client)
    way = client.post("/sign-out")["Location"]
    assert not is_in(client)
    assert way.startswith(f"{provider.issuer}/out?a=b&")
    query = parse_qs(urlsplit(way).query)
    assert (query["client_id"], query["post_logout_redirect_uri"]) == (["portal"], ["http://testserver/sign-in"])
    assert jwt.decode(query["id_token_hint"][0], options={"verify_signature": False})["sub"] == "u-1"
    client.post("/sign-in", {"username": "boss", "password": PASSWORD})
    assert client.post("/sign-out")["Location"] == "/sign-in"


@pytest.mark.parametrize("end", [None, "https://elsewhere.example.org/out"])
def test_signing_out_stays_here_where_it_has_no_way_or_leads_elsewhere(provider, end):
    provider.document = {"end_session_endpoint": end}
    client = Client()
    provider.sign_in(client)
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert not is_in(client)


def test_a_long_id_token_is_not_put_into_an_address(provider):
    provider.document = {"end_session_endpoint": f"{provider.issuer}/out"}
    provider.signed = {"groups": ["g" * 50] * 200}
    client = Client()
    provider.sign_in(client)
    way = client.post("/sign-out")["Location"]
    assert way.startswith(f"{provider.issuer}/out?client_id=portal&")
    assert "id_token_hint" not in way
