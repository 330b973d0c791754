"""The page on which a campaign is approved or returned: exactly what will go, and what is other than before."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import approval
from campaigns.actions import approve
from campaigns.approval import authors, differences
from campaigns.audience import audience_of
from campaigns.checking.blockers import Blocked, launch_blockers
from campaigns.checking.estimate import Estimate, estimate_from_sample
from campaigns.ledger.reasons import reasons_in_words
from campaigns.models import Campaign
from campaigns.models.transitions import Outdated
from campaigns.tasks import tick
from campaigns.timing.next_times import is_reminder, next_times
from lib.nudge import nudge


@role_required(Role.VIEWER)
def campaign_approval(request: Request, pk: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("sender", "created_by"), pk=pk)
    if not campaign.awaits_approval:
        return redirect("campaign-detail", pk=pk)
    if request.method == "POST":
        return _decide(request, campaign)
    now, audience = timezone.now(), audience_of(campaign)
    blockers = launch_blockers(audience, now)
    readable = not any(one.is_unreadable for one in blockers)
    found = estimate_from_sample(audience, timezone.localdate(campaign.send_at or now)) if readable else None
    is_own = authors.is_author(campaign, request.user, None)
    context = {
        "campaign": campaign,
        "is_own": is_own,
        "may_take_back": campaign.is_awaiting and (is_own or request.user.may_act_as(Role.COMPOSER)),
        "blockers": blockers,
        "estimate": found,
        "expected": approval.expected(audience, now) if readable else None,
        "getting_it": _getting_it(campaign, found) if found else None,
        "left_out": _left_out(found) if found else [],
        "groups": audience.groups,
        "snapshot": approval.snapshot(audience),
        "times": next_times(audience, now) if campaign.recurs and not blockers else [],
        "is_reminder": not blockers and is_reminder(campaign),
        "differences": differences(audience),
        "has_mail": bool(settings.EMAIL_URL),
    }
    return render(request, "campaigns/campaign_approval.html", context)


def _getting_it(campaign: Campaign, found: Estimate) -> int | None:
    """How many of those who are meant get a text; None where all do, or where that is not known of everybody."""
    if not found.exact or is_reminder(campaign) or found.reached == found.people:
        return None
    return found.reached


def _left_out(found: Estimate) -> list[tuple[str, int]]:
    words = reasons_in_words(found.left_out)
    return [(words[code], count) for code, count in found.left_out.most_common()]


def _decide(request: Request, campaign: Campaign) -> HttpResponse:
    user, comment = request.user, request.POST.get("comment", "").strip()
    what, written = request.POST.get("decision"), request.POST.get("version", "")
    # Without one it is not known what was looked at.
    version = int(written) if written.isdecimal() else 0
    try:
        if what == "take-back":
            approve.take_back_request(campaign.pk, user=user)
            return redirect("campaign-check", pk=campaign.pk)
        if not user.may_act_as(Role.MANAGER):
            messages.error(request, "A manager has to decide it.")
        elif what == "return":
            approve.send_back(campaign.pk, version, comment, user=user)
            messages.success(request, "It is returned, with your comment.")
            return redirect("campaign-list")
        elif what == "approve":
            approve.approve(campaign.pk, version, comment=comment, user=user)
            nudge(tick)
            messages.success(request, "Approved.")
            return redirect("campaign-detail", pk=campaign.pk)
    except approve.NotAsked:
        messages.info(request, "It was decided meanwhile; here is how it stands.")
        return redirect("campaign-detail", pk=campaign.pk)
    except approve.Own:
        messages.error(request, "You made or changed it yourself: somebody else has to approve it.")
    except approve.NotYours:
        messages.error(request, "Whoever made it takes it back, or a composer.")
    except Outdated:
        messages.error(request, "It was changed since you looked. Look at it again.")
    except Blocked as error:
        messages.error(request, str(error))
    return redirect("campaign-approval", pk=campaign.pk)
