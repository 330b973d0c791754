"""How long ago something was, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.from_now import from_now

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "ago, words",
    [
        (timedelta(0), "now"),
        (timedelta(milliseconds=900), "now"),
        (timedelta(milliseconds=-900), "now"),
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=-3), "in 3 hours"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=-7), "in 1 week"),
        (timedelta(days=45), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=365 * 1200), "1,200 years ago"),
    ],
)
def test_the_largest_unit_of_which_there_is_one(ago, words):
    assert from_now(NOW - ago, NOW) == words
