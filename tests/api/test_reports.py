"""Reports by the API: the same figures as everywhere, money as strings, and every slip of the pen named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns.models.figures import DELAY_BUCKETS
from campaigns.reporting.report_query import BY
from tests.api.test_api import Script
from tests.figures import make_day_figures
from tests.makers import make_campaign, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

DAY = "2026-11-03"
WHOLE = "reports?from=2026-11-01&to=2026-11-30"
NONE = {"texts": 0, "parts": 0, "delivered": 0, "undelivered": 0, "no_report": 0, "not_known": 0, "left_out": 0}


@pytest.fixture
def script(db):
    return Script(Role.VIEWER)


def figures(campaign=0, sender=0, day=DAY, **counts):
    counts = {"delays": [0] * (len(DELAY_BUCKETS) + 1), "source": "campaign" if campaign else "api"} | counts
    return make_day_figures(day=day, campaign=campaign, sender=sender, **counts)


def test_a_report_tells_rows_and_their_total(script):
    sender = make_sender("NAKURUSACCO")
    campaign = make_campaign(name="Balances", sender=sender)
    counts = {"delivered": 5, "undelivered": 1, "awaited": 2, "expired": 1, "not_known": 3, "left_out": 4, "waiting": 9}
    figures(campaign.pk, sender.pk, parts=14, cost=Decimal("8.4000"), network="Safaricom", **counts)
    figures(sender=sender.pk, delivered=1, parts=1, cost=Decimal("0.6"))
    figures(day="2026-12-01", delivered=99)
    row = {
        "texts": 9, "parts": 14, "delivered": 5, "undelivered": 1, "no_report": 3, "not_known": 3, "left_out": 4,
        "cost": "8.40",
    }  # fmt: skip
    single = NONE | {"texts": 1, "parts": 1, "delivered": 1, "cost": "0.60"}
    whole = {
        "texts": 10, "parts": 15, "delivered": 6, "undelivered": 1, "no_report": 3, "not_known": 3, "left_out": 4,
        "cost": "9.00",
    }  # fmt: skip
    assert script.call("GET", f"{WHOLE}&by=campaign") == (
        200,
        {
            "from": "2026-11-01",
            "to": "2026-11-30",
            "by": "campaign",
            "results": [
                {"key": str(campaign.pk), "label": "Balances"} | row, {"key": "0", "label": "Single texts"} | single,
            ],
            "total": whole,
        },
    )  # fmt: skip
    for by in BY:
        _, told = script.call("GET", f"{WHOLE}&by={by}")
        assert told["total"] == whole
    by_day = script.call("GET", WHOLE)[1]
    assert by_day["by"] == "day" and [row["key"][-2:] for row in by_day["results"]] == [f"{n:02}" for n in range(1, 31)]
    assert by_day["results"][2]["label"] == "Tue 3 Nov 2026"
    assert by_day["results"][0] == {"key": "2026-11-01", "label": "Sun 1 Nov 2026"} | NONE | {"cost": "0.00"}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", ["from", "to"]),
        ("from=2026-11-01", ["to"]),
        ("from=2026-11-01&to=", ["to"]),
        ("from=%20&to=2026-11-30", ["from"]),
        ("from=2026-11-01&to=2026-11-30&by=", ["by"]),
        ("from=2026-11-31&to=1.12.2026", ["from", "to"]),
        ("from=2026-11-01&to=2026-10-01", ["to"]),
        ("from=2006-11-01&to=2026-10-01", ["from"]),
        ("from=2026-11-01&to=2026-11-30&by=Day", ["by"]),
        ("from=2026-11-01&to=2026-11-30&period=this-month", ["period"]),
        ("from=2026-11-01&to=2026-11-30&campaign=3", ["campaign"]),
        ("from=2026-11-01&from=2026-11-01&to=2026-11-30", ["from"]),
    ],
)
def test_what_cannot_be_used_is_named(script, query, wrong):
    status, told = script.call("GET", f"reports?{query}")
    assert (status, told["error"]["code"], list(told["error"]["fields"])) == (422, "invalid", wrong)


def test_today_is_a_day_of_it(script):
    today = timezone.localdate()
    figures(day=today, delivered=2)
    first = today - timedelta(days=1)
    status, told = script.call("GET", f"reports?from={first}&to={today}")
    assert (status, [row["texts"] for row in told["results"]]) == (200, [0, 2])
    assert Script(key="none of ours").call("GET", f"reports?from={first}&to={today}")[0] == 401
