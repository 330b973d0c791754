"""Signing in with a second factor: the step after the password, what is counted, and what is kept of secrets."""

import base64
import json
import os
import subprocess
import sys
from urllib.parse import quote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from accounts.models import User
from tests.factors import code_of, make_app
from tests.makers import with_role

pytestmark = pytest.mark.django_db

HERE, THERE = "203.0.113.5", "198.51.100.7"
RIGHT = "a long enough password"


@pytest.fixture
def olive(db):
    return with_role(User.objects.create_user("olive", "olive@example.org", RIGHT))


def browser(address=HERE):
    return Client(REMOTE_ADDR=address)


def type_password(client, name="olive", **more):
    return client.post("/sign-in", {"username": name, "password": RIGHT, **more})


def is_in(client):
    return client.get("/profile").status_code == 200


def test_without_a_second_factor_it_is_one_step(olive):
    client = browser()
    assert type_password(client, next="/profile")["Location"] == "/profile"
    assert is_in(client)


def test_with_one_the_password_alone_lets_nobody_in(olive):
    secret, _ = make_app(olive)
    client = browser()
    assert type_password(client, next="/profile")["Location"] == "/sign-in/code"
    assert not is_in(client)
    page = client.get("/sign-in/code").content.decode()
    assert "the app on your phone" in page
    assert "Use your passkey" not in page
    assert client.post("/sign-in/code", {"code": code_of(secret)})["Location"] == "/profile"
    assert is_in(client)


def test_the_second_step_is_nobody_s_without_a_password(olive):
    secret, _ = make_app(olive)
    client = browser()
    assert client.post("/sign-in/code", {"code": code_of(secret)})["Location"] == "/sign-in"
    assert not is_in(client)


@time_machine.travel("2026-11-29T12:00:10Z", tick=False)
def test_a_code_holds_once_and_half_a_minute_around_it(olive):
    secret, _ = make_app(olive)
    first, second, third = browser(), browser(), browser()
    for client in (first, second, third):
        type_password(client)
    assert "Incorrect code" in first.post("/sign-in/code", {"code": code_of(secret, 3)}).content.decode()
    code = code_of(secret)
    assert first.post("/sign-in/code", {"code": code}).status_code == 302
    assert second.post("/sign-in/code", {"code": code}).status_code == 200
    assert third.post("/sign-in/code", {"code": code_of(secret, -1)}).status_code == 302


def test_a_recovery_code_holds_once(olive):
    _, codes = make_app(olive)
    first, second = browser(), browser()
    for client, held in ((first, True), (second, False)):
        type_password(client)
        client.post("/sign-in/code", {"code": f" {codes[0][:4]}-{codes[0][4:]} "})
        assert is_in(client) == held


def test_wrong_codes_shut_out_where_they_are_typed_and_nowhere_else(olive):
    secret, codes = make_app(olive)
    client = browser()
    type_password(client)
    for number in range(10):
        answer = client.post("/sign-in/code", {"code": f"{number}"})
    assert "Too many tries" in answer.content.decode()
    # Neither the right code nor the password helps there now.
    assert "Too many tries" in client.post("/sign-in/code", {"code": codes[0]}).content.decode()
    assert "Too many tries" in type_password(browser()).content.decode()
    assert not is_in(client)
    elsewhere = browser(THERE)
    type_password(elsewhere)
    elsewhere.post("/sign-in/code", {"code": code_of(secret)})
    assert is_in(elsewhere)


def test_the_right_password_again_does_not_forgive_wrong_codes(olive):
    make_app(olive)
    for number in range(10):
        client = browser()
        type_password(client)
        client.post("/sign-in/code", {"code": f"{number}"})
    assert "Too many tries" in type_password(browser()).content.decode()


@pytest.mark.parametrize("code", ["", " ", "\x00", "é" * 6, "1" * 10_000, "１２３４５６", "-1"])
def test_odd_codes_are_a_plain_refusal(olive, code):
    make_app(olive)
    client = browser()
    type_password(client)
    assert client.post("/sign-in/code", {"code": code}).status_code in (200, 400)
    assert not is_in(client)


