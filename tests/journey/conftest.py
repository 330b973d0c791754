"""What the journeys share: a portal, and people who are signed in to it."""

import pytest

from tests.journey.portal import IN_TIME, Portal

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="package")
def portal(tmp_path_factory):
    """One for all journeys: it takes a quarter of a minute to start."""
    folder = tmp_path_factory.mktemp("portal") / "data"
    folder.mkdir()
    portal = Portal(folder)
    yield portal
    portal.stop()


def sign_in(browser, portal, name="admin", password="", viewport=WIDE):
    """A browser's context in which somebody is signed in."""
    context = browser.new_context(base_url=portal.url, viewport=viewport)
    page = context.new_page()
    page.set_default_timeout(IN_TIME)
    page.goto("/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password or portal.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Practice: no text leaves this computer.").wait_for()
    return context


@pytest.fixture
def signed_in(portal, chromium):
    """Opens the first page as somebody, who is admin unless it is said."""
    contexts = []

    def page_of(name="admin", password=""):
        contexts.append(sign_in(chromium, portal, name, password))
        return contexts[-1].pages[0]

    yield page_of
    for context in contexts:
        context.close()
