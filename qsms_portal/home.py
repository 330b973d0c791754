"""The first page: what goes on, what needs a person, what is coming."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.actions import resolve_single
from campaigns.models import Batch, Campaign, Reply, Run
from campaigns.reporting import by_day, progress, script_calls
from campaigns.schedules.reading import MOST_STAGES
from campaigns.sending import balance
from qsms_portal import backups

LATEST = 8
LAST_DAYS = 7
UNDER_WAY = (Run.Status.PLANNING, Run.Status.PLANNED, Run.Status.SENDING, Run.Status.PAUSED)
NEED_SOMEBODY = (
    "backup_is_missing", "short", "stopped", "uncertain", "singles_in_doubt", "calls_in_doubt", "to_approve",
    "returned", "replies",
)  # fmt: skip
NEEDS_A_PERSON = (Run.Status.HALTED, Run.Status.HELD)


@role_required(Role.VIEWER)
def home(request: Request) -> HttpResponse:
    """Everything here comes from runs and tallies; no message is counted."""
    since = timezone.now() - timedelta(days=LAST_DAYS)
    uncertain = Batch.objects.filter(status=Batch.Status.UNCERTAIN, run__isnull=False).values("run")
    days = by_day.figures_by_day(LAST_DAYS, timezone.localdate())
    context: dict[str, Any] = {
        "days": by_day.stacked_bars(days),
        "today": days[-1],
        "week": by_day.all_together(days),
        "under_way": _runs(Run.objects.filter(status__in=UNDER_WAY)),
        "backup_is_missing": backups.is_backup_missing(timezone.now()),
        "last_backup_at": backups.last_backup_at(),
        "short": balance.short_of(),
        "stopped": _runs(Run.objects.filter(status__in=NEEDS_A_PERSON)),
        "uncertain": _runs(Run.objects.filter(pk__in=uncertain)),
        "calls_in_doubt": len(script_calls.calls_in_doubt()),
        "singles_in_doubt": resolve_single.singles_in_doubt().count(),
        "replies": Reply.objects.to_be_read().order_by("-reading", "-pk")[:LATEST],
        "replies_to_read": Reply.objects.to_be_read().count(),
        "coming": _coming(),
        "to_approve": [
            one for one in Campaign.objects.filter(asked_at__isnull=False).order_by("asked_at") if one.awaits_approval
        ][:LATEST],
        "returned": Campaign.objects.filter(status=Campaign.Status.DRAFT).exclude(returned_with="")[:LATEST],
        "latest": _latest(Campaign.objects.filter(launched_at__gte=since)),
    }
    context["needs_somebody"] = any(context[one] for one in NEED_SOMEBODY)
    return render(request, "portal/home.html", context)


def _runs(runs: QuerySet[Run]) -> list[progress.Progress]:
    """The latest of these runs: of what recurs several may need somebody."""
    return [
        progress.progress_of(run.campaign, run.pk) for run in runs.select_related("campaign").order_by("-pk")[:LATEST]
    ]


def _coming() -> list[Run]:
    """The next runs; of a reminder's stages of one day the first stands for all."""
    runs = Run.objects.filter(status=Run.Status.SCHEDULED).select_related("campaign").order_by("scheduled_for", "pk")
    first: dict[tuple[int, str], Run] = {}
    for run in runs[: LATEST * MOST_STAGES]:
        first.setdefault((run.campaign_id, run.occurrence), run)
    return list(first.values())[:LATEST]


def _latest(campaigns: QuerySet[Campaign]) -> list[progress.Progress]:
    return [progress.progress_of(one) for one in campaigns.distinct().order_by("-pk")[:LATEST]]
