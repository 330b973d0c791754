"""What the address of a group's page asks for: search, filter, page; and the same with patience."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from accounts.requests import Request
from contacts import value_display
from contacts.filters import search
from contacts.filters.search import PageEnd, PeopleCount, PeopleQuery, TooSlow
from contacts.forms.filters import FilterForm
from contacts.models import ContactGroup, OptOut, PhoneStatus
from contacts.values import DATE
from lib.row_ids import row_id

NOT_FOR_A_LINK = ("after", "at", "wait", "counted", "contact", "all")


def query_of_address(group: ContactGroup, asked: QueryDict) -> tuple[FilterForm, PeopleQuery | None]:
    """Whom the address asks for, and its form; None where the filter in it cannot be used."""
    form = FilterForm(group, asked)
    if not form.is_valid():
        return form, None
    return form, PeopleQuery(group, asked.get("q", "").strip()[:200], form.cleaned_data["filter"], timezone.localdate())


def people_context(request: Request, query: PeopleQuery | None) -> dict[str, Any]:
    """One page of them for the template: rows with their cells, how many there are, and the pages after it."""
    link = query_link(request.GET)
    shown: dict[str, Any] = {
        "link": link,
        "pairs": QueryDict(link).items(),
        "rows": [],
        "count": None,
        "too_slow": False,
    }
    if query is None:
        return shown
    patient = "wait" in request.GET
    place = page_start(request.GET, query)
    shown |= {"is_everybody": query.is_everybody, "is_patient": patient, "is_first_page": place is None}
    shown["count"] = _count(query, exactly=patient or "counted" in request.GET)
    few = shown["count"] is not None and shown["count"].exact and not query.is_everybody
    try:
        milliseconds = search.PATIENTLY_MS if patient else search.QUICKLY_MS
        people, following = search.people_page(query, place, few=few, milliseconds=milliseconds)
    except TooSlow:
        return shown | {"too_slow": True}
    return shown | {"rows": _rows(query.group, people), "next_url": _next(link, following)}


def count_context(query: PeopleQuery | None) -> dict[str, Any]:
    """The exact count for the template; None where it took too long, or the filter cannot be used."""
    return {"count": _count(query, exactly=True) if query else None, "is_patient": True}


def query_link(asked: QueryDict) -> str:
    """The search and the filter of an address, for the addresses of other pages."""
    rest = asked.copy()
    for name in NOT_FOR_A_LINK:
        rest.pop(name, None)
    for name in [name for name, value in rest.items() if not value]:
        del rest[name]
    return rest.urlencode()


def page_start(asked: QueryDict, query: PeopleQuery) -> PageEnd | None:
    after = row_id(asked.get("after"))
    if after is None:
        return None
    at: Decimal | str | None = None
    if query.driver is not None and (written := asked.get("at")):
        day = value_display.as_day(written) if query.driver.type == DATE else None
        at = day.isoformat() if day else value_display.as_number(written)
        if at is None:
            return None
    return PageEnd(after, at)


def _count(query: PeopleQuery, *, exactly: bool) -> PeopleCount | None:
    try:
        return PeopleCount(search.count_exactly(query), exact=True) if exactly else search.count_people(query)
    except TooSlow:
        return None


def _next(link: str, place: PageEnd | None) -> str:
    if place is None:
        return ""
    rest = QueryDict(link, mutable=True)
    rest["after"] = str(place.after)
    if place.at is not None:
        rest["at"] = str(place.at)
    return f"?{rest.urlencode()}"


def _rows(group: ContactGroup, people: list[Any]) -> list[tuple[Any, list[tuple[str, str, bool, bool]], str | None]]:
    """Each person with her values by label as pages write them, whether they are numbers, and whether the last file did
    not update them; what she is left out of.
    """
    phones = [one.phone for one in people]
    left_out = {one.phone: one.what_is_left_out for one in OptOut.objects.filter(phone__in=phones).widest_last()}
    dead = set(PhoneStatus.objects.filter(phone__in=phones, dead_since__isnull=False).values_list("phone", flat=True))
    fields = list(group.fields.all())
    rows = []
    for person in people:
        person.is_dead = person.phone in dead
        cells = [
            (
                field.label,
                value_display.display(field.type, person.values.get(field.key, "")),
                field.type in value_display.NUMERIC,
                field.key in (person.not_updated or ()),
            )
            for field in fields
        ]
        rows.append((person, cells, left_out.get(person.phone)))
    return rows
