"""A group's list in the order of each column: every person once, both ways, and big groups by their indexes."""

from decimal import Decimal
from itertools import chain

import pytest
from django.db import connection
from django.urls import reverse

from contacts.filters import indexes, pages, search, sorting
from contacts.models import Contact
from contacts.people.field_names import name_field
from tests.makers import make_contact, make_group
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = {"balance": "money", "due": "date", "town": "text", "seen": "datetime", "paid": "boolean"}
PEOPLE = 23
KEYS = {
    "phone": lambda one: one.phone,
    "name": lambda one: one.name.lower(),
    "balance": lambda one: Decimal(one.values["balance"]) if "balance" in one.values else None,
    "due": lambda one: one.values.get("due"),
    "town": lambda one: one.values.get("town", "").lower() or None,
    "seen": lambda one: (one.values.get("seen") or "")[:10] or None,
    "paid": lambda one: one.values.get("paid"),
}


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    monkeypatch.setattr(pages, "PAGE_PEOPLE", 5)
    yield
    for name in indexes._existing():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP INDEX "{name}"')


@pytest.fixture
def group():
    group = make_group(name="Loans", fields=FIELDS)
    for number in range(PEOPLE):
        values = {"balance": f"{number * 7 % 5 * 1000}.00", "due": f"2026-12-{number * 5 % 9 + 1:02}"}
        values |= {"town": ["Nakuru", "kisumu", "Eldoret"][number % 3], "seen": f"2026-11-{number % 4 + 1:02}T09:00"}
        values["paid"] = ["yes", "no"][number % 2]
        kept = {key: value for place, (key, value) in enumerate(values.items()) if (number + place) % 6}
        name = ["amina", "Juma", "", "Zed"][number % 4]
        make_contact(group, f"2547{number * 31 % PEOPLE:08}", name=name, **kept)
    group.refresh_from_db()
    return group


def in_order(key, down):
    """With the ids as the second order, and who has no value last."""
    people = list(Contact.objects.order_by("pk"))
    having = [one for one in people if KEYS[key](one) is not None]
    having.sort(key=lambda one: (KEYS[key](one), one.pk), reverse=down)
    lacking = [one for one in people if KEYS[key](one) is None]
    return [one.pk for one in having + sorted(lacking, key=lambda one: one.pk, reverse=down)]


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("key", KEYS)
def test_every_person_stands_once_in_order_on_the_way_there_and_back(group, key, down, few):
    query = search.PeopleQuery(group)
    sort = pages.Sort(key, FIELDS.get(key, "text"), down)
    found, place, starts = [], None, []
    while True:
        rows, place = pages.people_page(query, place, sort=sort, few=few, milliseconds=5_000)
        found.append([one.pk for one in rows])
        starts.append(pages.end_of(rows[0], back=True))
        if place is None or len(found) > PEOPLE:
            break
    assert list(chain(*found)) == in_order(key, down)
    for number in range(len(found) - 1, 0, -1):
        rows, place = pages.people_page(query, starts[number], sort=sort, few=few, milliseconds=5_000)
        assert [one.pk for one in rows] == found[number - 1]
        assert place == pages.end_of(rows[-1])


def test_without_a_column_they_stand_in_the_order_of_their_ids_both_ways(group):
    query = search.PeopleQuery(group)
    first, place = pages.people_page(query, None)
    second, _ = pages.people_page(query, place)
    back, _ = pages.people_page(query, pages.end_of(second[0], back=True))
    assert [one.pk for one in back] == [one.pk for one in first]


def test_a_filter_and_a_column_go_together(group):
    query = search.PeopleQuery(group, filter=[{"field": "balance", "op": ">", "value": "1000"}])
    rows, _ = pages.people_page(query, None, few=True, sort=pages.Sort("name"))
    fitting = [pk for pk in in_order("name", False) if pk in set(query.people().values_list("pk", flat=True))]
    assert [one.pk for one in rows] == fitting[:5]


def text_of(page):
    return " ".join(page.split())