def handle(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


CREDENTIALS = [
    "", "null", "[]", "1", '"x"', "{}", "{", "[" * 3000, "1" * 5000,
    '{"response": null}', '{"response": 1}', '{"id": "é"}',
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AA", "userHandle": handle("1")}}),
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "authenticatorData": "A" * 60, "signature": "AA", "userHandle": handle("z" * 12)}}),
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {
        "clientDataJSON": handle("[]"), "authenticatorData": "A" * 60, "signature": "AA", "userHandle": 7}}),
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "other", "response": {"userHandle": "\ud83d"}}),
]  # fmt: skip


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("address", ["/sign-in/passkey", "/sign-in/code"])
def test_what_is_no_passkey_is_a_plain_refusal(olive, address, credential):
    make_app(olive)
    client = browser()
    if address == "/sign-in/code":
        type_password(client)
        client.get(address)
    else:
        assert client.get(address, headers={"Accept": "application/json"}).json()["request_options"]["publicKey"]
    assert client.post(address, {"credential": credential}).status_code in (200, 302, 400)
    assert not is_in(client)


def test_an_address_signs_in_whose_alone_it_is(olive):
    assert type_password(browser(), "OLIVE@example.org").status_code == 302
    assert type_password(browser(), "nobody@example.org").status_code == 200
    # Whose it is besides is not asked: neither is let in by it.
    User.objects.create_user("oliver", "Olive@example.org", RIGHT)
    assert type_password(browser(), "olive@example.org").status_code == 200
    assert type_password(browser(), "oliver").status_code == 302


def test_a_user_name_goes_before_an_address(olive):
    User.objects.create_user("olive@example.org", "", "another long password")
    assert type_password(browser(), "olive@example.org").status_code == 200
    client = browser()
    client.post("/sign-in", {"username": "olive@example.org", "password": "another long password"})
    assert client.get("/profile").context["user"].username == "olive@example.org"


def test_name_and_address_are_counted_as_one_person(olive):
    for number in range(10):
        name = "olive@example.org" if number % 2 else "olive"
        browser().post("/sign-in", {"username": name, "password": "guess"})
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {"olive"}
    assert "Too many tries" in type_password(browser()).content.decode()


@pytest.mark.parametrize("wanted", ["/profile", "//evil.example", "https://evil.example/", "/admin/"])
def test_the_workshop_leads_to_the_one_sign_in(olive, wanted):
    answer = browser().get("/admin/login/", {"next": wanted})
    page = wanted if wanted[1:2] != "/" and wanted[0] == "/" else "/admin/"
    assert answer["Location"] == f"/sign-in?next={page}"
    assert browser().get("/admin/")["Location"].startswith("/admin/login/")


def test_who_is_no_administrator_is_told_so_by_the_workshop(olive, sign_in):
    assert sign_in("manager").get("/admin/login/").status_code == 403


def test_secrets_cannot_be_read_from_the_database(olive):
    secret, _ = make_app(olive)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    app = TOTP(Authenticator.objects.get(type="totp"))
    with override_settings(SECRET_KEY="another" * 10, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert app.validate_code(code_of(secret))
    with override_settings(SECRET_KEY="another" * 10):
        assert not app.validate_code(code_of(secret, 1))
        assert not app.validate_code(code_of("", 1))


@pytest.mark.django_db(transaction=True)
def test_another_process_knows_which_code_was_used():
    secret, _ = make_app(with_role(User.objects.create_user("olive", password=RIGHT)))
    code = code_of(secret)
    tells = (
        "import django; django.setup()\n"
        "from allauth.mfa.models import Authenticator\n"
        f"print(Authenticator.objects.get(type='totp').wrap().validate_code('{code}'))"
    )
    to = connection.get_connection_params()
    url = f"postgres://{to['user']}:{quote(to['password'], safe='')}@/{to['dbname']}?host={quote(to['host'])}"
    secrets = {"SECRET_KEY": settings.SECRET_KEY, "QSMS_DLR_TOKEN": "t" * 40}
    environment = {**os.environ, **secrets, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
    for expected in ("True", "False"):
        command = [sys.executable, "-c", tells]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.stdout.strip() == expected, done.stderr
