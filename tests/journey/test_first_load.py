"""The first pages that somebody opens come over a slow line, on a portal as it is set up."""

import pytest

from tests.journey.conftest import sign_in
from tests.journey.first_load import first_load

pytestmark = pytest.mark.browser

MOST_BYTES = 60_000
PAGES = {
    "/sign-in": 5,
    "/": 4,
    "/campaigns/": 4,
    "/campaigns/new": 4,
    "/contacts/": 4,
    "/contacts/upload": 5,
    "/messages/": 4,
    "/templates/": 4,
    "/reports": 4,
    "{draft}/who": 4,
    "{draft}/what": 8,
    "{draft}/when": 5,
}


@pytest.fixture(scope="module")
def signed_in_once(portal, chromium):
    context = sign_in(chromium, portal)
    page = context.pages[0]
    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill("How much it weighs")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/who")
    yield context.cookies(), page.url.removesuffix("/who").removeprefix(portal.url)
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_comes_in_few_requests_and_bytes(portal, chromium, signed_in_once, address):
    cookies, draft = signed_in_once
    context = chromium.new_context()
    if address != "/sign-in":
        context.add_cookies(cookies)
    sizes = first_load(context.new_page(), portal.url + address.format(draft=draft))
    context.close()
    assert sum(sizes) <= MOST_BYTES
    assert len([size for size in sizes if size]) <= PAGES[address]
