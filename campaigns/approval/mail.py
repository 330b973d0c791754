"""Mail about approval: to managers when it is asked for, to whoever made a campaign when it is decided.

Mail is a convenience: the first page says the same. Nothing is sent where no EMAIL_URL is set.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.approval import authors, rule
from campaigns.audience import audience_of
from campaigns.models import Campaign
from lib.mail import mail

MOST = 20
# A mail server that is away answers after seconds, and holds a worker meanwhile.
TRIED_AGAIN_AFTER = timedelta(minutes=5)
UNASKED = Q(asked_at__isnull=False, told_at=None)
UNTOLD = Q(author_untold=True)


def not_told() -> list[int]:
    """Campaigns that wait for approval and of which no mail went yet."""
    if not settings.EMAIL_URL:
        return []
    waiting = Campaign.objects.filter(status__in=[Campaign.Status.AWAITING_APPROVAL, Campaign.Status.PAUSED])
    return list(waiting.filter(UNASKED, _may_be_tried(timezone.now())).values_list("pk", flat=True)[:MOST])


def tell_managers(campaign_id: int) -> int:
    """Mail those who may approve it; returns how many. Once: whoever comes second finds it begun, or told.

    Where no mail goes out it is not told, and tried again after some minutes.
    """
    if not _begin(campaign_id, UNASKED):
        return 0
    campaign = Campaign.objects.get(pk=campaign_id)
    people = [one for one in _managers() if not authors.is_author(campaign, one, None)]
    address = f"{settings.PUBLIC_URL}{reverse('campaign-approval', args=[campaign.pk])}"
    audience = audience_of(campaign)
    context = {
        "campaign": campaign,
        "expected": rule.expected(audience, timezone.now()),
        "time": rule.snapshot(audience)["time"],
        "address": address,
    }
    body = render_to_string("campaigns/approval_mail.txt", context)
    told = _mail(f"To approve: {campaign.name}", body, people)
    if told or not people:
        _end(campaign, UNASKED, told_at=timezone.now())
    return told


def decisions_not_told() -> list[int]:
    """Campaigns that were approved or returned and of which their authors got no mail yet."""
    if not settings.EMAIL_URL:
        return []
    untold = Campaign.objects.filter(UNTOLD, _may_be_tried(timezone.now()))
    return list(untold.values_list("pk", flat=True)[:MOST])


def tell_authors(campaign_id: int) -> int:
    """Mail whoever made it what was decided; returns how many. As `tell_managers`."""
    if not _begin(campaign_id, UNTOLD):
        return 0
    campaign = Campaign.objects.select_related("approved_by").get(pk=campaign_id)
    decided = "Returned" if campaign.returned_with else "Approved"
    address = f"{settings.PUBLIC_URL}{reverse('campaign-detail', args=[campaign.pk])}"
    context = {"campaign": campaign, "by": campaign.approved_by, "address": address}
    body = render_to_string("campaigns/decision_mail.txt", context)
    people = list(authors.authors_of(campaign).filter(is_active=True).exclude(email=""))
    told = _mail(f"{decided}: {campaign.name}", body, people)
    if told or not people:
        _end(campaign, UNTOLD, author_untold=False)
    return told


def _may_be_tried(now: datetime) -> Q:
    return Q(mail_tried_at=None) | Q(mail_tried_at__lt=now - TRIED_AGAIN_AFTER)


def _begin(campaign_id: int, wanted: Q) -> bool:
    """Whether this worker is to mail it: none has begun with it lately."""
    now = timezone.now()
    return bool(Campaign.objects.filter(wanted, _may_be_tried(now), pk=campaign_id).update(mail_tried_at=now))


def _end(campaign: Campaign, wanted: Q, **told: object) -> None:
    """It has gone out; of what was asked or decided anew meanwhile it tells nothing."""
    begun = Campaign.objects.filter(wanted, pk=campaign.pk, mail_tried_at=campaign.mail_tried_at)
    begun.update(mail_tried_at=None, **told)


def _managers() -> list[User]:
    active = User.objects.filter(is_active=True).exclude(email="")
    return [one for one in active if one.may_act_as(Role.MANAGER)]


def _mail(subject: str, body: str, people: list[User]) -> int:
    """How many it went out to."""
    return sum(mail(subject, body, one.email) for one in people)
