"""Keyset paging, newest first: a page begins after an id, and nothing is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from lib.row_ids import row_id

PAGE = 50


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next_url: str
    first_url: str


def page_of(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE) -> Page:
    """One page of `rows`, newest first, by `?before=ID`; the other filters of the URL stay."""
    before = row_id(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return turn(request, list(rows.order_by("-pk")[: size + 1]), size)


def turn(
    request: HttpRequest,
    found: list[Any],
    size: int = PAGE,
    *,
    by: str = "pk",
    shown: Callable[[list[Any]], list[Any]] = list,
) -> Page:
    """A page of what was found by the same rule, and one row more where another page follows.

    `by`: the column that tells their order; `shown`: makes of the rows what the page has.
    """
    rest = request.GET.copy()
    before = rest.pop("before", None)
    first_url = f"?{rest.urlencode()}" if before else ""
    if len(found) > size:
        rest["before"] = str(getattr(found[size - 1], by))
        return Page(shown(found[:size]), f"?{rest.urlencode()}", first_url)
    return Page(shown(found), "", first_url)
