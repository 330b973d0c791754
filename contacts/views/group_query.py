"""What the address of a group's page asks for: search, filter, page; and the same with patience."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from accounts.requests import Request
from contacts import value_display
from contacts.filters import pages, search, sorting
from contacts.filters.pages import PageEnd, Sort
from contacts.filters.search import PeopleCount, PeopleQuery, TooSlow
from contacts.filters.sorting import Column
from contacts.forms.filters import FilterForm
from contacts.models import ContactGroup, OptOut, PhoneStatus
from contacts.values import DATE
from lib.row_ids import row_id

NOT_FOR_A_LINK = ("after", "before", "at", "from", "wait", "counted", "contact", "all")


@dataclass(frozen=True)
class Heading:
    """The heading of a column. Without `url` its column cannot be sorted; `order` is that of aria-sort."""

    label: str
    url: str
    order: str
    is_number: bool


def query_of_address(group: ContactGroup, asked: QueryDict) -> tuple[FilterForm, PeopleQuery | None]:
    """Whom the address asks for, and its form; None where the filter in it cannot be used."""
    form = FilterForm(group, asked)
    if not form.is_valid():
        return form, None
    return form, PeopleQuery(group, asked.get("q", "").strip()[:200], form.cleaned_data["filter"], timezone.localdate())


def people_context(request: Request, query: PeopleQuery | None) -> dict[str, Any]:
    """One page of them for the template: rows with their cells, how many there are, and the pages around it."""
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
    shown |= {"is_everybody": query.is_everybody, "is_patient": patient}
    shown["count"] = count = _count(query, exactly=patient or "counted" in request.GET)
    few = count is not None and count.exact and not query.is_everybody
    columns = sorting.columns_of(query.group, few=few)
    asked = sorting.sort_asked(columns, request.GET.get("sort", ""))
    sort = asked[1] if asked and asked[0].may_sort else None
    place = page_start(request.GET, query, sort)
    shown |= {"is_first_page": place is None, "headings": headings(columns, sort, link)}
    if asked and sort is None:
        shown |= {"not_sorted": asked[0].label, "sorts": [one.label for one in columns if one.may_sort]}
    try:
        milliseconds = search.PATIENTLY_MS if patient else search.QUICKLY_MS
        people, following = pages.people_page(query, place, few=few, milliseconds=milliseconds, sort=sort)
    except TooSlow:
        return shown | {"too_slow": True}
    shown["rows"] = _rows(query.group, people)
    return shown | _around(request, link, place, people, following)


def _around(
    request: Request, link: str, place: PageEnd | None, people: list[Any], following: PageEnd | None
) -> dict[str, Any]:
    """Which of them are shown, by the number of the first one that the address says, and the pages beside this one."""
    first = (row_id(request.GET.get("from")) or 1) if place else 1
    before = max(1, first - pages.PAGE_PEOPLE)
    previous = ""
    if place is not None and people:
        previous = address_of(link, pages.end_of(people[0], back=True), before) if before > 1 else f"?{link}"
    return {
        "first_row": first,
        "last_row": first + len(people) - 1,
        "first_url": f"?{link}" if place is not None and before > 1 else "",
        "previous_url": previous,
        "next_url": address_of(link, following, first + len(people)) if following else "",
    }


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


def page_start(asked: QueryDict, query: PeopleQuery, sort: Sort | None = None) -> PageEnd | None:
    back = "before" in asked
    beside = row_id(asked.get("before" if back else "after"))
    if beside is None:
        return None
    at: Decimal | str | None = None
    ordered = sort or query.driver
    if ordered is not None and (written := asked.get("at")):
        at = value_display.as_number(written) if ordered.is_of_number else _text_at(ordered.type, written)
        if at is None:
            return None
    return PageEnd(beside, at, back)


def _text_at(type_: str, written: str) -> str | None:
    if type_ != DATE:
        return written
    day = value_display.as_day(written)
    return day.isoformat() if day else None


def headings(columns: list[Column], sort: Sort | None, link: str) -> list[Heading]:
    """The columns with what a click on each asks for: its order, and the other way round once it is that."""
    found = []
    for one in columns:
        is_sorted = sort is not None and one.sort.key == sort.key
        down = is_sorted and sort is not None and not sort.down
        rest = QueryDict(link, mutable=True)
        rest["sort"] = f"-{one.name}" if down else one.name
        order = ("descending" if sort.down else "ascending") if is_sorted and sort else ""
        is_number = one.sort.type in value_display.NUMERIC
        found.append(Heading(one.label, f"?{rest.urlencode()}" if one.may_sort else "", order, is_number))
    return found


def _count(query: PeopleQuery, *, exactly: bool) -> PeopleCount | None:
    try:
        return PeopleCount(search.count_exactly(query), exact=True) if exactly else search.count_people(query)
    except TooSlow:
        return None


def address_of(link: str, place: PageEnd, first: int) -> str:
    rest = QueryDict(link, mutable=True)
    rest["before" if place.back else "after"] = str(place.after)
    if place.at is not None:
        rest["at"] = str(place.at)
    rest["from"] = str(first)
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
