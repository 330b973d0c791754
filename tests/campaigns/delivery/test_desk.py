"""The desk of reports: whoever leaves some is told, whatever becomes of others."""

from queue import SimpleQueue

import pytest
from django.db import DatabaseError, transaction

from campaigns.delivery import ReportDesk, row_of
from campaigns.models import DeliveryReport

pytestmark = pytest.mark.django_db(transaction=True)


def rows(*names):
    return [row_of({"messageId": name, "destaddr": "254722000000"}) for name in names]


def ids():
    return list(DeliveryReport.objects.order_by("id").values_list("gateway_id", flat=True))


def told(desk, left):
    heard = SimpleQueue()
    desk.leave(left, heard.put)
    return heard.get(timeout=60)


def test_one_is_told_when_the_rows_are_committed():
    desk = ReportDesk()
    assert told(desk, rows("1", "2")) is None
    assert ids() == ["1", "2"]


def test_the_writer_goes_on_after_what_it_did_not_expect():
    desk = ReportDesk()
    assert isinstance(told(desk, ["no bytes"]), TypeError)

    def fails(_):
        raise ZeroDivisionError

    desk.leave(rows("1"), fails)
    assert told(desk, rows("2")) is None
    assert ids() == ["1", "2"]


def test_what_the_database_refuses_is_raised_where_somebody_waits():
    desk = ReportDesk()
    with pytest.raises(DatabaseError):
        desk.store([b'{"b": {}, "g": null}'])
    desk.store(rows("1"))
    assert ids() == ["1"]


def test_within_a_transaction_it_is_that_one_s():
    desk = ReportDesk()
    with transaction.atomic():
        desk.store(rows("1"))
        transaction.set_rollback(True)
    assert ids() == []
