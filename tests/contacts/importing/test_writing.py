"""Rows are written in chunks; whoever goes on writes the rest."""

import itertools

import pytest

from contacts import importing
from contacts.importing import chunking, writing
from contacts.models import Upload
from contacts.tasks import work_on
from tests.calls import Beside
from tests.contacts.uploads import JANE, begin, checked, people, rows_of, undone
from tests.makers import make_contact, make_group, make_phone

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_goes_on_after_a_dead_worker_still_rejects_the_bad_amount_of_somebody_known(monkeypatch):
    group = make_group()
    make_contact(group, JANE, "Jane", balance="1.00")
    before = rows_of(group)
    rows = [
        f"{JANE},Jane,5",
        *(f"{make_phone()},New,1" for _ in range(2)),
        f"{JANE},Janet,abc",
        f"{make_phone()},New,1",
    ]
    upload = checked(group, "phone,name,balance\n" + "\n".join(rows) + "\n")
    real, calls = writing._write, itertools.count(1)

    def dying(*what):
        if next(calls) == 2:
            raise SystemError("killed")
        real(*what)

    monkeypatch.setattr(chunking, "CHUNK_ROWS", 2)
    monkeypatch.setattr(writing, "_write", dying)
    assert importing.order_import(upload)
    with pytest.raises(SystemError):
        work_on(upload.pk)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert (upload.counts["created"], upload.counts["updated"], upload.counts["rejected"]) == (3, 1, 1)
    assert people(group)[JANE] == {"name": "Jane", "balance": "5.00"}
    assert undone(upload)["left"] == 0
    assert rows_of(group) == before


def test_two_uploads_into_one_group_at_once_both_count(monkeypatch):
    monkeypatch.setattr(chunking, "CHUNK_ROWS", 50)
    group = make_group()
    text = "phone,name,balance\n" + "".join(f"{make_phone(n)},P,{n}\n" for n in range(500))
    other = "phone,name,balance\n" + "".join(f"{make_phone(n)},Q,{n}\n" for n in range(250, 750))
    uploads = [begin(group, one) for one in (text, other)]
    for upload in uploads:
        Upload.objects.filter(pk=upload.pk).update(status="checked")
        assert importing.order_import(upload)
    workers = [Beside(lambda pk=upload.pk: work_on(pk)) for upload in uploads]
    for worker in workers:
        worker.join()
    counts = [Upload.objects.get(pk=upload.pk).counts for upload in uploads]
    assert sum(one["created"] for one in counts) == group.contacts.count() == 750
    assert sum(one["rows"] for one in counts) == 1000
    group.refresh_from_db()
    assert group.size == 750
