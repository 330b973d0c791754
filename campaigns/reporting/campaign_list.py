"""The list of campaigns: which are asked for, in which order, and what is shown of each.

A page of it is a query for the campaigns, one for their runs and one for their figures, however many texts they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Case, DateTimeField, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from campaigns.models import Campaign, DayFigures, Run
from campaigns.reporting.campaign_figures import CampaignFigures, figures_of

SIZE = 25
# As the headings of the columns, and whether the largest comes first where nothing is said.
SORTS = {"name": False, "when": True, "people": True, "delivered": True, "cost": True}
OF_CAMPAIGN = Run.objects.filter(campaign=OuterRef("pk"), replaced=False)
OVER_LAST = Case(When(status__in=Run.OVER, then=1), default=0)
# As `latest_run` has it.
BEGUN = OF_CAMPAIGN.exclude(status=Run.Status.SCHEDULED).order_by("-scheduled_for", OVER_LAST, "-pk")
NEXT = OF_CAMPAIGN.order_by("scheduled_for", "pk")


@dataclass(frozen=True)
class ListQuery:
    """Which campaigns; None and empty is any. `who` made it, 0: a script. `first`, `last`: days on which it goes."""

    name: str = ""
    status: str = ""
    sender: int | None = None
    who: int | None = None
    first: date | None = None
    last: date | None = None
    archived: bool = False
    sort: str = ""
    descending: bool = True
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether anything but a name is asked for."""
        return bool(self.status or self.first or self.last) or self.sender is not None or self.who is not None


@dataclass(frozen=True)
class ListRow:
    """A campaign as the list shows it. `at`: its next time, when it went, or when it was made."""

    campaign: Campaign
    run: Run | None
    figures: CampaignFigures
    at: datetime

    @property
    def status(self) -> str:
        """In words: of what goes once how far that is."""
        once = self.run is not None and not self.campaign.recurs and not self.campaign.is_draft
        return self.run.get_status_display() if once and self.run else self.campaign.get_status_display()

    @property
    def people(self) -> int | None:
        """Whom its latest run was prepared for; None where it is not prepared yet."""
        if self.run is None or (self.run.planned_at is None and not self.run.reached):
            return None
        return self.run.reached

    @property
    def has_gone(self) -> bool:
        """Whether there may be figures of it."""
        return self.people is not None or self.figures != CampaignFigures()


@dataclass(frozen=True)
class ListPage:
    rows: list[ListRow]
    has_next: bool


def page_of_campaigns(asked: ListQuery) -> ListPage:
    """One page of those that are asked for."""
    start = (asked.page - 1) * SIZE
    campaigns = _sorted(_wanted(asked), asked).select_related("created_by", "sender", "made_by_key")
    found = list(campaigns.annotate(begun=Subquery(BEGUN.values("pk")[:1]), coming=Subquery(NEXT.values("pk")[:1]))[
        start : start + SIZE + 1
    ])  # fmt: skip
    shown = found[:SIZE]
    runs = Run.objects.in_bulk({one.begun or one.coming for one in shown} - {None})
    figures = figures_of([one.pk for one in shown])
    rows = []
    for one in shown:
        run = runs.get(one.begun or one.coming)
        at: datetime = one.at  # type: ignore[attr-defined]  # annotated in `_wanted`
        rows.append(ListRow(one, run, figures.get(one.pk, CampaignFigures()), at))
    return ListPage(rows, len(found) > SIZE)


def _wanted(asked: ListQuery) -> QuerySet[Campaign]:
    latest = Subquery(OF_CAMPAIGN.order_by("-scheduled_for").values("scheduled_for")[:1])
    at = Coalesce("next_at", latest, "send_at", "created_at", output_field=DateTimeField())
    campaigns = Campaign.objects.filter(archived_at__isnull=not asked.archived).annotate(at=at)
    if asked.name:
        campaigns = campaigns.filter(name__icontains=asked.name)
    if asked.status:
        campaigns = campaigns.filter(status=asked.status)
    if asked.sender is not None:
        campaigns = campaigns.filter(sender=asked.sender)
    if asked.who is not None:
        campaigns = campaigns.filter(created_by=asked.who or None)
    if asked.first:
        campaigns = campaigns.filter(at__gte=_midnight(asked.first))
    if asked.last:
        campaigns = campaigns.filter(at__lt=_midnight(asked.last + timedelta(days=1)))
    return campaigns


def _sorted(campaigns: QuerySet[Campaign], asked: ListQuery) -> QuerySet[Campaign]:
    """In the order of a column; those that have nothing there come last. Without one the newest first."""
    if not asked.sort:
        return campaigns.order_by("-pk")
    by = {
        "name": Lower("name"),
        "when": F("at"),
        "people": Subquery(BEGUN.annotate(reach=Coalesce("people", "audience")).values("reach")[:1]),
        "delivered": _sum_of("delivered"),
        "cost": _sum_of("cost"),
    }[asked.sort]
    campaigns = campaigns.annotate(by=by)
    order = F("by").desc(nulls_last=True) if asked.descending else F("by").asc(nulls_last=True)
    return campaigns.order_by(order, "-pk")


def _sum_of(column: str) -> Subquery:
    """Of the figures of days: a batch that changed a moment ago is counted in seconds, which no order needs."""
    days = DayFigures.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    return Subquery(days.annotate(total=Sum(column)).values("total"), output_field=DecimalField(default=Decimal(0)))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
