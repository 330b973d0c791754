"""The campaign page in a real browser: what can be done while it moves, and its chart."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from campaigns import planning
from campaigns.models import Batch, Campaign, Run
from tests.makers import make_campaign, make_group, make_run
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]


@pytest.fixture
def page(chromium, live_server, sign_in):
    context = signed_in(chromium, live_server, sign_in(Role.MANAGER))
    yield context.new_page()
    context.close()


def test_what_was_opened_stays_open_and_focus_stays_until_nothing_moves(page):
    run = make_run(make_campaign(make_group(contacts=3), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    page.goto(f"/campaigns/{run.campaign_id}")
    page.locator("summary", has_text="Do not send").click()
    again = page.get_by_role("button", name="Do not send these 3 texts")
    again.focus()
    for _ in range(2):
        with page.expect_response(f"**/campaigns/{run.campaign_id}"):
            pass
    Run.objects.filter(pk=run.pk).update(reason="moved", status=Run.Status.PAUSED, resumes_to="planned")
    page.get_by_role("button", name="Resume").wait_for()
    expect(again).to_be_visible()
    assert page.evaluate("document.activeElement.innerText") == "Do not send these 3 texts"
    page.locator("#progress:not([hx-get])").wait_for()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)
    assert asked == []


def test_the_bars_of_the_chart_stand_beside_each_other(page):
    run = make_run(make_campaign(make_group(), status=Campaign.Status.ACTIVE), status=Run.Status.PAUSED)
    for minute in range(40):
        Batch.objects.create(
            run=run, size=9, tally={"delivered": 9}, posted_at=timezone.now() - timedelta(minutes=minute)
        )
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"/campaigns/{run.campaign_id}")
    chart = page.locator(".over-time").bounding_box()
    bars = [one.bounding_box() for one in page.locator(".over-time svg").all()]
    assert len(bars) == 40
    assert {round(one["y"]) for one in bars} == {round(chart["y"])}
    assert {round(one["height"]) for one in bars} == {round(chart["height"])}
    assert all(one["width"] > 2 for one in bars)
