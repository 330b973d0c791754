"""What goes out next, and to how many people as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.db.models.functions import Coalesce

from campaigns.audience import audience_of
from campaigns.models import Campaign, Run
from campaigns.schedules.reading import MOST_STAGES
from campaigns.timing.next_times import is_reminder


@dataclass(frozen=True)
class Coming:
    """`people`: in words, and empty where nothing can be said yet."""

    run: Run
    people: str


def coming_runs(now: datetime, most: int) -> list[Coming]:
    """The next runs of what is not paused; of a reminder's stages of one day the first stands for all."""
    waiting = Run.objects.filter(status__in=(Run.Status.SCHEDULED, Run.Status.PLANNED), scheduled_for__gt=now)
    runs = waiting.filter(campaign__status=Campaign.Status.ACTIVE).select_related("campaign")
    first: dict[tuple[int, str], Run] = {}
    for run in runs.order_by("scheduled_for", "pk")[: most * MOST_STAGES]:
        first.setdefault((run.campaign_id, run.occurrence), run)
    return [Coming(run, _people(run)) for run in list(first.values())[:most]]


def _people(run: Run) -> str:
    """Of what is prepared exactly, else of the last time, else at most: no contact is looked at for it."""
    if run.status == Run.Status.PLANNED:
        return _counted(run.reached)
    if (before := _last_time(run)) is not None:
        return f"{_counted(before)} last time"
    if is_reminder(run.campaign):
        return ""
    return f"up to {_counted(audience_of(run.campaign).reach)}"


def _last_time(run: Run) -> int | None:
    """How many people it reached then, by all stages of that day; None: it never went."""
    runs = Run.objects.filter(campaign=run.campaign_id, status=Run.Status.FINISHED)
    last = runs.order_by("-scheduled_for").values_list("occurrence", flat=True).first()
    if last is None:
        return None
    of_all = runs.filter(occurrence=last).aggregate(people=Sum(Coalesce("people", "audience")))
    return int(of_all["people"])


def _counted(people: int) -> str:
    return f"{people:,} {'person' if people == 1 else 'people'}"
