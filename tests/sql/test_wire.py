"""What Python hands over by letters is read by the same letters."""

import pytest

from campaigns.delivery import store
from campaigns.gateway.reports import read_report
from campaigns.models import DeliveryReport

REPORT = {
    "messageId": "G75",
    "destaddr": "254722322095",
    "dlrStatus": "27",
    "dlrDesc": "AbsentSubscriber",
    "dlrTime": "2026-11-28 09:15:00",
    "origin": "Safaricom",
    "sourceaddr": "SACCO",
}


@pytest.mark.django_db
def test_a_report_is_kept_as_it_was_read():
    store([REPORT])
    read = read_report(REPORT)
    kept = DeliveryReport.objects.get()
    assert (kept.body, kept.state) == (REPORT, "new")
    assert (kept.gateway_id, kept.phone) == ("G75", "254722322095")
    assert (kept.code, kept.description) == ("27", "AbsentSubscriber")
    assert (kept.outcome, kept.reason, kept.reported_at) == ("undelivered", read.reason, read.at)
    assert (kept.network, kept.sender) == ("Safaricom", "SACCO")
    assert read.reason
    assert read.at
