"""What was sent in a period, how much of it arrived and what it cost, for scripts."""

# Without postponed annotations: the framework resolves them at run time.

from typing import Annotated, Any, Literal

from django.http import JsonResponse
from django.utils import timezone
from ninja import Query, Router

from accounts.api import ApiError, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns.api import answers, shapes
from campaigns.reporting import reports

router = Router()

First = Annotated[str, Query(alias="from", description="A day in the portal's zone.")]
Last = Annotated[str, Query(alias="to", description="Included.")]
By = Literal["day", "week", "month", "campaign", "sender", "network", "group", "user", "source"]


@router.get("/reports", response=answers.Report, by_alias=True)
def get_report(request: ApiRequest, first: First, last: Last, by: By = "day") -> JsonResponse:
    """Texts of these days, each under the day on which the gateway accepted it. Later reports change that day."""
    require(request, Role.VIEWER)
    asked: dict[str, str] = {"from": first, "to": last, "by": by}
    # What is left out means something on the page; a script that sends an empty value made a mistake.
    if empty := [name for name, written in asked.items() if not written.strip()]:
        raise _bad(dict.fromkeys(empty, "It is empty."))
    try:
        report = reports.report_of(reports.read_query(asked, timezone.localdate()))
    except reports.BadQuery as error:
        raise _bad(error.fields) from error
    told = {
        "from": report.query.first,
        "to": report.query.last,
        "by": report.query.by,
        "results": [{"key": row.key, "label": row.label} | _figures(row) for row in report.rows],
        "total": _figures(report.total),
    }
    return JsonResponse(told)


def _bad(fields: dict[str, str]) -> ApiError:
    return ApiError(422, "invalid", f"Parameters that cannot be used: {', '.join(fields)}.", fields)


def _figures(row: reports.ReportRow) -> dict[str, Any]:
    return {
        "texts": row.texts,
        "parts": row.parts,
        "delivered": row.delivered,
        "undelivered": row.undelivered,
        "no_report": row.no_report,
        "not_known": row.not_known,
        "left_out": row.left_out,
        "cost": shapes.money(row.cost),
    }
