"""From an invitation to the first page of whoever is invited, in a real browser."""

import pytest

from accounts.models import User
from accounts.roles import Role
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

PASSWORD = "maziwa na chai 7"
SIZES = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}


@pytest.mark.parametrize("size", SIZES)
def test_invite_accept_change_the_role_and_deactivate(chromium, live_server, sign_in, size):
    theirs = signed_in(chromium, live_server, sign_in(Role.ADMINISTRATOR), viewport=SIZES[size])
    own = chromium.new_context(base_url=live_server.url, viewport=SIZES[size])
    boss, jane = theirs.new_page(), own.new_page()
    boss.goto("/people")
    boss.get_by_role("link", name="Invite somebody").click()
    boss.get_by_label("E-mail").fill("jane@example.org")
    boss.get_by_label("Composer").check()
    boss.get_by_role("button", name="Invite").click()
    link = boss.locator("code").inner_text()
    jane.goto("/invitation/" + link.rpartition("/")[2])
    assert jane.get_by_label("User name").input_value() == "jane"
    jane.get_by_label("First name").fill("Jane")
    jane.get_by_label("Password", exact=True).fill(PASSWORD)
    jane.get_by_label("Password confirmation").fill(PASSWORD)
    jane.get_by_role("button", name="Begin").click()
    jane.wait_for_url(live_server.url + "/")
    jane.go_back()
    jane.get_by_text("This invitation has been accepted.").wait_for()

    boss.goto("/people")
    boss.get_by_role("link", name="Jane").click()
    assert boss.get_by_label("Composer").is_checked()
    boss.get_by_label("No role").check()
    boss.get_by_role("button", name="Change the role").click()
    boss.get_by_text("jane has no role now.").wait_for()
    # The session has ended with the role.
    jane.goto("/campaigns/")
    jane.get_by_label("Username").fill("jane")
    jane.get_by_label("Password").fill(PASSWORD)
    jane.get_by_role("button", name="Sign in", exact=True).click()
    jane.get_by_role("heading", name="You have no role yet").wait_for()
    jane.get_by_role("button", name="Sign out").click()
    jane.wait_for_url("**/sign-in")

    boss.get_by_role("link", name="Deactivate…").click()
    boss.get_by_role("button", name="Deactivate jane").click()
    boss.get_by_text("jane is signed out and may not sign in.").wait_for()
    assert not User.objects.get(username="jane").is_active
    theirs.close()
    own.close()
