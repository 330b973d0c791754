"""The page on which a campaign is checked: its figures, and that they come."""

import pytest

from accounts.roles import Role
from campaigns.checking import forecast
from campaigns.models import Gate
from tests.makers import make_campaign, make_group, make_mixed_group, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(monkeypatch):
    """Audiences of more than ten people are large ones."""
    monkeypatch.setattr(forecast, "AT_ONCE", 10)


def test_where_everybody_is_left_out_there_is_nothing_to_send(sign_in):
    campaign = make_campaign(make_group(contacts=3, name=None, due_date="2026-12-01"))
    page = read(sign_in(Role.MANAGER).get(f"/campaigns/{campaign.pk}/check"))
    assert "Nobody would get a text: everybody is left out." in page
    assert "btn-lg" not in page


def test_the_page_asks_again_until_the_figures_are_exact(sign_in, large):
    client = sign_in(Role.MANAGER)
    campaign = make_campaign(make_mixed_group(600))
    page = f"/campaigns/{campaign.pk}/check"
    first = read(client.get(page))
    assert "Told from" in first
    assert 'hx-trigger="every 2s"' in first
    forecast.work_out(campaign.pk)
    fragment = read(client.get(page, headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert "hx-trigger" not in fragment
    assert "420 people 1 part each, 60 people 2 parts each" in fragment
    assert "Send 480 texts for about KES 324.00" in fragment


def test_a_price_that_nobody_knows_is_not_called_nothing(sign_in):
    Gate.objects.update(rate=None)
    campaign = make_campaign(make_group(contacts=2), sender=make_sender(price=None))
    page = read(sign_in(Role.MANAGER).get(f"/campaigns/{campaign.pk}/check"))
    assert "of a price that nobody has set" in page
    assert "KES 0.00" not in page


def test_people_of_whom_some_need_more_parts_are_pointed_out(sign_in):
    page = read(sign_in(Role.MANAGER).get(f"/campaigns/{make_campaign(make_mixed_group(100)).pk}/check"))
    assert "12% of the texts need more parts than the others: 10 people." in page
