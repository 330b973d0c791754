"""Taking delivery reports: storing and applying them, beside the same POSTs to a view that does nothing."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from benchmarks.measuring import Table, timed
from campaigns import delivery
from campaigns.models import Message, Run
from campaigns.tallies import totals
from campaigns.webhooks import dlr_receive

POSTED = 20_000


def measure(table: Table, run: Run) -> None:
    messages = list(Message.objects.filter(run=run, status="accepted").order_by("pk")[:POSTED])
    bodies = [
        {"messageId": one.gateway_id, "dlrDesc": "DeliveredToTerminal", "destaddr": one.phone, "sourceaddr": "BENCH"}
        for one in messages
    ]
    token = settings.QSMS_DLR_TOKENS[0]
    factory = RequestFactory()

    def requests() -> list[HttpRequest]:
        return [factory.post(f"/dlr/receive/{token}", body, content_type="application/json") for body in bodies]

    asked = requests()
    with timed() as stored:
        for request in asked:
            assert dlr_receive(request, token=token).status_code == 200
    asked = requests()
    with timed() as bare:
        for request in asked:
            assert _nothing(request).status_code == 200
    table.add(f"store {len(bodies):,} reports, one a request", len(bodies), stored.seconds, bare.seconds)
    with timed() as applied:
        while delivery.apply_waiting():
            pass
    assert totals(run).counts["delivered"] == len(bodies)
    table.add(f"apply {len(bodies):,} reports, beside storing", len(bodies), applied.seconds, stored.seconds)


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"OK;{len(request.body)}", content_type="text/plain")
