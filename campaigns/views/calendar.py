"""The calendar of what was and what is coming, and why somebody got a reminder or not."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns import schedules
from campaigns.models import Campaign
from campaigns.timing import calendar, why_reminded
from campaigns.timing.next_times import is_reminder
from lib import phones

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@role_required(Role.VIEWER)
def calendar_page(request: Request) -> HttpResponse:
    """A month (`?month=2026-11`), or the week of a day (`?week=2026-11-26`)."""
    today = timezone.localdate()
    if asked := request.GET.get("week"):
        day = _date(asked, today)
        span = calendar.week_of(day, today)
        before, after = f"?week={span.first - timedelta(days=7)}", f"?week={span.first + timedelta(days=7)}"
    else:
        day = _date(f"{request.GET.get('month', '')}-01", today)
        span = calendar.month_of(day, today)
        last, following = span.first - timedelta(days=1), span.first + timedelta(days=31)
        before, after = f"?month={last:%Y-%m}", f"?month={following:%Y-%m}"
    context = {"span": span, "is_week": bool(asked), "before": before, "after": after, "today": today}
    return render(request, "campaigns/calendar.html", context)


@role_required(Role.VIEWER)
def campaign_why(request: Request, pk: int) -> HttpResponse:
    """For a number and a reminder: the date, the moment, whether it went, or exactly why not."""
    campaign = get_object_or_404(Campaign, pk=pk)
    if not is_reminder(campaign):
        return redirect("campaign-detail", pk=pk)
    written, error, answers = request.GET.get("phone", "").strip(), "", None
    if written:
        try:
            answers = why_reminded.explain(campaign, phones.read_phone(written).digits, timezone.now())
        except phones.BadNumber as bad:
            error = f"“{written}”: {bad}."
    context = {
        "campaign": campaign,
        "in_words": schedules.in_words(campaign.read_schedule()),
        "written": written,
        "error": error,
        "answers": answers,
    }
    return render(request, "campaigns/campaign_why.html", context)


def _date(written: str, today: date) -> date:
    """What is written there, today where that is no day of our time."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return today
    return found if EARLIEST <= found <= LATEST else today
