"""Finding people of a group as they are written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.filters import pages, search
from contacts.models import Contact
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db

NAMES = [
    "Ng’ang’a Kamau",
    "Ng'ang'a Mwangi",
    "Wanjiru-Kamau Jane",
    "J.K. Otieno",
    "Mary/Jane",
    "St.Peter Were",
    "A&B Traders",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_found_as_it_is_written(name):
    group = make_group()
    for one in NAMES:
        make_contact(group, name=one)
    group.refresh_from_db()
    found, _ = pages.people_page(search.PeopleQuery(group, name), None)
    assert name in [one.name for one in found]
    begun = pages.people_page(search.PeopleQuery(group, name.split()[-1][:3]), None)[0]
    assert name in [one.name for one in begun]


@pytest.mark.parametrize(
    "asked, ends", [("0012", "0012"), ("012", "0012"), ("256772", "256772000001"), ("'", None), ("\\", None)]
)
def test_digits_are_looked_for_as_they_are_typed(asked, ends):
    group = make_group()
    for phone in ("254711230012", "254711239912", "256772000001"):
        make_contact(group, phone)
    group.refresh_from_db()
    found = [one.phone for one in pages.people_page(search.PeopleQuery(group, asked), None)[0]]
    assert [phone for phone in found if ends and phone.endswith(ends)] == found
    assert bool(found) == bool(ends)


def test_a_statement_that_takes_too_long_is_stopped_and_the_next_one_is_not():
    with connection.cursor() as cursor:
        with pytest.raises(search.TooSlow), search.at_most(20):
            cursor.execute("SELECT pg_sleep(2)")
        with search.at_most(20):
            cursor.execute("SELECT 1")
        cursor.execute("SELECT pg_sleep(0.1)")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("wanjiru", "Jane Wanjirũ"),
        ("WANJIRŨ", "Jane Wanjiru"),
        ("wanjiru\u0303", "Wanjirũ Jane"),
        ("oneil", "Brian O'Neil"),
        ("o’neil", "Brian O'Neil"),
        ("neil", "Brian O`Neil"),
        ("oneil", "Brian O´Neil"),
        ("nganga", "Ng’ang’a Kamau"),
        ("ng'ang'a kam", "Ngʼangʼa Kamau"),
        ("francois", "François N’Golo"),
        ("ngolo", "François N’Golo"),
    ],
)
def test_marks_and_apostrophes_make_no_difference(asked, name):
    group = make_group()
    make_contact(group, name=name)
    make_contact(group, name="Somebody Else")
    group.refresh_from_db()
    assert [one.name for one in pages.people_page(search.PeopleQuery(group, asked), None)[0]] == [name]


def test_names_are_found_by_their_index():
    query = search.matching_search(Contact.objects.all(), "wanjiru")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    assert "contact_plain_words" in query.explain()


@pytest.mark.parametrize("share, people, exact", [(1, 30, False), (3, 10, True)])
def test_a_name_that_half_of_all_have_is_not_counted(monkeypatch, share, people, exact):
    """Whoever counts them reads the index for all of them first; of a name that fewer have the count is wanted."""
    monkeypatch.setattr(search, "MOST_COUNTED_PEOPLE", 30)
    group = make_group(contacts=400 if share == 1 else 0)
    names = [f"{'Person' if number < people else 'Jane'} {number}" for number in range(400)]
    if share != 1:
        Contact.objects.bulk_create(
            Contact(group=group, phone=f"2547120{number:05}", name=name) for number, name in enumerate(names)
        )
    group.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        count = search.count_people(search.PeopleQuery(group, "pers"))
    assert count == search.PeopleCount(people, exact=exact)
    assert any("LIMIT 31" in one["sql"] for one in asked.captured_queries) is exact


def test_a_group_whose_people_have_just_gone_has_nobody_of_a_name(monkeypatch):
    monkeypatch.setattr(search, "MOST_COUNTED_PEOPLE", 30)
    group = make_group(contacts=400)
    group.refresh_from_db()
    Contact.objects.all().delete()
    assert search.count_people(search.PeopleQuery(group, "pers")) == search.PeopleCount(0, exact=True)


def test_what_has_to_be_quick_starts_no_other_process():
    def workers():
        with connection.cursor() as cursor:
            cursor.execute("SHOW max_parallel_workers_per_gather")
            return cursor.fetchone()[0]

    usual = workers()
    with search.at_most(search.QUICKLY_MS):
        assert workers() == "0" != usual
    with search.at_most(search.PATIENTLY_MS):
        assert workers() == usual
    assert workers() == usual
