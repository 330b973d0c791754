"""Jobs from the order to the end, whoever works on them."""

import pytest

from contacts.filters import search
from contacts.models import ContactField, Job
from contacts.people import jobs
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db

FIELDS = {"balance": "money", "due": "date", "town": "text", "visits": "integer", "paid": "boolean"}


@pytest.fixture
def group():
    group = make_group("Loans", fields=FIELDS)
    make_contact(group, "254711000001", "Jane Wanjiru", balance="5000.00", due="2026-12-31", visits="12345", paid="yes")
    make_contact(group, "254711000002", "John Otieno", balance="70.00", town="Nakuru")
    make_contact(group, "254722000003", "Ali Hassan", balance="900.50", town="=HYPERLINK(1)")
    group.refresh_from_db()
    return group


def test_a_job_goes_on_where_a_dead_worker_was_and_does_nobody_twice(group, monkeypatch):
    monkeypatch.setattr(jobs, "SLICE_PEOPLE", 1)
    other = make_group("Other")
    job = jobs.order_job("move", search.PeopleQuery(group), None, target=other)
    real, calls = jobs._slice, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_slice", dies)
        with pytest.raises(KeyboardInterrupt):
            jobs.work_on_job(job.pk)
    assert (group.contacts.count(), other.contacts.count()) == (2, 1)
    assert not jobs.work_on_job(job.pk), "its lease holds"
    Job.objects.update(lease_until="2026-01-01T00:00Z")
    assert jobs.jobs_standing_still(job.created_at) == [job.pk]
    assert jobs.work_on_job(job.pk)
    assert (group.contacts.count(), other.contacts.count()) == (0, 3)
    assert Job.objects.get().people == 3
    assert not jobs.work_on_job(job.pk)


def test_of_two_workers_on_one_job_one_stops(group, monkeypatch):
    monkeypatch.setattr(jobs, "SLICE_PEOPLE", 1)
    job = jobs.order_job("copy", search.PeopleQuery(group), None, target=make_group("Other"))
    Job.objects.update(status="working")
    slow = Job.objects.select_related("group", "target").get()
    Job.objects.update(cursor=group.contacts.first().pk, people=1)
    assert not jobs._in_slices(slow, group)
    job.refresh_from_db()
    assert (job.people, job.target.contacts.count()) == (1, 0)


def test_an_export_whose_filter_no_longer_holds_says_so(group):
    wanted = search.PeopleQuery(group, filter=[{"field": "town", "op": "is set"}])
    job = jobs.order_job("export", wanted, None, format="csv")
    ContactField.objects.filter(group=group, key="town").delete()
    assert not jobs.work_on_job(job.pk)
    assert "A field of the filter has changed" in Job.objects.get().error
