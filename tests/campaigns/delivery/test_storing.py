"""Reports are kept as they came; what is none is set aside."""

import pytest

from campaigns import delivery
from campaigns.models import DeliveryReport
from tests.calls import (
    report,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_no_report_is_set_aside_and_counted_nowhere_else():
    delivery.store(["text", {"a": 1}])
    delivery.apply_waiting()
    assert sorted(DeliveryReport.objects.values_list("state", flat=True)) == ["unreadable", "waiting"]


@pytest.mark.parametrize("body", ["text", 5, None, [1], {"destaddr": {"a": "\0"}}, {"messageId": "\ud800"}, {}])
def test_what_is_no_report_is_kept_and_stops_nobody(run, body):
    message = send()[0]
    delivery.store([body, report(message)])
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status == "delivered"
    assert DeliveryReport.objects.count() == 2