def test_the_page_says_which_rows_it_shows_and_leads_both_ways(group, sign_in):
    client, address = sign_in("viewer"), reverse("group-detail", args=[group.pk])
    page = client.get(address + "?sort=-balance")
    assert f"1–5 of {PEOPLE}" in text_of(read(page)) and "Previous page" not in read(page)
    assert 'aria-sort="descending"' in read(page)
    seen = [[one.pk for one, _, _ in page.context["rows"]]]
    while page.context["next_url"] and len(seen) < PEOPLE:
        page = client.get(address + page.context["next_url"])
        seen.append([one.pk for one, _, _ in page.context["rows"]])
    assert f"21–{PEOPLE} of {PEOPLE}" in text_of(read(page))
    assert list(chain(*seen)) == in_order("balance", True)
    while page.context["previous_url"] and seen:
        seen.pop()
        page = client.get(address + page.context["previous_url"])
        assert [one.pk for one, _, _ in page.context["rows"]] == seen[-1]
    assert len(seen) == 1 and f"1–5 of {PEOPLE}" in text_of(read(page))


@pytest.mark.parametrize(
    "asked",
    ["sort=nothing", "sort=balance&after=1&at=x", "before=99999999999999999999", "after=1&from=x"],
)
def test_an_address_that_makes_no_sense_shows_the_list(group, sign_in, asked):
    page = sign_in("viewer").get(reverse("group-detail", args=[group.pk]) + f"?{asked}")
    assert page.status_code == 200 and page.context["rows"]


def test_a_column_is_asked_for_by_its_present_name(group, sign_in):
    name_field(group.fields.get(key="balance"), "owed")
    page = sign_in("viewer").get(reverse("group-detail", args=[group.pk]) + "?sort=owed")
    assert [one.pk for one, _, _ in page.context["rows"]] == in_order("balance", False)[:5]


def test_of_a_big_group_what_has_no_index_is_refused_with_what_can_be(group, sign_in, monkeypatch):
    monkeypatch.setattr(indexes, "BIG_GROUP_PEOPLE", 5)
    client, address = sign_in("viewer"), reverse("group-detail", args=[group.pk])
    page = read(client.get(address + "?sort=balance"))
    assert f"“balance” cannot be sorted among {PEOPLE} people." in text_of(page)
    assert indexes.make_missing_indexes() == 4
    page = read(client.get(address + "?sort=town"))
    assert f"“town” cannot be sorted among {PEOPLE} people. Phone, Name, balance, due can." in text_of(page)
    for column in ("name", "phone", "balance", "due"):
        assert "cannot be sorted" not in read(client.get(address + f"?sort={column}"))
    # Those who are found are few.
    found = client.get(address + "?sort=town&q=amina")
    assert "cannot be sorted" not in read(found)
    assert [one.pk for one, _, _ in found.context["rows"]] == [
        pk for pk in in_order("town", False) if Contact.objects.get(pk=pk).name == "amina"
    ][:5]


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("key, index", [("name", "own_name"), ("phone", "own_phone"), ("balance", "number_balance")])
def test_a_big_group_is_put_in_order_by_the_index(group, monkeypatch, key, index, down):
    monkeypatch.setattr(indexes, "BIG_GROUP_PEOPLE", 5)
    indexes.make_missing_indexes()
    sort = pages.Sort(key, FIELDS.get(key, "text"), down)
    query = search.PeopleQuery(group)
    order = pages._order(query, sort, few=False)
    (first, *_), place = pages.people_page(query, None, sort=sort)
    for at in (None, place):
        people = pages._part(query.people(), order, pages.WITH_VALUE, at, few=False, back=False)
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
            plan = people[:6].explain()
            cursor.execute("RESET ALL")
        assert f"contact_field_{index}" in plan and "Sort" not in plan, plan
    assert first.pk == in_order(key, down)[0]


def test_columns_say_which_can_be_sorted(group):
    assert all(one.may_sort for one in sorting.columns_of(group, few=False))
