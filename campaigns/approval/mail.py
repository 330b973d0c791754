"""Mail about approval: to managers when it is asked for, to whoever made a campaign when it is decided.

Mail is a convenience: the first page says the same. Nothing is sent where no EMAIL_URL is set.
"""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.approval import authors, rule
from campaigns.audience import audience_of
from campaigns.models import Campaign

log = logging.getLogger(__name__)

MOST = 20


def not_told() -> list[int]:
    """Campaigns that wait for approval and of which no mail went yet."""
    if not settings.EMAIL_URL:
        return []
    waiting = Campaign.objects.filter(status__in=[Campaign.Status.AWAITING_APPROVAL, Campaign.Status.PAUSED])
    return list(waiting.filter(asked_at__isnull=False, told_at=None).values_list("pk", flat=True)[:MOST])


def tell_managers(campaign_id: int) -> int:
    """Mail those who may approve it; returns how many. Once: whoever comes second finds it told."""
    is_mine = Campaign.objects.filter(pk=campaign_id, asked_at__isnull=False, told_at=None).update(
        told_at=timezone.now()
    )
    if not is_mine:
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
    subject = f"To approve: {campaign.name}"
    body = render_to_string("campaigns/approval_mail.txt", context)
    for one in people:
        _mail(subject, body, one.email)
    return len(people)


def decisions_not_told() -> list[int]:
    """Campaigns that were approved or returned and of which their authors got no mail yet."""
    if not settings.EMAIL_URL:
        return []
    return list(Campaign.objects.filter(author_untold=True).values_list("pk", flat=True)[:MOST])


def tell_authors(campaign_id: int) -> int:
    """Mail whoever made it what was decided; returns how many. Once: whoever comes second finds it told."""
    if not Campaign.objects.filter(pk=campaign_id, author_untold=True).update(author_untold=False):
        return 0
    campaign = Campaign.objects.select_related("approved_by").get(pk=campaign_id)
    decided = "Returned" if campaign.returned_with else "Approved"
    address = f"{settings.PUBLIC_URL}{reverse('campaign-detail', args=[campaign.pk])}"
    context = {"campaign": campaign, "by": campaign.approved_by, "address": address}
    body = render_to_string("campaigns/decision_mail.txt", context)
    people = authors.authors_of(campaign).filter(is_active=True).exclude(email="")
    for one in people:
        _mail(f"{decided}: {campaign.name}", body, one.email)
    return len(people)


def _managers() -> list[User]:
    active = User.objects.filter(is_active=True).exclude(email="")
    return [one for one in active if one.may_act_as(Role.MANAGER)]


def _mail(subject: str, body: str, to: str) -> None:
    try:
        send_mail(subject, body, settings.EMAIL_FROM, [to])
    except (SMTPException, OSError):
        log.exception("A mail about approval could not be sent.")
