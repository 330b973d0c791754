"""What a filter may say, and what is said of one that may not."""

from datetime import date
from decimal import Decimal

import pytest

from contacts import filters

TYPES = {"balance": {"money"}, "due": {"date"}, "town": {"text"}, "age": {"text", "integer"}}


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"field": "balance", "op": ">", "value": "0"}, Decimal(0)),
        ({"field": "balance", "op": "in", "value": ["1.50", 2]}, [Decimal("1.50"), Decimal(2)]),
        ({"field": "due", "op": "<=", "value": "2026-12-31"}, date(2026, 12, 31)),
        ({"field": "due", "op": "days from run", "value": 3}, (3, 3)),
        ({"field": "due", "op": "days from run", "value": [0, -3]}, (-3, 0)),
        ({"field": "town", "op": "=", "value": " Nakuru "}, "nakuru"),
        ({"field": "name", "op": "is set"}, None),
    ],
)
def test_a_condition_is_read_in_the_type_of_its_field(condition, value):
    (read,) = filters.parse_filter([condition], TYPES)
    assert read.value == value


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"field": "balance", "op": ">", "value": "lots"}, "no number"),
        ({"field": "balance", "op": ">", "value": "NaN"}, "no number"),
        ({"field": "balance", "op": ">"}, "needs a value"),
        ({"field": "balance", "op": "like", "value": "1"}, "no comparison"),
        ({"field": "balance", "op": "contains", "value": "1"}, "is for text"),
        ({"field": "due", "op": "=", "value": "31/12/2026"}, "no date"),
        ({"field": "due", "op": "days from run", "value": True}, "whole number of days"),
        ({"field": "town", "op": "days from run", "value": 1}, "for dates"),
        ({"field": "town", "op": "in", "value": []}, "a list"),
        ({"field": "town", "op": "in", "value": ["x"] * 1_001}, "at most 1,000"),
        ({"field": "town", "op": "=", "value": " "}, "needs a value"),
        ({"field": "town", "op": "=", "value": "a\0b"}, "cannot be stored"),
        ({"field": "town", "op": "=", "value": "\ud800"}, "cannot be read"),
        ({"field": "balance", "op": ">", "value": "1e999"}, "too many digits"),
        ({"field": "balance", "op": ">", "value": "1e-999"}, "too many digits"),
        ({"field": "phone", "op": "=", "value": "0202345678"}, "no mobile number"),
        ({"field": ["town"], "op": "="}, "No group"),
        ({"field": "town", "op": {}}, "no comparison"),
        ({"field": "due", "op": "anniversary", "value": [1, 2, 3]}, "whole number of days"),
        ({"field": "county", "op": "is set"}, "No group"),
        ({"field": "age", "op": "is set"}, "in another"),
        ("balance > 0", "A condition is"),
    ],
)
def test_a_bad_condition_is_named(condition, words):
    with pytest.raises(filters.BadFilter, match=words):
        filters.parse_filter([condition], TYPES)


def test_a_filter_is_a_list():
    with pytest.raises(filters.BadFilter):
        filters.parse_filter({"field": "name"}, TYPES)
