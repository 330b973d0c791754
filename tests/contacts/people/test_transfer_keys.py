"""People are taken into a group that tells its rows apart in another way only where nobody would be lost by it."""

import pytest
from django.urls import reverse

from contacts.filters.search import PeopleQuery
from contacts.models import ContactGroup
from contacts.people import jobs
from contacts.people.transfer import DoesNotFit
from tests.makers import make_contact, make_family_group, make_group, make_row
from tests.reading import read

pytestmark = pytest.mark.django_db

JANE, JOHN = "254712345678", "254712345679"
FIELDS = {"loan_no": "text"}


@pytest.fixture
def family():
    rows = [("1", "Amina", {"loan_no": "L1"}), ("2", "Juma", {"loan_no": "L2"})]
    group = make_family_group([(JANE, rows), (JOHN, [("3", "Ali", {"loan_no": "L3"})])], name="Family", fields=FIELDS)
    group.refresh_from_db()
    return group


def rows_in(group):
    return set(group.contacts.values_list("phone", "reference"))


@pytest.mark.parametrize("act", ["copy", "move", "merge"])
def test_rows_stay_apart_in_a_group_with_the_same_key(family, act):
    other = make_family_group([(JANE, [("2", "Known", {})])], name="Other", fields={})
    jobs.work_on_job(jobs.order_job(act, PeopleQuery(family), None, target=other).pk)
    assert rows_in(other) == {(JANE, "1"), (JANE, "2"), (JOHN, "3")}
    assert other.contacts.get(reference="2").name == "Known"


@pytest.mark.parametrize("act", ["copy", "move", "merge"])
@pytest.mark.parametrize(
    "target, words",
    [
        ({"name": "Plain"}, "1 number has several rows here, and “Plain” keeps one a number."),
        (
            {"name": "Loans", "key": "loan_no"},
            "1 number has several rows here, and “Loans” tells them apart by loan_no.",
        ),
    ],
)
def test_a_number_with_several_rows_is_taken_into_no_other_list(family, act, target, words):
    other = make_family_group([], fields={}, **target) if "key" in target else make_group(fields={}, **target)
    before = rows_in(family)
    with pytest.raises(DoesNotFit) as refused:
        jobs.order_job(act, PeopleQuery(family), None, target=other)
    assert str(refused.value) == words
    assert (rows_in(family), rows_in(other)) == (before, set())
    assert not other.fields.filter(key="adm_no").exists()


def test_one_of_two_rows_may_go_alone(family):
    other = make_group("Plain", fields={})
    row = family.contacts.get(reference="2")
    jobs.work_on_job(jobs.order_job("copy", PeopleQuery(family, chosen=(row.pk,)), None, target=other).pk)
    assert rows_in(other) == {(JANE, "")}


def test_people_are_told_apart_by_the_other_group_s_key_where_they_have_it(family):
    plain = make_group("Plain", fields=FIELDS)
    make_contact(plain, JANE, loan_no=" l1 ")
    other = make_family_group([], name="Loans", key="loan_no", fields={})
    jobs.work_on_job(jobs.order_job("copy", PeopleQuery(plain), None, target=other).pk)
    assert rows_in(other) == {(JANE, "L1")}
    make_contact(plain, JOHN)
    with pytest.raises(DoesNotFit, match="1 person has no loan_no"):
        jobs.order_job("copy", PeopleQuery(plain), None, target=other)


@pytest.mark.parametrize("act", ["copy", "move", "merge"])
def test_each_slice_looks_again_who_has_come_meanwhile(act, monkeypatch):
    monkeypatch.setattr(jobs, "SLICE_PEOPLE", 1)
    family = make_family_group([(JOHN, [("3", "Ali", {})]), (JANE, [("1", "Amina", {})])], name="Family", fields={})
    other = make_group("Plain", fields={})
    job = jobs.order_job(act, PeopleQuery(family), None, target=other)
    make_row(family, JANE, "2", "Juma")
    assert not jobs.work_on_job(job.pk)
    job.refresh_from_db()
    assert job.has_failed
    assert job.error == ("1 number has several rows here, and “Plain” keeps one a number. What was done stays done.")
    assert {(JANE, "1"), (JANE, "2")} <= rows_in(family)
    assert rows_in(other) == {(JOHN, "")}


def test_a_new_group_takes_the_key(sign_in, family):
    composer = sign_in("composer")
    posted = {"all": "1", "new_group": "Another"}
    composer.post(reverse("group-copy", args=[family.pk]) + "?all=1", posted)
    another = ContactGroup.objects.get(name="Another")
    assert (another.key, rows_in(another)) == ("adm_no", rows_in(family))


def test_the_page_says_why_people_do_not_fit(sign_in, family):
    plain = make_group("Plain", fields={})
    address = reverse("group-copy", args=[family.pk]) + "?all=1"
    page = read(sign_in("composer").post(address, {"target": plain.pk}, follow=True))
    assert "1 number has several rows here, and “Plain” keeps one a number." in page
    assert not plain.contacts.exists()
