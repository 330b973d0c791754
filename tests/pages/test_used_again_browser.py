"""The pages of a campaign that is scheduled, used again or put away, wide and narrow, by axe and by keys alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions.launch import launch
from campaigns.models import Campaign, Run
from tests.axe import violations
from tests.makers import make_campaign, make_group, make_run
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("database_beside_the_browser"),
]

WIDTHS = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture
def page(chromium, live_server, sign_in):
    context = signed_in(chromium, live_server, sign_in(Role.MANAGER))
    yield context.new_page()
    context.close()


@pytest.fixture
def scheduled(live_server):
    campaign = make_campaign(make_group("Loans", contacts=3), name="Soon", send_at=timezone.now() + timedelta(days=1))
    launch(campaign.pk)
    return campaign


@pytest.fixture
def over(live_server):
    campaign = make_campaign(make_group("Shops", contacts=3), name="Gone", status="finished")
    run = make_run(campaign)
    planning.plan_run(run.pk)
    Run.objects.filter(pk=run.pk).update(status="finished", finished_at=timezone.now())
    return campaign


def test_axe_finds_nothing(page, scheduled, over):
    addresses = [
        "/campaigns/", "/campaigns/?sort=cost&status=finished", "/campaigns/?archived=on", "/campaigns/?first=x",
        f"/campaigns/{scheduled.pk}", f"/campaigns/{over.pk}", f"/campaigns/{over.pk}/copy",
        *(f"/campaigns/{scheduled.pk}/{section}" for section in ("who", "what", "when")),
        f"/campaigns/{over.pk}/messages", f"/campaigns/{over.pk}/messages?q=person&status=skipped",
    ]  # fmt: skip
    wrong = []
    for address in addresses:
        for viewport in WIDTHS:
            page.set_viewport_size(viewport)
            page.goto(address)
            page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
            found = violations(page)
            if page.evaluate("() => document.documentElement.scrollWidth") > viewport["width"]:
                found.append(("it hangs over", []))
            wrong += [f"{address} at {viewport['width']}: {rule} {where}" for rule, where in found]
    assert not wrong, "\n".join(wrong)


def test_one_is_used_again_by_keys_alone(page, over):
    page.goto(f"/campaigns/{over.pk}")
    page.get_by_role("link", name="Use again").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").focus()
    assert page.get_by_label("Name").input_value() == "Gone 2"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("who are still in these groups").wait_for()
    assert Campaign.objects.get(name="Gone 2").goes_to_the_same


@pytest.mark.parametrize("viewport", WIDTHS, ids=lambda one: str(one["width"]))
def test_one_is_kept_from_going_in_two_clicks(page, scheduled, viewport):
    page.set_viewport_size(viewport)
    page.goto(f"/campaigns/{scheduled.pk}")
    page.locator("summary", has_text="Do not send").click()
    page.get_by_role("button", name="Do not send to up to 3 people").click()
    page.get_by_text("It was cancelled before it began: nothing was sent.").wait_for()
    assert Campaign.objects.get().is_over


def test_without_scripts_it_is_changed_and_put_away_too(chromium, live_server, sign_in, scheduled, over):
    context = signed_in(chromium, live_server, sign_in(Role.MANAGER), java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/campaigns/{scheduled.pk}/what")
    page.get_by_label("Text", exact=True).fill("Hello <name>")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. It goes on").wait_for()
    page.goto("/campaigns/")
    page.get_by_role("button", name="Archive: Gone").click()
    page.get_by_text("is archived. Reports count it as before.").wait_for()
    page.get_by_role("link", name="Cost").first.click()
    assert "sort=cost" in page.url
    context.close()
    assert Campaign.objects.get(pk=scheduled.pk).text == "Hello <name>"
