"""What a campaign would come to, for scripts that want to know before they launch it."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.utils import timezone
from ninja import Router

from accounts.api import ApiError, require
from accounts.requests import ApiRequest
from accounts.roles import Role
from campaigns.api import answers, shapes
from campaigns.audience import audience_of
from campaigns.checking.check import check_draft
from campaigns.checking.figures import SampleText
from campaigns.ledger.allowance import payer_of
from campaigns.models import Campaign
from campaigns.tasks import estimate_draft
from lib.nudge import nudge
from lib.phones import international_number

router = Router()


@router.get("/campaigns/{pk}/preview", response=answers.Preview)
def preview_campaign(request: ApiRequest, pk: int) -> JsonResponse:
    """The audience of a draft, who would be left out and why, parts, cost, and three texts.

    With `"exact": false` the figures are told from a sample; ask again in some seconds for the exact ones.
    """
    key = require(request, Role.VIEWER)
    campaign = Campaign.objects.select_related("sender").filter(pk=pk).first() if pk < 1 << 63 else None
    if campaign is None:
        raise ApiError(404, "not_found", f"There is no campaign {pk}.")
    checked = check_draft(audience_of(campaign), timezone.now(), payer_of(None, key), None)
    if checked.forecast is None:
        fields = {one.section: one.words for one in checked.blockers if one.is_unreadable}
        raise ApiError(422, "invalid", " ".join(fields.values()), fields)
    if checked.forecast.to_begin:
        nudge(estimate_draft, campaign.pk)
    found = checked.forecast.estimate
    told = {
        "audience": found.audience,
        "people": found.people,
        "merged": found.merged,
        "left_out": dict(found.left_out),
        "messages": found.texts,
        "zero_amounts": found.zeros,
        "too_often": found.too_often,
        "by_parts": {str(parts): people for parts, people in sorted(found.by_parts.items())},
        "parts": found.parts,
        "cost": shapes.money(found.cost),
        "currency": "KES",
        "exact": found.exact,
        "texts": [_text(sample) for sample in found.samples],
        "longest": _text(found.longest) if found.longest else None,
        "blockers": [one.words for one in checked.blockers],
    }
    return JsonResponse(told)


def _text(sample: SampleText) -> dict[str, Any]:
    return {"phone": international_number(sample.phone), "text": sample.text, "parts": sample.parts}
