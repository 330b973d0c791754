"""Every page, wide and narrow: axe-core finds nothing, and nothing hangs over a phone's edge."""

import pytest
from django.conf import settings

from tests.axe import violations
from tests.pages import permission_table as table

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("database_beside_the_browser"),
]

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ADMINISTRATOR = table.WHO.index("administrator")


def addresses():
    """What an administrator may look at."""
    kept = table.kept("pages")
    for asked, row in kept.items():
        method, address = asked.split(" ", 1)
        if method == "GET" and row[ADMINISTRATOR] == table.MAY and not address.startswith("/sign-out"):
            yield address


@pytest.fixture
def world(live_server):
    return table.World()


@pytest.mark.parametrize("part", range(4))
def test_axe_finds_nothing(chromium, live_server, world, part):
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": world.sessions["administrator"], "url": live_server.url}
    context = chromium.new_context(base_url=live_server.url, viewport=WIDE)
    context.add_cookies([cookie])
    page, wrong, looked_at = context.new_page(), [], 0
    for address in list(addresses())[part::4]:
        filled = world.filled(address)
        answer = context.request.get(filled)
        is_page = answer.headers.get("content-type", "").startswith("text/html") and "<html" in answer.text()
        if not is_page:
            continue
        looked_at += 1
        for viewport in (WIDE, NARROW):
            page.set_viewport_size(viewport)
            page.goto(filled)
            found = violations(page)
            if page.evaluate("() => document.documentElement.scrollWidth") > viewport["width"]:
                found.append(("it hangs over", []))
            wrong += [f"{filled} at {viewport['width']}: {rule} {where}" for rule, where in found]
    context.close()
    assert not wrong, "\n".join(wrong)
    assert looked_at > 10
