"""What was sent day by day, from tallies."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from campaigns.models import Batch
from campaigns.reporting import by_day

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)


def make_batch(posted_at, status=Batch.Status.SETTLED, cost="6.00", **tally):
    return Batch.objects.create(
        status=status, size=sum(tally.values()), posted_at=posted_at, cost=Decimal(cost), tally=tally
    )


def test_a_day_is_the_portals_day_and_not_that_of_greenwich():
    make_batch(datetime(2026, 11, 23, 20, 59, tzinfo=UTC), delivered=7, undelivered=2, accepted=1)
    make_batch(datetime(2026, 11, 23, 21, 1, tzinfo=UTC), delivered=4, uncertain=3, cost="4.20")
    make_batch(datetime(2026, 11, 1, tzinfo=UTC), delivered=99)
    days = by_day.figures_by_day(7, TODAY)
    assert [day.date.day for day in days] == [18, 19, 20, 21, 22, 23, 24]
    yesterday, today = days[-2:]
    assert (yesterday.sent, yesterday.delivered, yesterday.undelivered, yesterday.cost) == (10, 7, 2, Decimal("6.00"))
    assert (today.sent, today.delivered, today.cost) == (4, 4, Decimal("4.20"))
    week = by_day.all_together(days)
    assert (week.sent, week.delivered, week.cost) == (14, 11, Decimal("10.20"))


def test_what_waits_again_was_not_sent():
    make_batch(datetime(2026, 11, 24, 8, tzinfo=UTC), status=Batch.Status.READY, queued=10)
    assert by_day.figures_by_day(7, TODAY)[-1].sent == 0


def test_the_tallest_bar_is_the_whole_height_and_pieces_stand_on_each_other():
    make_batch(datetime(2026, 11, 23, 8, tzinfo=UTC), delivered=50, accepted=30, undelivered=20)
    make_batch(datetime(2026, 11, 24, 8, tzinfo=UTC), delivered=25)
    *_, yesterday, today = by_day.stacked_bars(by_day.figures_by_day(7, TODAY))
    assert [(piece.status, piece.y, piece.height) for piece in yesterday.pieces] == [
        ("delivered", 50, 50), ("accepted", 20, 30), ("undelivered", 0, 20),
    ]  # fmt: skip
    assert [(piece.y, piece.height) for piece in today.pieces] == [(75, 25)]
