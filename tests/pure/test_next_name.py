"""What a campaign is called that is used again."""

from datetime import date

import pytest

from campaigns.writing.next_name import next_name

DECEMBER, JANUARY = date(2026, 12, 3), date(2027, 1, 3)


@pytest.mark.parametrize(
    ("name", "today", "proposed"),
    [
        ("Fees", DECEMBER, "Fees 2"),
        ("Fees 2", DECEMBER, "Fees 3"),
        ("Fees 99", DECEMBER, "Fees 100"),
        ("Budget 2026", DECEMBER, "Budget 2026 2"),
        ("November balances", DECEMBER, "December balances"),
        ("December balances", DECEMBER, "December balances 2"),
        ("December balances 2", DECEMBER, "December balances 3"),
        ("Balances, December 2026", JANUARY, "Balances, January 2027"),
        ("balances of november", DECEMBER, "balances of december"),
        ("NOVEMBER", DECEMBER, "DECEMBER"),
        ("Salio la Novemba", DECEMBER, "Salio la Desemba"),
        ("Marching band", DECEMBER, "Marching band 2"),
    ],
)
def test_the_next_name(name, today, proposed):
    assert next_name(name, today, 120, lambda _: False) == proposed


def test_one_that_is_taken_is_not_proposed():
    assert next_name("Fees", DECEMBER, 120, {"Fees 2", "Fees 3"}.__contains__) == "Fees 4"
    assert next_name("November", DECEMBER, 120, {"December"}.__contains__) == "December 2"


def test_a_long_name_stays_within_its_length():
    assert next_name("F" * 10, DECEMBER, 10, lambda _: False) == "FFFFFFFF 2"
