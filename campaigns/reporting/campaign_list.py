"""The list of campaigns: which are asked for, in which order, and what is shown of each.

A page of it is a query for the order, one for the campaigns, one for their runs and one for their figures, however many
texts they have. It begins after a campaign or ends before one: after the hundredth page as quickly as after the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, DateTimeField, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value, When
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
# In either direction those that have nothing there come last: it is less than anything, or more.
NOTHING = {True: -1, False: 10**12}
# What is shown of a campaign, and what its status in words hangs on.
COLUMNS = (
    "name", "status", "schedule", "next_at", "archived_at", "sender__name", "made_by_key__name",
    "created_by__username", "created_by__first_name", "created_by__last_name",
)  # fmt: skip
# How what a row has there is read from an address.
READ: dict[str, Callable[[str], Any]] = {
    "name": str, "when": datetime.fromisoformat, "people": Decimal, "delivered": Decimal, "cost": Decimal,
}  # fmt: skip
# Worked out once a campaign, of which some take a look at its runs or figures, and not once more where it is compared.
ORDERED = """
WITH found (id, at) AS {materialized} ({campaigns})
SELECT id, at FROM found WHERE {beyond} ORDER BY at {way}, id {way} LIMIT %s
"""


@dataclass(frozen=True)
class PageEnd:
    """Where a page ends: the campaign there, and what it has in the column of the order. `back`: it ends before it."""

    pk: int
    at: Any = None
    back: bool = False


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
    place: PageEnd | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything but a name is asked for."""
        return bool(self.status or self.first or self.last) or self.sender is not None or self.who is not None

    @property
    def goes_back(self) -> bool:
        return self.place is not None and self.place.back


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
    """`before`, `after`: where the pages beside it begin, and None where there are none."""

    rows: list[ListRow]
    before: PageEnd | None
    after: PageEnd | None


def page_of_campaigns(asked: ListQuery) -> ListPage:
    """One page of those that are asked for; the first, where nothing is left beyond its place or too little before."""
    found = _ordered(asked)
    is_more = len(found) > SIZE
    if asked.place is not None and (not found or (asked.goes_back and not is_more)):
        return page_of_campaigns(replace(asked, place=None))
    found = found[:SIZE]
    if asked.goes_back:
        found.reverse()
    return ListPage(
        _rows([one.pk for one in found]),
        replace(found[0], back=True) if asked.place is not None else None,
        found[-1] if is_more or asked.goes_back else None,
    )


def _ordered(asked: ListQuery) -> list[PageEnd]:
    """The campaigns of a page from its place on, and one more where there is one."""
    down = (asked.descending or not asked.sort) != asked.goes_back
    sign, way = ("<", "DESC") if down else (">", "ASC")
    beyond, values = "true", []
    if asked.place is not None and asked.sort:
        beyond, values = f"(at, id) {sign} (%s, %s)", [asked.place.at, asked.place.pk]
    elif asked.place is not None:
        beyond, values = f"id {sign} %s", [asked.place.pk]
    campaigns, own = _with_order(_wanted(asked), asked).values_list("pk", "by").order_by().query.sql_with_params()
    materialized = "MATERIALIZED" if asked.sort else ""
    sql = ORDERED.format(campaigns=campaigns, materialized=materialized, beyond=beyond, way=way)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*own, *values, SIZE + 1])
        return [PageEnd(pk, at if asked.sort else None) for pk, at in cursor.fetchall()]


def _rows(campaigns: list[int]) -> list[ListRow]:
    """What is shown of each, in their order."""
    there = _with_at(Campaign.objects.select_related("created_by", "sender", "made_by_key").only(*COLUMNS))
    runs_of = {"begun": Subquery(BEGUN.values("pk")[:1]), "coming": Subquery(NEXT.values("pk")[:1])}
    found = there.annotate(**runs_of).in_bulk(campaigns)
    shown = [found[pk] for pk in campaigns if pk in found]
    runs = Run.objects.only("status", "planned_at", "audience", "people").in_bulk(
        {one.begun or one.coming for one in shown} - {None}
    )
    figures = figures_of([one.pk for one in shown])
    rows = []
    for one in shown:
        run = runs.get(one.begun or one.coming)
        rows.append(ListRow(one, run, figures.get(one.pk, CampaignFigures()), one.at))
    return rows


def _with_at(campaigns: QuerySet[Campaign]) -> QuerySet[Any]:
    """With `at`, as `ListRow` has it."""
    latest = Subquery(OF_CAMPAIGN.order_by("-scheduled_for").values("scheduled_for")[:1])
    return campaigns.annotate(at=Coalesce("next_at", latest, "send_at", "created_at", output_field=DateTimeField()))


def _wanted(asked: ListQuery) -> QuerySet[Campaign]:
    campaigns = _with_at(Campaign.objects.filter(archived_at__isnull=not asked.archived))
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


def _with_order(campaigns: QuerySet[Campaign], asked: ListQuery) -> QuerySet[Any]:
    """With `by`, what they are put in order by. Without a column the newest come first."""
    by: dict[str, Any] = {
        "": F("pk"),
        "name": Lower("name"),
        "when": F("at"),
        "people": Subquery(BEGUN.annotate(reach=Coalesce("people", "audience")).values("reach")[:1]),
        "delivered": _sum_of("delivered"),
        "cost": _sum_of("cost"),
    }
    if asked.sort in ("people", "delivered", "cost"):
        return campaigns.annotate(
            by=Coalesce(by[asked.sort], Value(NOTHING[asked.descending]), output_field=DecimalField())
        )
    return campaigns.annotate(by=by[asked.sort])


def _sum_of(column: str) -> Subquery:
    """Of the figures of days: a batch that changed a moment ago is counted in seconds, which no order needs."""
    days = DayFigures.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    return Subquery(days.annotate(total=Sum(column)).values("total"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
