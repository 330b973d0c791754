"""The list of campaigns: searched, filtered, sorted by its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.permissions import role_required
from accounts.requests import Request
from accounts.roles import Role
from campaigns.forms.campaign_list import CampaignListForm
from campaigns.reporting.campaign_list import SORTS, ListQuery, page_of_campaigns

LABELS = {"name": "Name", "when": "When", "people": "People", "delivered": "Delivered", "cost": "Cost"}
PLACE = ("after", "before", "at")
NUMBERS = ("people", "delivered", "cost")


@dataclass(frozen=True)
class Heading:
    """A column that the list can be sorted by. `order` is what a screen reader is told; empty: not by this one."""

    label: str
    url: str
    order: str
    is_number: bool

    @property
    def arrow(self) -> str:
        return "↓" if self.order == "descending" else "↑"


@role_required(Role.VIEWER)
def campaign_list(request: Request) -> HttpResponse:
    form = CampaignListForm(request.GET)
    is_clear = form.is_valid()
    asked = form.query()
    page = page_of_campaigns(asked)
    context = {
        "form": form,
        "asked": asked,
        "is_filtered": asked.is_filtered or not is_clear,
        "campaigns": page.rows,
        "headings": {one: _heading(request, one, asked) for one in SORTS},
        "archive_url": _address(request, archived=None if asked.archived else "on"),
        "first_url": _address(request) if page.before else "",
        "previous_url": _address(request, before=page.before.pk, at=page.before.at) if page.before else "",
        "next_url": _address(request, after=page.after.pk, at=page.after.at) if page.after else "",
    }
    return render(request, "campaigns/campaign_list.html", context)


def _heading(request: Request, column: str, asked: ListQuery) -> Heading:
    """Pressed once it sorts as one mostly wants it, pressed again the other way round."""
    is_this = asked.sort == column
    descending = not asked.descending if is_this else SORTS[column]
    order = ("descending" if asked.descending else "ascending") if is_this else ""
    url = _address(request, sort=column, up=None if descending else "on")
    return Heading(LABELS[column], url, order, column in NUMBERS)


def _address(request: Request, **changes: Any) -> str:
    """The list as it is asked for now but for these, from its beginning; None takes one away."""
    query = request.GET.copy()
    for name, value in (dict.fromkeys(PLACE) | changes).items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"
