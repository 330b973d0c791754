"""Pages on paper: what they say, without what they are used by; nothing is cut, and tables keep their headings."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from campaigns import planning
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Rules
from tests.approving import asked
from tests.makers import make_campaign, make_group, make_run
from tests.pages.browsing import signed_in
from tests.pages.test_reports import NOVEMBER, campaign

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("database_beside_the_browser"),
]
__all__ = ["campaign"]
# A4 less its margins, as Chromium lays it out.
PAPER = {"width": 700, "height": 1000}
USED = ".portal-menu, .portal-banner, .skip-link, .btn, button, form, input, select, nav"


@pytest.fixture
def page(chromium, live_server, sign_in, settings):
    settings.PRACTICE = True
    context = signed_in(chromium, live_server, sign_in(Role.MANAGER), viewport=PAPER)
    found = context.new_page()
    found.emulate_media(media="print")
    yield found
    context.close()


@pytest.fixture
def sent():
    one = make_campaign(make_group("Fees", contacts=60), status=Campaign.Status.ACTIVE, text="Dear <name>, pay.")
    run = make_run(one)
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return one


def read_on_paper(page, address):
    """Opens it, and sees that it has its heading and nothing to press, and is not cut at the right."""
    page.goto(address)
    heading = page.locator("h1.page-title")
    expect(heading).to_be_visible()
    assert heading.bounding_box()["x"] < 100
    assert page.locator(USED).count() > 0
    assert page.locator(USED).locator("visible=true").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PAPER["width"]


@pytest.mark.parametrize("by", ["day", "campaign"])
def test_a_report(page, campaign, by):
    read_on_paper(page, f"{NOVEMBER}&by={by}&network=Safaricom")
    expect(page.get_by_text("Network: Safaricom")).to_be_visible()
    expect(page.get_by_text("Take off")).to_be_hidden()
    head = page.locator("table thead")
    expect(head).to_be_visible()
    assert head.evaluate("one => getComputedStyle(one).display") == "table-header-group"
    row = page.locator("table tbody tr").first
    assert row.evaluate("one => [getComputedStyle(one).breakInside, getComputedStyle(one).display]") == [
        "avoid", "table-row",
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["", "/messages"])
def test_a_campaign(page, sent, part):
    read_on_paper(page, f"/campaigns/{sent.pk}{part}")


def test_what_waits_for_approval(page):
    Rules.objects.update(approval="always")
    asked(User.objects.create_user("jane"), text="Dear <name>, pay.")
    read_on_paper(page, f"/campaigns/{Campaign.objects.get().pk}/approval")
    for words in ("3 people", "Made by", "Dear Person 1"):
        expect(page.get_by_text(words).first, words).to_be_visible()
    expect(page.get_by_label("Comment")).to_be_hidden()


def test_an_own_one_is_printed_without_what_is_said_to_its_author(page):
    Rules.objects.update(approval="always")
    asked(User.objects.exclude(groups=None).get(), text="Dear <name>, pay.")
    read_on_paper(page, f"/campaigns/{Campaign.objects.get().pk}/approval")
    expect(page.get_by_text("You made or changed it")).to_be_hidden()


def test_a_check(page):
    draft = make_campaign(make_group("Fees", contacts=3), text="Dear <name>, pay.")
    read_on_paper(page, f"/campaigns/{draft.pk}/check")
    expect(page.get_by_text("Dear Person 1").first).to_be_visible()


def test_addresses_of_links_are_not_printed_and_all_is_in_one_colour(page, campaign):
    page.goto(NOVEMBER)
    link = page.locator("table tbody a").first
    assert link.evaluate("one => getComputedStyle(one, '::after').content") == "none"
    colours = page.evaluate("""() => {
        const pixel = document.createElement('canvas').getContext('2d');
        const painted = colour => {
            pixel.fillStyle = colour;
            pixel.fillRect(0, 0, 1, 1);
            return pixel.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
        };
        const shown = [...document.querySelectorAll('main *')].filter(one => one.checkVisibility());
        return shown.map(one => getComputedStyle(one)).flatMap(style => [painted(style.color), painted(style.fill)]);
    }""")
    assert len(set(colours)) > 2
    assert [colour for colour in set(colours) if len(set(colour.split(","))) > 1] == []
