"""The page of reports: what it says, what leads deeper, what is refused; its files; and how it looks in a browser."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.models.figures import DELAY_BUCKETS
from tests.axe import violations
from tests.figures import make_day_figures
from tests.makers import make_campaign, make_group, make_sender
from tests.pages.browsing import signed_in

pytestmark = pytest.mark.django_db

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NOVEMBER = "/reports?period=dates&from=2026-11-01&to=2026-11-30"


def delays(fast, slow=0):
    found = [0] * (len(DELAY_BUCKETS) + 1)
    found[1], found[6] = fast, slow
    return found


def figures(day, *, delivered=0, slow=0, **others):
    return make_day_figures(
        day=day, delivered=delivered, delays=delays(delivered - slow, slow), **{"source": "campaign"} | others
    )


@pytest.fixture
def campaign():
    """Two days of a campaign and one single text in November, and something in October."""
    one = make_campaign(make_group("Loans"), name="=December balances", sender=make_sender("LENDER"))
    of_it = {"campaign": one.pk, "sender": one.sender_id, "group_name": "Loans", "who": "user:1"}
    figures(
        date(2026, 11, 2), delivered=900, slow=100, undelivered=80, expired=20, left_out=7, parts=1_100,
        cost=Decimal("660.00"), network="Safaricom", reasons={"phone_off": 80},
        left_out_for={"missing:balance": 5, "opted_out": 2}, **of_it,
    )  # fmt: skip
    figures(date(2026, 11, 9), delivered=100, awaited=4, parts=104, cost=Decimal("62.40"), network="Airtel", **of_it)
    figures(date(2026, 11, 9), delivered=1, parts=1, cost=Decimal("0.60"), source="api", who="key:5")
    figures(date(2026, 10, 5), delivered=500, parts=500, cost=Decimal("300.00"), **of_it)
    return one


def told(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_months_figures_stand_against_those_of_the_month_before(campaign, sign_in):
    html = told(sign_in(Role.VIEWER), f"{NOVEMBER}&by=campaign")
    assert "Reports: November 2026" in html
    for words in ("1,105", "before: 500, +121%", "92.6%", "KES 723.00", "before: KES 300.00, +141%", "KES 0.72"):
        assert f">{words}<" in html, words
    assert "Has no balance</a> <span>5<" in html
    assert ">80<" in html
    assert f'<a href="/campaigns/{campaign.pk}">=December balances</a>' in html


def test_a_day_leads_to_its_campaigns_and_a_network_to_itself(campaign, sign_in):
    client = sign_in(Role.VIEWER)
    deeper = "?by=campaign&amp;from=2026-11-09&amp;to=2026-11-09"
    html = told(client, f"{NOVEMBER}&by=day&source=campaign")
    assert 'href="?' in html and "from=2026-11-02" in html
    html = told(client, f"/reports{deeper.replace('&amp;', '&')}")
    assert "Reports: Mon 9 Nov 2026" in html and "Single texts" in html
    html = told(client, f"{NOVEMBER}&by=network")
    assert "network=Airtel" in html
    assert "network=-" in html
    assert ">0.60<" in told(client, f"{NOVEMBER}&by=campaign&network=-").partition('class="report-total"')[2]
    html = told(client, f"{NOVEMBER}&by=campaign&network=Airtel")
    assert "Network: <strong>Airtel</strong>" in html and ">104<" in html and ">1,105<" not in html
    # Taken off again, all is there.
    without = html.partition('<li class="report-chip">')[2].partition('href="')[2].partition('"')[0]
    assert ">1,105<" in told(client, f"/reports{without.replace('&amp;', '&')}")


def test_a_reason_leads_to_its_texts_of_the_same_days_and_filters(campaign, sign_in):
    client = sign_in(Role.VIEWER)

    def texts(query):
        html = told(client, f"/reports?{query}")
        return [unescape(one) for one in re.findall(r'href="(/messages/[^"]*reason=[^"]*)"', html)]

    month = "from=2026-11-01&to=2026-11-30"
    assert texts(month) == [
        f"/messages/?{month}&reason=phone_off",
        f"/messages/?{month}&reason=missing%3Abalance",
        f"/messages/?{month}&reason=opted_out",
    ]
    only = f"sender={campaign.sender_id}&network=Safaricom&group=Loans&who=user%3A1&source=campaign"
    narrow = texts(f"{month}&campaign={campaign.pk}&{only}")
    assert narrow[0] == f"/messages/?{month}&campaign={campaign.pk}&{only}&reason=phone_off"
    page = client.get(narrow[0])
    assert page.status_code == 200
    assert page.context["search"].query.who == "user:1"
    # More days than Texts shows at once: the last of them, which the page says.
    year = "from=2026-01-01&to=2026-11-10"
    assert texts(year)[0] == "/messages/?from=2026-10-11&to=2026-11-10&reason=phone_off"
    assert "of the last 31 days" in told(client, f"/reports?{year}")
    assert texts(f"{year}&campaign={campaign.pk}")[0].startswith(f"/messages/?{year}&")
    # Who had no group cannot be asked for there.
    figures(date(2026, 11, 3), undelivered=1, reasons={"absent": 1})
    assert texts(f"{month}&group=-") == []


def test_what_cannot_be_shown_is_told_at_its_field_and_nothing_typed_is_lost(sign_in):
    response = sign_in(Role.VIEWER).get("/reports?period=dates&from=2026-13-01&to=2026-11-30&by=moon")
    html = response.content.decode()
    assert response.status_code == 400
    assert 'id="from-wrong"' in html and 'id="by-wrong"' in html and 'value="2026-11-30"' in html


def test_a_time_without_texts_says_so(sign_in):
    assert "No texts in this time" in told(sign_in(Role.VIEWER), "/reports")


def test_what_a_manager_takes_away_equals_the_page_and_holds_no_formula(campaign, sign_in, settings):
    settings.PRACTICE = True
    client = sign_in(Role.MANAGER)
    query = NOVEMBER.partition("?")[2] + "&by=campaign"
    answer = client.get(f"/reports/export?{query}")
    assert "practice-report-by-campaign-2026-11-01-to-2026-11-30.csv" in answer["Content-Disposition"]
    heading, *rows = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert heading[:4] == ["campaign", "texts", "parts", "delivered"]
    assert [one[:4] for one in rows] == [
        ["'=December balances", "1104", "1204", "1000"],
        ["Single texts", "1", "1", "1"],
        ["All", "1105", "1205", "1001"],
    ]
    answer = client.get(f"/reports/export/xlsx?{query}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    shown = book.get_sheet_by_index(0).to_python()
    assert shown[2][:3] == ["=December balances", 1104, 1204]
    assert ["left out", "has no balance", 5] in book.get_sheet_by_index(1).to_python()
    entries = AuditEntry.objects.filter(act="report exported")
    assert [one.detail["by"] for one in entries] == ["campaign", "campaign"]


def test_a_viewer_takes_nothing_away(campaign, sign_in):
    client = sign_in(Role.VIEWER)
    assert "/reports/export" not in told(client, NOVEMBER)
    assert client.get("/reports/export").status_code == client.get("/reports/export/xlsx").status_code == 403


def test_a_file_of_what_cannot_be_leads_to_where_that_is_told(sign_in):
    answer = sign_in(Role.MANAGER).get("/reports/export?by=moon")
    assert answer["Location"] == "/reports?by=moon"


@pytest.mark.parametrize("by", ["day", "week", "month", "campaign", "sender", "network", "group", "user", "source"])
def test_each_way_to_add_up_asks_few_questions_and_has_the_same_total(
    campaign, sign_in, django_assert_max_num_queries, by
):
    client = sign_in(Role.VIEWER)
    client.get("/reports")
    with django_assert_max_num_queries(20):
        html = told(client, f"{NOVEMBER}&by={by}")
    assert ">723.00<" in html.partition('class="report-total"')[2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
@pytest.mark.usefixtures("database_beside_the_browser")
class TestInABrowser:
    @pytest.mark.parametrize("viewport", [WIDE, NARROW])
    @pytest.mark.parametrize("scripts", [True, False])
    def test_it_is_chosen_and_read_and_nothing_hangs_over(
        self, chromium, live_server, sign_in, campaign, viewport, scripts
    ):
        figures(timezone.localdate(), delivered=3)
        context = signed_in(
            chromium, live_server, sign_in(Role.MANAGER), viewport=viewport, java_script_enabled=scripts
        )
        page = context.new_page()
        page.goto("/reports")
        expect(page.get_by_label("From")).to_be_hidden()
        page.get_by_label("Period").select_option(label="Two dates")
        page.get_by_label("From").fill("2026-11-01")
        page.get_by_label("To", exact=True).fill("2026-11-30")
        page.get_by_text("Only some of it").click()
        page.get_by_label("Network").select_option("Safaricom")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("heading", name="Reports: November 2026").wait_for()
        page.get_by_role("link", name="Take off Network").click()
        page.wait_for_url(lambda url: "network" not in url)
        page.get_by_label("By", exact=True).select_option("campaign")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("link", name="=December balances").wait_for()
        if scripts:
            assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]
            assert violations(page) == []
        context.close()


def test_days_of_the_browsers_time_are_the_portals(sign_in):
    """Yesterday, today: by the portal's zone, as the figures are."""
    figures(timezone.localdate() - timedelta(days=400), delivered=1)
    figures(timezone.localdate(), delivered=2)
    assert ">2<" in told(sign_in(Role.VIEWER), "/reports?period=this-year")
