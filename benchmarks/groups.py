"""A group of a million people: its list, searches and filters in milliseconds of server time, and its exact counts."""

from __future__ import annotations

import statistics
import time
from typing import TextIO

from django.db import connection
from django.http import QueryDict
from django.test import Client

from accounts.models import User
from contacts.filters import indexes, pages, search
from contacts.filters.search import PeopleQuery
from contacts.models import ContactField, ContactGroup, FilterCount
from contacts.views.group_query import query_of_address

CALLS = 9
FIELDS = {"balance": "money", "due": "date", "town": "text", "visits": "integer"}
# `balance` grows with the id, so that whoever walks by id meets who owes most last; `visits` is scattered.
PEOPLE = """
INSERT INTO contacts_contact (group_id, phone, name, "values", consent_source, created_at, updated_at)
SELECT %(group)s, '25473' || lpad(n::text, 7, '0'), 'Person' || n || ' Wanjiru',
    jsonb_build_object('balance', n || '.50', 'town', 'Nakuru', 'visits', (n::bigint * 7919 %% 1000003)::text,
        'due', to_char(date '2026-01-01' + n %% 365, 'YYYY-MM-DD')), '', now(), now()
FROM generate_series(1, %(rows)s) n
"""


def filled(rows: int) -> ContactGroup:
    """A group with so many people, its fields indexed as a worker does it."""
    group = ContactGroup.objects.create(name="big")
    for key, type_ in FIELDS.items():
        ContactField.objects.create(group=group, key=key, label=key, type=type_)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"group": group.pk, "rows": rows})
        cursor.execute("VACUUM ANALYZE contacts_contact")
    indexes.make_missing_indexes()
    group.refresh_from_db()
    return group


def measure(group: ContactGroup) -> list[tuple[str, float, float]]:
    """What was asked for, the milliseconds of its page, and the seconds until all of them are counted."""
    client = Client(SERVER_NAME="localhost")
    user, _ = User.objects.get_or_create(username="bench-groups", is_superuser=True, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    rows = group.size
    empty = _milliseconds(client, "/profile")
    asked = {
        "the list": "",
        "by a whole number": "q=0730555555",
        "by the end of a number": "q=55555",
        "by a name": "q=person777",
        "by a name that all have": "q=wanj",
        "balance > 0, all of them": _filter("balance", ">", 0),
        "balance > half, as they were added": _filter("balance", ">", rows // 2),
        "balance, the ten highest": _filter("balance", ">", rows - 10),
        "visits > half, scattered": _filter("visits", ">", 500_000),
        "visits = one number": _filter("visits", "=", 7919),
        "due on a day": _filter("due", "=", "2026-11-05"),
        "due in three days": _filter("due", "days from run", 3),
        "two conditions": f"{_filter('visits', '>', 500_000)}&field_1=balance&op_1=>&value_1={rows - 10_000}",
        "a town that all have": _filter("town", "=", "nakuru"),
    }
    found = [("an empty page: the profile", empty, 0.0)]
    for what, query in asked.items():
        found.append((what, _milliseconds(client, f"/contacts/{group.pk}?{query}"), _counting(group, query)))
    return found


def plans(group: ContactGroup) -> list[tuple[str, str]]:
    """The plan of each kind of page."""
    found = []
    for what, wanted in {
        "list": PeopleQuery(group),
        "search by number": PeopleQuery(group, "0730555555"),
        "search by name": PeopleQuery(group, "person777"),
        "filter by amount": PeopleQuery(group, filter=[{"field": "visits", "op": ">", "value": 500_000}]),
        "filter by day": PeopleQuery(group, filter=[{"field": "due", "op": "=", "value": "2026-11-05"}]),
    }.items():
        driver = wanted.driver
        people = wanted.people()
        people = people.annotate(at=driver.expression()).order_by("at", "pk") if driver else people.order_by("pk")
        found.append((what, people[: pages.PAGE_PEOPLE + 1].explain(analyze=True, costs=False, timing=False)))
    return found


def show(measured: list[tuple[str, float, float]], rows: int, out: TextIO) -> None:
    empty = measured[0][1]
    heading = f"a group of {rows:,} people"
    out.write(f"\n{heading:<44}{'milliseconds':>15}{'beside the empty page':>24}{'counted exactly in s':>24}\n")
    for what, milliseconds, seconds in measured:
        out.write(f"{what:<44}{milliseconds:>15.1f}{milliseconds / empty:>24.1f}{seconds:>24.2f}\n")


def _filter(field: str, op: str, value: object) -> str:
    return f"field_0={field}&op_0={op}&value_0={value}"


def _milliseconds(client: Client, path: str) -> float:
    taken = []
    for _ in range(CALLS):
        FilterCount.objects.all().delete()
        start = time.perf_counter()
        answer = client.get(path)
        taken.append(time.perf_counter() - start)
        assert answer.status_code == 200, path
    return 1000 * statistics.median(taken)


def _counting(group: ContactGroup, query: str) -> float:
    _, wanted = query_of_address(group, QueryDict(query))
    assert wanted is not None, query
    start = time.perf_counter()
    try:
        search.count_exactly(wanted)
    except search.TooSlow:
        return float("inf")
    return time.perf_counter() - start
