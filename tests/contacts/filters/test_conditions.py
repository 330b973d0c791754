"""Filters over real rows: every comparison, and any JSON at all."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import filters
from contacts.models import Contact
from tests.makers import make_contact, make_group

TYPES = {
    "balance": {"money"}, "age": {"integer"}, "rate": {"decimal"}, "due": {"date"}, "town": {"text"},
    "visit": {"datetime"},
    "paid": {"boolean"}, "branch": {"choice"},
}  # fmt: skip
DAY = date(2026, 12, 10)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    group = make_group(fields={key: next(iter(types)) for key, types in TYPES.items()})
    make_contact(
        group,
        "254711000001",
        "Jane",
        balance="5000.00",
        due="2026-12-13",
        town="Nakuru",
        paid="yes",
        visit="2026-12-13T23:59",
    )
    make_contact(
        group,
        "254711000002",
        "John",
        balance="-70.50",
        due="1990-12-10",
        town="nakuru town",
        paid="no",
        visit="2026-12-14T00:00",
    )
    make_contact(group, "254711000003", "Ali", balance="100.00", due="2024-02-29", town="", branch="CBD")
    make_contact(group, "254711000004", "", balance="soon", due="2026-99-99", visit="2026-12-13")
    return group


def found(group, *conditions, day=DAY):
    parsed = filters.parse_filter([dict(zip(("field", "op", "value"), one, strict=False)) for one in conditions], TYPES)
    rows = filters.matching(Contact.objects.filter(group=group), parsed, day)
    return [int(phone[-1]) for phone in rows.order_by("phone").values_list("phone", flat=True)]


@pytest.mark.parametrize(
    ("conditions", "who"),
    [
        ([("balance", ">", "99")], [1, 3]),
        ([("balance", ">=", "100"), ("balance", "<", 5000)], [3]),
        ([("balance", "<=", "-70.5")], [2]),
        ([("balance", "=", "5000")], [1]),
        ([("balance", "!=", "5000")], [2, 3, 4]),
        ([("balance", "in", ["100", "-70.50"])], [2, 3]),
        ([("balance", "is set")], [1, 2, 3]),
        ([("balance", "is not set")], [4]),
        ([("due", "=", "2026-12-13")], [1]),
        ([("due", "<", "2020-01-01")], [2]),
        ([("due", "is not set")], []),
        ([("visit", "=", "2026-12-13")], [1]),
        ([("visit", ">", "2026-12-13")], [2]),
        ([("visit", "<=", "2026-12-13")], [1]),
        ([("visit", "in", ["2026-12-13", "2026-12-14"])], [1, 2]),
        ([("visit", "is not set")], [3, 4]),
        ([("visit", "days from run", [0, 3])], [1]),
        ([("visit", "anniversary", [3, 4])], [1, 2]),
        ([("due", "days from run", 3)], [1]),
        ([("due", "days from run", [-5, 5])], [1]),
        ([("due", "anniversary", 0)], [2]),
        ([("due", "anniversary", [0, 3])], [1, 2]),
        ([("town", "=", "NAKURU")], [1]),
        ([("town", "contains", "akur")], [1, 2]),
        ([("town", "contains", "%")], []),
        ([("town", "is not set")], [3, 4]),
        ([("town", "!=", "nakuru")], [2, 3, 4]),
        ([("town", "in", ["Nakuru", "x"])], [1]),
        ([("paid", "=", True)], [1]),
        ([("paid", "=", "No")], [2]),
        ([("branch", "=", "cbd")], [3]),
        ([("name", "contains", "J"), ("balance", "<", "0")], [2]),
        ([("name", "is not set")], [4]),
        ([("phone", "=", "0711 000 003")], [3]),
        ([("phone", "contains", "0711 000 004")], [4]),
        ([("age", "is set")], []),
        ([], [1, 2, 3, 4]),
    ],
)
def test_who_is_found(people, conditions, who):
    assert found(people, *conditions) == who


@pytest.mark.parametrize(("day", "who"), [(date(2027, 2, 28), [3]), (date(2028, 2, 28), []), (date(2028, 2, 29), [3])])
def test_who_was_born_on_29_february_has_the_28th_in_other_years(people, day, who):
    assert found(people, ("due", "anniversary", 0), day=day) == who


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
condition = st.fixed_dictionaries(
    {"field": st.sampled_from([*TYPES, "name", "phone"]) | anything, "op": st.sampled_from(filters.OPS) | anything},
    optional={"value": anything | st.sampled_from(["1e999", "1e-40", "9" * 40, "2026-12-01", "0711", "yes", "\0"])},
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(condition, max_size=4) | anything)
def test_any_filter_is_a_query_or_clear_words(people, asked):
    try:
        parsed = filters.parse_filter(asked, TYPES)
    except filters.BadFilter as error:
        assert str(error)
        return
    assert filters.matching(Contact.objects.filter(group=people), parsed, DAY).count() <= 4


def test_too_many_conditions_are_refused():
    with pytest.raises(filters.BadFilter, match="at most"):
        filters.parse_filter([{"field": "name", "op": "is set"}] * 21, TYPES)
