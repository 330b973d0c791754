"""Single sign-on as people do it: a real browser, the portal, and a real OpenID provider."""

import pytest

from accounts.models import User
from accounts.single_sign_on.provider import forget_provider
from campaigns.actions import set_rules
from qsms_portal.variables import origin_of
from tests.oidc.running import running_provider
from tests.pages.browsing import sign_out

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

PASSWORD = "a long enough password"
WANJIRU = {
    "preferred_username": "wanjiru", "given_name": "Wanjiru", "family_name": "Otieno", "email": "w@example.org",
    "groups": ["sms-clerks"],
}  # fmt: skip


@pytest.fixture(scope="module")
def oidc(tmp_path_factory, live_server):
    with running_provider(tmp_path_factory.mktemp("oidc"), live_server.url) as provider:
        yield provider


@pytest.fixture
def page(chromium, live_server, oidc, settings):
    settings.PUBLIC_URL, settings.OIDC_ISSUER, settings.OIDC_NAME = live_server.url, oidc.issuer, "Acme sign-on"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = oidc.client_id, oidc.client_secret
    settings.OIDC_ROLES = {"sms-admins": "administrator", "sms-clerks": "composer"}
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = [*policy["form-action"], origin_of(oidc.issuer)]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy | {"form-action": allowed}}
    forget_provider()
    problems, context = [], chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
    yield page
    context.close()
    forget_provider()
    assert [one for one in problems if "fonts.googleapis" not in one] == []


def by_the_button(page, name):
    page.goto("/sign-in")
    page.get_by_role("link", name="Acme sign-on").click()
    at_the_provider(page, name)


def at_the_provider(page, name):
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    consent = page.get_by_role("button", name="Continue")
    consent.or_(page.get_by_role("main")).first.wait_for()
    page.wait_for_load_state()
    if consent.is_visible():
        consent.click()
    page.get_by_role("main").wait_for()


def leave(page):
    page.goto("/")
    sign_out(page)
    page.get_by_role("button", name="Yes, sign me out").click()
    page.wait_for_url("**/sign-in")


def test_in_as_a_new_person_out_and_in_with_another_role(page, oidc, live_server):
    User.objects.create_superuser("olive", "olive@example.org", PASSWORD)
    set_rules.set_rule("second_factor", "composer, administrator")
    oidc.knows(w1=WANJIRU)
    by_the_button(page, "w1")
    assert page.url == f"{live_server.url}/"
    person = User.objects.get(username="wanjiru")
    assert (person.role.value, person.email, person.get_full_name()) == ("composer", "w@example.org", "Wanjiru Otieno")
    assert page.goto("/people").status == 403
    leave(page)
    assert page.goto("/profile").url.startswith(f"{live_server.url}/sign-in")
    oidc.knows(w1=WANJIRU | {"groups": ["sms-clerks", "sms-admins"]})
    # The form of the provider is there again: its session is over too.
    by_the_button(page, "w1")
    assert User.objects.count() == 2
    assert page.goto("/people").status == 200
    oidc.knows(w1=WANJIRU | {"groups": []})
    leave(page)
    by_the_button(page, "w1")
    page.get_by_text("You have no role yet").wait_for()
    leave(page)


def test_who_is_at_the_provider_still_comes_in_without_being_asked_and_is_asked_for_what_weighs_most(
    page, oidc, live_server
):
    oidc.knows(w2=WANJIRU | {"groups": ["sms-admins"]})
    by_the_button(page, "w2")
    page.context.clear_cookies(name="sessionid")
    page.goto("/sign-in")
    page.get_by_role("link", name="Acme sign-on").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto("/sign-in/again?next=/settings/keys")
    page.get_by_role("link", name="Acme sign-on").click()
    at_the_provider(page, "w2")
    assert page.url == f"{live_server.url}/settings/keys"


def test_who_is_inactive_or_has_an_account_already_reads_so(page, oidc):
    User.objects.create_user("old", "w@example.org", PASSWORD)
    oidc.knows(w3=WANJIRU)
    by_the_button(page, "w3")
    page.get_by_text("There is an account of this address already: sign in with your password.").wait_for()
    User.objects.all().delete()
    page.goto("/sign-in")
    page.get_by_role("link", name="Acme sign-on").click()
    page.get_by_role("link", name="wanjiru").wait_for()
    User.objects.update(is_active=False)
    page.goto("/sign-in")
    page.get_by_role("link", name="Acme sign-on").click()
    page.get_by_text("This account is not active any more. Ask an administrator.").wait_for()
    page.get_by_role("link", name="To the sign-in page").click()
    page.wait_for_url("**/sign-in")


def test_turning_back_at_the_provider_is_told_in_words(page, oidc):
    oidc.knows(w4=WANJIRU)
    page.goto("/sign-in")
    page.get_by_role("link", name="Acme sign-on").click()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_text("Acme sign-on did not let you in, or you turned back.").wait_for()
