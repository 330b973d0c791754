"""Signing in as people do, in a real browser: an app, a passkey, a lost phone, a forgotten password, a guesser."""

import re

import pytest

from accounts.models import User
from accounts.tasks import mail_reset
from tests.factors import code_of
from tests.mailbox import link_in, mailbox
from tests.pages.browsing import sign_out

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

OLD, NEW = "a long enough password", "another long password"
KEY = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def olive():
    return User.objects.create_superuser("olive", "olive@example.org", OLD)


@pytest.fixture
def browse(chromium, live_server):
    """A new browser at the portal, under the name that passkeys need; what goes wrong in a page fails the test."""
    url, open_ones, problems = live_server.url, [], []

    def new(**choices):
        context = chromium.new_context(base_url=url, **choices)
        open_ones.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
        return page

    yield new
    for context in open_ones:
        context.close()
    assert problems == []


def sign_in(page, password=OLD, name="olive"):
    page.goto("/sign-in")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def leave(page):
    sign_out(page)
    page.wait_for_url("**/sign-in")


def is_in(page):
    page.goto("/profile")
    return "/sign-in" not in page.url


def set_app_up(page):
    """The secret, and the recovery codes that are shown then."""
    page.goto("/profile")
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator("code").inner_text()
    assert page.locator("img[src^='data:image/svg']").evaluate("image => image.naturalWidth") > 100
    page.get_by_label("The code that the app shows").fill(code_of(secret))
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Keep these codes").wait_for()
    page.wait_for_load_state()
    return secret, page.locator("li code").all_inner_texts()


def test_an_app_then_a_lost_phone(olive, browse):
    page = browse()
    sign_in(page)
    secret, codes = set_app_up(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    assert download.value.path().read_text().split() == codes
    leave(page)
    sign_in(page)
    assert not is_in(page)
    page.goto("/sign-in/code")
    # That of the set-up is not asked for again.
    page.get_by_label("Code").fill(code_of(secret, 1))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/")
    assert is_in(page)
    leave(page)
    sign_in(page)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="olive").wait_for()
    page.goto("/profile/second-factor")
    page.get_by_text("9 left").wait_for()
    page.get_by_role("button", name="Take it away").click()
    page.get_by_role("link", name="Set up an app").wait_for()
    leave(page)
    sign_in(page)
    assert is_in(page)


def test_a_passkey_alone_signs_in_and_does_for_the_password_again(olive, browse):
    page = browse()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    sign_in(page)
    page.goto("/profile/second-factor")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What it is called").fill("The blue one")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_text("The passkey is added").wait_for()
    page.goto("/profile/second-factor")
    page.get_by_text("The blue one").wait_for()
    leave(page)

    page.goto("/settings/keys")
    page.get_by_role("button", name="With a passkey").click()
    page.wait_for_url("**/settings/keys")
    leave(page)

    # After the password it is the second step.
    sign_in(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("link", name="olive").wait_for()

    page.goto("/sign-in/again?next=/settings/rules")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/settings/rules")

    # One that is not theirs, and none at all.
    leave(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="With a passkey").click()
    page.get_by_text("The browser was not let").wait_for()
    assert not is_in(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    User.objects.filter(pk=olive.pk).update(is_active=False)
    page.goto("/sign-in")
    page.get_by_role("button", name="With a passkey").click()
    page.get_by_text("not active any more").wait_for()
    assert not is_in(page)


def test_where_passkeys_cannot_be_the_page_offers_none(olive, browse, live_server):
    page = browse()
    page.goto(f"{live_server.url.replace('localhost', '127.0.0.1')}/sign-in")
    page.get_by_role("button", name="Sign in", exact=True).wait_for()
    assert page.get_by_role("button", name="With a passkey").count() == 0


def test_a_forgotten_password_by_mail(olive, browse):
    page = browse()
    with mailbox() as box:
        page.goto("/sign-in")
        page.get_by_role("link", name="Forgotten your password?").click()
        page.get_by_label("E-mail address").fill("olive@example.org")
        page.get_by_role("button", name="Mail the link").click()
        page.get_by_text("Look at your mail").wait_for()
        mail_reset(olive.pk)
        page.goto(link_in(box.mails[0][1]))
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label(re.compile("confirmation")).fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("Your new password is set").wait_for()
    sign_in(page, NEW)
    assert is_in(page)


def test_a_session_is_ended_from_elsewhere(olive, browse):
    here, there = browse(), browse(user_agent="A stranger's browser")
    for page in (here, there):
        sign_in(page)
    here.goto("/profile/sessions")
    there_as_listed = here.get_by_role("listitem").filter(has_text="A stranger's browser")
    there_as_listed.get_by_role("button", name="End it").click()
    here.get_by_text("That session is ended.").wait_for()
    assert (is_in(here), is_in(there)) == (True, False)


def test_twenty_wrong_passwords_from_elsewhere_do_not_keep_the_administrator_out(olive, browse, client):
    for number in range(20):
        guess = {"username": "olive", "password": f"guess {number}"}
        answer = client.post("/sign-in", guess, REMOTE_ADDR="203.0.113.5")
    assert "Too many tries" in answer.content.decode()
    page = browse()
    sign_in(page)
    assert is_in(page)
