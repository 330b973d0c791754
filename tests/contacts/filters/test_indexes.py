"""Indexes over the fields of big groups: made once, whole, and gone when nobody wants them."""

import pytest
from django.db import connection

from contacts.filters import indexes, search
from contacts.models import ContactField, Upload
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_index_is_left():
    yield
    for name in indexes._existing():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP INDEX "{name}"')


@pytest.fixture
def big(monkeypatch):
    monkeypatch.setattr(indexes, "BIG_GROUP_PEOPLE", 5)
    group = make_group("big", fields={"balance": "money", "due": "date", "town": "text", "visits": "integer"})
    for number in range(200):
        make_contact(group, balance=f"{number}.00", due=f"2026-12-{number % 28 + 1:02}", visits="soon", town="x")
    return group


def names():
    return sorted(indexes._existing())


def test_number_and_date_fields_of_big_groups_are_indexed_once(big):
    make_group("small", fields={"fee": "money"}, contacts=2)
    assert indexes.make_missing_indexes() == 5
    assert names() == [
        "contact_field_day_due", "contact_field_number_balance", "contact_field_number_visits",
        "contact_field_own_name", "contact_field_own_phone",
    ]  # fmt: skip
    assert indexes.missing_indexes() == []
    assert indexes.make_missing_indexes() == 0


def test_a_filter_is_served_by_its_index_in_its_order(big):
    indexes.make_missing_indexes()
    for condition, index in (
        ({"field": "balance", "op": ">", "value": "190"}, "contact_field_number_balance"),
        ({"field": "due", "op": "=", "value": "2026-12-05"}, "contact_field_day_due"),
    ):
        wanted = search.PeopleQuery(big, filter=[condition])
        people = wanted.people().annotate(at=wanted.driver.expression()).order_by("at", "pk")[:51]
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
            plan = people.explain()
            cursor.execute("RESET ALL")
        assert index in plan, plan
        assert "Sort" not in plan.replace("Incremental Sort", ""), plan


def test_an_index_that_was_left_half_made_is_made_again(big):
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX contact_field_number_balance ON contacts_contact (group_id, (1), id)")
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'contact_field_number_balance'::regclass"
        )
    assert indexes.make_missing_indexes() == 5
    assert indexes._existing()["contact_field_number_balance"]


def test_an_index_that_nobody_wants_any_longer_goes(big):
    indexes.make_missing_indexes()
    ContactField.objects.filter(key="balance").delete()
    indexes.make_missing_indexes()
    assert "contact_field_number_balance" not in names()


def test_nothing_is_indexed_while_an_upload_writes(big):
    Upload.objects.create(group=big, name="x", status="importing")
    assert indexes.missing_indexes() == []


def test_at_most_so_many_those_with_most_people_first(big, monkeypatch):
    monkeypatch.setattr(indexes, "MOST_INDEXES", 1)
    bigger = make_group("bigger", fields={"fee": "money"}, contacts=300)
    assert bigger.pk
    assert [one.name for one in indexes.wanted_indexes() if one.kind != indexes.OWN] == ["contact_field_number_fee"]


def test_of_two_workers_only_one_makes_them(big):
    with indexes._alone() as alone:
        assert alone
        assert indexes.make_missing_indexes() == 0
    assert indexes.make_missing_indexes() == 5
