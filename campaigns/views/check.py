"""The builder's last section: what would be sent, what somebody has to decide about it, and Send."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import approval, schedules
from campaigns.actions import launch
from campaigns.approval.authors import NotAllowed
from campaigns.audience import audience_of
from campaigns.checking.blockers import Blocked
from campaigns.checking.cautions import cautions_of, keyed_since
from campaigns.checking.check import check_draft
from campaigns.checking.figures import Estimate
from campaigns.ledger import reasons
from campaigns.ledger.whys import OPTED_OUT, opt_outs_in_words
from campaigns.models import Campaign, Gate
from campaigns.models.transitions import Outdated
from campaigns.tasks import estimate_draft, tick
from campaigns.timing.next_times import NextTime, is_reminder, next_times
from campaigns.views import builder
from campaigns.writing.numbers import SAME_TEXT
from lib.nudge import nudge
from lib.row_ids import row_id


@role_required(Role.COMPOSER)
def campaign_check(request: Request, pk: int) -> HttpResponse:
    """What would be sent, to how many, for how much; and Send, which does it once. htmx asks until that is exact."""
    campaign = builder.editable(pk)
    if campaign is None or not campaign.is_draft:
        return redirect("campaign-detail", pk=pk)
    now, audience = timezone.now(), audience_of(campaign)
    checked = check_draft(audience, now, request.user, request.user)
    blockers, forecast = checked.blockers, checked.forecast
    context: dict[str, Any] = {"blockers": blockers, "gate": Gate.objects.get(pk=1), "forecast": forecast}
    context["left"] = checked.left
    if forecast is not None:
        if forecast.to_begin:
            nudge(estimate_draft, campaign.pk)
        estimate = forecast.estimate
        words = reasons.reasons_in_words(estimate.left_out)
        times = next_times(audience, now) if campaign.recurs and not blockers else []
        context |= {
            "estimate": estimate,
            "unit": "text,texts" if estimate.several_a_person else "person,people",
            "cautions": cautions_of(audience, _of_one_run(campaign, estimate, times), now),
            "left_out": [
                (words[code], count, _examples(code, estimate)) for code, count in estimate.left_out.most_common()
            ],
            "by_parts": sorted(estimate.by_parts.items()),
            "times": times,
            "in_words": schedules.in_words(campaign.read_schedule()) if times else "",
            "asks": not blockers and approval.is_needed(audience, now),
            "is_reminder": is_reminder(campaign),
            "with_old_values": audience.with_old_values(timezone.localdate(campaign.send_at or now)),
            "keyed_since": keyed_since(audience),
            "says_same": estimate.left_out[SAME_TEXT],
            "zeros": estimate.zeros or estimate.left_out_for_zeros,
            "asks_about_zeros": bool(estimate.zeros) and not campaign.zero_amounts,
        }
    if request.htmx:
        return render(request, "campaigns/_estimate.html", {"campaign": campaign, **context})
    return builder.section(request, audience, "check", None, **context)


def _examples(code: str, estimate: Estimate) -> list[tuple[str, str, str]]:
    """Some of those who are left out for this: number, name, and of who has opted out by whom."""
    people = estimate.examples.get(code, [])
    why = opt_outs_in_words([phone for phone, _ in people]) if code == OPTED_OUT else {}
    return [(phone, name, why.get(phone, "")) for phone, name in people]


@require_POST
@role_required(Role.COMPOSER)
def campaign_old_values(request: Request, pk: int) -> HttpResponse:
    """From its check: whether people are left out whose value was not updated, or are texted the old one."""
    return _answered(request, pk, "old_values", Campaign.OldValues.values)


@require_POST
@role_required(Role.COMPOSER)
def campaign_zeros(request: Request, pk: int) -> HttpResponse:
    """What becomes of people who would read KES 0.00, as the check asks."""
    return _answered(request, pk, "zero_amounts", Campaign.Zeros.values)


@require_POST
@role_required(Role.COMPOSER)
def campaign_one_text_for(request: Request, pk: int) -> HttpResponse:
    """From its check: whether each row of a number gets a text, or each number one."""
    return _answered(request, pk, "one_text_for", Campaign.OneTextFor.values)


def _answered(request: Request, pk: int, field: str, answers: list[str]) -> HttpResponse:
    """Keep what somebody chose at the check."""
    campaign = builder.editable(pk)
    answer = request.POST.get(field)
    if campaign is None or answer not in answers:
        return redirect("campaign-detail", pk=pk)
    return builder.saved(request, campaign, "check", **{field: answer})


@require_POST
@role_required(Role.COMPOSER)
def campaign_launch(request: Request, pk: int) -> HttpResponse:
    """Send, or ask for approval: a second click, Back and a stale page lead to the campaign as it is."""
    get_object_or_404(Campaign, pk=pk)
    try:
        run = launch.launch(pk, version=row_id(request.POST.get("version")) or 0, user=request.user)
        if run is None:
            messages.success(request, "A manager has been asked to approve it. It goes when somebody has.")
    except NotAllowed as error:
        raise PermissionDenied(f"This is for {Role.MANAGER.whose}.") from error
    except launch.NotADraft:
        messages.info(request, "This campaign was sent before; here is how it goes.")
    except Outdated:
        messages.error(request, "The campaign was changed since you looked. Check it again.")
        return redirect("campaign-check", pk=pk)
    except Blocked as error:
        messages.error(request, str(error))
        return redirect("campaign-check", pk=pk)
    nudge(tick)
    return redirect("campaign-detail", pk=pk)


def _of_one_run(campaign: Campaign, found: Estimate, times: list[NextTime]) -> Estimate:
    """What one run would come to: of a reminder the fullest of the next times, at what a text of it costs."""
    if not is_reminder(campaign) or not found.audience:
        return found
    texts = max((one.texts for one in times), default=0)
    by_parts = Counter({parts: round(count * texts / found.audience) for parts, count in found.by_parts.items()})
    return Estimate(audience=texts, people=texts, by_parts=by_parts, price=found.price, exact=found.exact)
