"""The mails that tell of what has happened, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns.models import Gate, Run
from campaigns.reporting.progress import progress_of


class Told(NamedTuple):
    subject: str
    body: str


def of_run(run: Run) -> Told:
    """That it has ended, stopped, or waits for somebody."""
    name = run.campaign.name
    page = f"{reverse('campaign-detail', args=[run.campaign_id])}?run={run.pk}"
    if run.is_finished:
        return _told(f"Ended: {name}", page, first=progress_of(run.campaign, run.pk).sentence)
    if run.is_halted:
        return _told(
            f"Stopped: {name}", page, first=run.reason, then="Nothing more of it goes out until a person resumes."
        )
    return _told(f"Waits for somebody: {name}", page, first=run.reason, then="It goes on when a person lets it go.")


def of_the_account(gate: Gate) -> Told:
    """That nothing goes out any more."""
    then = "Nothing goes out until a person resumes."
    return _told("All sending has stopped", reverse("home"), first=gate.halt_reason, then=then)


def of_the_balance(gate: Gate, least: Decimal) -> Told:
    first = f"The balance with Q SMS is KES {gate.balance:,.2f}, less than KES {least:,.2f}."
    return _told("The balance is low", reverse("home"), first=first, then="Top up with Q SMS, or texts will stop.")


def _told(subject: str, page: str, **context: Any) -> Told:
    context["address"] = f"{settings.PUBLIC_URL}{page}"
    context["own_mails"] = f"{settings.PUBLIC_URL}{reverse('own-mails')}"
    return Told(subject, render_to_string("campaigns/notice_mail.txt", context))
