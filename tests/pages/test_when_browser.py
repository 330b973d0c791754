"""The time zone of When in a real browser: all zones come with the field, and one is typed by keys alone."""

import pytest

from accounts.roles import Role
from campaigns.models import Campaign
from tests.axe import violations
from tests.makers import make_campaign, make_group
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("database_beside_the_browser"),
]


@pytest.fixture
def campaign(live_server):
    return make_campaign(make_group("Loans", contacts=2))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_zone_is_typed(chromium, live_server, sign_in, campaign, scripts):
    context = signed_in(chromium, live_server, sign_in(Role.COMPOSER), java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"/campaigns/{campaign.pk}/when")
    page.get_by_label("Regularly: every day").check()
    zones, zone = page.locator("#zones option"), page.get_by_label("Time zone")
    assert zones.count() == 5
    zone.focus()
    if scripts:
        page.locator('#zones option[value="Asia/Tokyo"]').wait_for(state="attached")
        assert zones.count() > 400
        assert violations(page) == []
    zone.fill("Nowhere")
    zone.press("Enter")
    page.locator("#id_zone_error").get_by_text("There is no time zone Nowhere.").wait_for()
    assert zone.input_value() == "Nowhere"
    zone.fill("Tokyo")
    zone.press("Enter")
    page.wait_for_url("**/check")
    assert Campaign.objects.get().zone == "Asia/Tokyo"
    context.close()
