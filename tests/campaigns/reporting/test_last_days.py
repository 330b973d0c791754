"""The last seven days as Home tells them, and how long the balance lasts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from campaigns.models import Gate
from campaigns.reporting.bars import bar_pieces
from campaigns.reporting.last_days import busiest_campaigns, last_days, lasts_days
from tests.figures import make_day_figures
from tests.makers import make_campaign, make_group

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)


def figures(day, *, texts, cost, **others):
    delays = [0] * 14
    return make_day_figures(
        day=TODAY - timedelta(days=day), delivered=texts, cost=Decimal(cost), delays=delays, source="campaign", **others
    )


def test_a_week_stands_against_the_one_before_to_the_day():
    figures(0, texts=4, cost="4.20")
    figures(6, texts=6, cost="3.60")
    figures(7, texts=8, cost="4.80")
    figures(13, texts=2, cost="1.20")
    figures(14, texts=99, cost="99.00")
    found = last_days(TODAY)
    assert [day.day for day, _ in found.days] == [18, 19, 20, 21, 22, 23, 24]
    assert (found.today.texts, found.today.cost) == (4, Decimal("4.20"))
    assert (found.week.texts, found.week.cost) == (10, Decimal("7.80"))
    assert (found.before.texts, found.before.cost, found.more) == (10, Decimal("6.00"), "+0%")
    assert [bar.texts for bar in found.chart.bars] == [6, 0, 0, 0, 0, 0, 4]
    assert last_days(TODAY - timedelta(days=2)).more == "-86%"
    assert last_days(TODAY - timedelta(days=8)).more == ""


def test_what_was_sent_is_told_by_campaign_with_single_texts():
    one = make_campaign(make_group(), name="Fees")
    figures(0, texts=4, cost="4.20", campaign=one.pk)
    figures(2, texts=9, cost="3.60")
    figures(3, texts=1, cost="0.60", campaign=one.pk + 1)
    figures(8, texts=50, cost="0.60", campaign=one.pk)
    found = busiest_campaigns(last_days(TODAY).query)
    assert [(row.label, row.texts, has_page) for row, has_page in found] == [
        ("Single texts", 9, False), ("Fees", 4, True), ("a campaign that is gone", 1, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "balance, spent_since, cost, days",
    [
        ("100.00", "0", "70.00", 10),
        ("100.00", "31.00", "70.00", 6),
        ("9.99", "0", "70.00", 0),
        ("1.00", "5.00", "70.00", 0),
        ("100.00", "0", "0", None),
        ("-5.00", "0", "70.00", None),
        ("900.00", "0", "70.00", 90),
        ("910.00", "0", "70.00", None),
        (None, "0", "70.00", None),
    ],
)
def test_the_balance_lasts_for_whole_days_at_the_weeks_rate(balance, spent_since, cost, days):
    figures(1, texts=100, cost=cost)
    gate = Gate(balance=None if balance is None else Decimal(balance), spent_since=Decimal(spent_since))
    assert lasts_days(gate, last_days(TODAY).week) == days


def test_the_tallest_bar_is_the_whole_height_and_pieces_stand_on_each_other():
    assert [(piece.status, piece.y, piece.height) for piece in bar_pieces((50, 30, 20), 100)] == [
        ("delivered", 50, 50), ("accepted", 20, 30), ("undelivered", 0, 20),
    ]  # fmt: skip
    assert [(piece.y, piece.height) for piece in bar_pieces((25, 0, 0), 100)] == [(75, 25)]
