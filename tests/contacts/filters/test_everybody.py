"""One search over all groups finds people by name, by a part of a number, by a member number, and says what it left."""

import pytest
from django.urls import reverse

from contacts.filters import everybody
from contacts.filters.everybody import TooShort, search_everybody
from contacts.models import ContactField, ContactGroup
from tests.makers import make_contact, make_family_group, make_group, make_phone
from tests.reading import read

pytestmark = pytest.mark.django_db

JANE, JOHN = "254712345678", "254733445566"


@pytest.fixture
def world():
    loans, school = make_group(name="Loans", fields={"member_no": "text"}), make_group(name="School", fields={})
    make_contact(loans, JANE, name="Jane Wanjirũ", member_no="M-0042")
    make_contact(school, JANE, name="Mrs Jane Wanjirũ")
    make_contact(school, JOHN, name="John O'Neil")
    return loans, school


def found(written):
    return {one.phone: [group.name for group in one.groups] for one in search_everybody(written).people}


@pytest.mark.parametrize(
    "written", ["jane", "Wanjiru", "wanj jane", "0712345678", "+254 712 345", "5678", "345678", "0712", "m-0042"]
)
def test_a_person_is_found_once_with_all_groups(world, written):
    assert found(written) == {JANE: ["Loans", "School"]}


def test_all_names_of_a_number_are_told(world):
    (jane,) = search_everybody("jane").people
    assert jane.names == ["Jane Wanjirũ", "Mrs Jane Wanjirũ"]


@pytest.mark.parametrize("written", ["oneil", "neil", "O'Neil", "JOHN", "733 445"])
def test_another_is_found_alone(world, written):
    assert found(written) == {JOHN: ["School"]}


@pytest.mark.parametrize("written", ["zz", "0799", "M-0043", "0042", "%%%", "jane\\", "': *"])
def test_who_is_not_there_is_not_found(world, written):
    try:
        assert JOHN not in found(written)
    except TooShort:
        assert written in ("%%%", "': *")


@pytest.mark.parametrize("written", ["j", "0", "07", "", "-", "%%"])
def test_too_little_is_not_looked_for(world, written):
    with pytest.raises(TooShort, match="at least 2 letters of a name, or 3 digits"):
        search_everybody(written)


def test_groups_that_are_gone_or_wait_are_not_looked_in(world):
    _, school = world
    ContactGroup.objects.filter(pk=school.pk).update(waits_for_upload=True)
    assert found("jane") == {JANE: ["Loans"]}
    ContactGroup.everything.update(deleted_at="2026-11-01T00:00Z")
    assert found("jane") == found("m-0042") == {}


def test_a_row_is_found_by_its_reference_in_every_group_with_a_key():
    one = make_family_group([(JANE, [("AB 12", "Amina", {}), ("AB 13", "Juma", {})])], name="One", fields={})
    make_family_group([(JOHN, [("AB 12", "Ali", {})])], name="Two", fields={})
    assert found("ab12") == {JANE: ["One"], JOHN: ["Two"]}
    assert found("AB 13") == {JANE: ["One"]}
    assert search_everybody("AB 13").people[0].references == ["AB12", "AB13"]
    ContactGroup.everything.filter(pk=one.pk).update(deleted_at="2026-11-01T00:00Z")
    assert found("ab12") == {JOHN: ["Two"]}


def test_a_balance_is_no_member_number(world):
    group = make_group(name="Owing", fields={"balance": "money", "house_no": "text", "remark": "text"})
    make_contact(group, JOHN, balance="700.00", house_no="700.00x", remark="late 9")
    assert found("700.00") == found("late 9") == {}
    assert found("700.00x") == {JOHN: ["Owing", "School"]}


def test_more_than_a_page_are_told_and_one_writes_more(world, monkeypatch):
    monkeypatch.setattr(everybody, "MOST_FOUND", 3)
    group = make_group(name="Many", fields={})
    for number in range(5):
        make_contact(group, make_phone(), name=f"Peter Kamau{number}")
    result = search_everybody("peter")
    assert (len(result.people), result.more) == (3, True)
    assert not search_everybody("kamau4").more


def test_a_group_too_large_to_look_through_is_named(world, monkeypatch):
    monkeypatch.setattr(everybody, "MOST_LOOKED_THROUGH", 0)
    result = search_everybody("M-0042")
    assert (result.people, result.unseen) == ([], ("Loans",))
    assert search_everybody("jane").unseen == ()


def test_the_page_links_to_the_person_and_the_groups(world, sign_in):
    viewer = sign_in("viewer")
    page = read(viewer.get(reverse("people-search"), {"q": "jane"}))
    assert "1 person for “jane”" in page
    assert reverse("person-detail", args=[JANE]) in page
    for group in world:
        assert reverse("group-detail", args=[group.pk]) in page
    assert "at least 2 letters" in read(viewer.get(reverse("people-search"), {"q": "j"}))
    assert "Nobody is called “zz”" in read(viewer.get(reverse("people-search"), {"q": "zz"}))
    assert 'name="q"' in read(viewer.get(reverse("group-list")))


def test_what_is_too_slow_says_to_write_more(world, sign_in, monkeypatch):
    def too_slow(written):
        raise everybody_too_slow

    from contacts.filters.search import TooSlow
    from contacts.views import people_search

    everybody_too_slow = TooSlow()
    monkeypatch.setattr(people_search, "search_everybody", too_slow)
    assert "Write more of the name" in read(sign_in("viewer").get(reverse("people-search"), {"q": "jane"}))


def test_a_field_may_be_called_as_a_look_up(world):
    ContactField.objects.filter(key="member_no").update(key="contains")
    make_contact(world[0], JOHN, name="", contains="X-1")
    assert found("x-1") == {JOHN: ["Loans", "School"]}
