"""Entries that are asked for, newest first, some at a time: each question is answered from an index.

Of one person's or key's deeds, and of those to several things, the newest are taken of each kind or thing, and of these
the newest: however many entries there are, few are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import CharField, Model, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.deeds import Kind
from accounts.models import ApiKey, AuditEntry, User
from campaigns.actions import set_rules
from campaigns.models import Campaign, MessageTemplate, Sender
from contacts.models import Contact, ContactGroup, Job, OptOut, Segment, Upload
from lib import phones
from lib.row_ids import row_id
from lib.words import clean

# As many things of a kind as a search means; who means more writes more of the name.
MOST_OF_A_KIND = 100
LONGEST_SEARCH = 100
READ_AT_ONCE = 1_000
MOST_COUNTED = 1_000_000
# Entries get their ids in the order of their times, but for what goes on at once, or a clock that is set back.
OUT_OF_ORDER = timedelta(hours=1)
COMMANDS, PORTAL = "commands", "portal"
# As the partial indexes have it.
WHO = {COMMANDS: "command <> ''", PORTAL: "user_id IS NULL AND api_key_id IS NULL AND command = ''"}

NEWEST = "SELECT id FROM accounts_auditentry WHERE {where} ORDER BY id DESC LIMIT %s"
NEWEST_OF_EACH = """
SELECT e.id FROM unnest(%s::varchar[]) one(of) CROSS JOIN LATERAL (
    SELECT id FROM accounts_auditentry WHERE {column} = one.of AND {where} ORDER BY id DESC LIMIT %s) e
ORDER BY e.id DESC LIMIT %s
"""
COUNT = "SELECT count(*) FROM (SELECT FROM accounts_auditentry WHERE {where} LIMIT %s) e"
FIRST_FROM = "SELECT id FROM accounts_auditentry WHERE at >= %s ORDER BY at LIMIT 1"
LAST_BEFORE = "SELECT id FROM accounts_auditentry WHERE at < %s ORDER BY at DESC LIMIT 1"

Conditions = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class AuditQuery:
    """What the address asks for; what cannot be read of it asks for nothing."""

    who: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    written: str = ""

    @classmethod
    def of_address(cls, given: QueryDict) -> AuditQuery:
        kind = given.get("kind", "")
        return cls(
            who=given.get("who", ""),
            kind=kind if kind in Kind.values else "",
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            written=clean(given.get("q", ""))[:LONGEST_SEARCH],
        )

    def newest(self, limit: int, before: int | None = None) -> list[AuditEntry]:
        """The newest, or those that come after the entry `before`."""
        conditions = self._conditions()
        if before is not None:
            conditions.append(("id < %s", [before]))
        column, each = self._each()
        where, values = _joined(conditions)
        if column:
            statement = NEWEST_OF_EACH.format(column=column, where=where)
            parameters = [each, *values, limit, limit]
        else:
            statement, parameters = NEWEST.format(where=where), [*values, limit]
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            ids = [row[0] for row in cursor.fetchall()]
        return list(AuditEntry.objects.filter(pk__in=ids).order_by("-pk")) if ids else []

    def all(self) -> Iterator[list[AuditEntry]]:
        """Page after page, to the last."""
        before = None
        while entries := self.newest(READ_AT_ONCE, before):
            yield entries
            before = entries[-1].pk

    def count(self) -> int:
        """How many there are; a million where there are more."""
        conditions, (column, each) = self._conditions(), self._each()
        if column:
            conditions.append((f"{column} = ANY(%s)", [each]))
        where, values = _joined(conditions)
        with connection.cursor() as cursor:
            cursor.execute(COUNT.format(where=where), [*values, MOST_COUNTED])
            return int(cursor.fetchone()[0])

    def _each(self) -> tuple[str, Sequence[str]]:
        """The column of which each of these values is looked for by itself; none where one index answers."""
        if self.written:
            return "about", abouts(self.written)
        has_whose = self.who in WHO or _whose(self.who) is not None
        return ("kind", Kind.values) if has_whose and not self.kind else ("", [])

    def _conditions(self) -> Conditions:
        found: Conditions = []
        if self.who in WHO:
            found.append((WHO[self.who], []))
        elif whose := _whose(self.who):
            found.append((f"{whose[0]} = %s", [whose[1]]))
        if self.kind:
            found.append(("kind = %s", [self.kind]))
        if self.since:
            begin = _midnight(self.since)
            found.append(("at >= %s", [begin]))
            found += _by_id("id > %s", LAST_BEFORE, begin - OUT_OF_ORDER)
        if self.until:
            end = _midnight(self.until + timedelta(days=1))
            found.append(("at < %s", [end]))
            found += _by_id("id < %s", FIRST_FROM, end + OUT_OF_ORDER)
        return found


def abouts(written: str) -> list[str]:
    """What a search means, as entries name it: things and people that are called so, and numbers."""
    found: list[str] = []
    for word, rows in _called(written):
        named = rows.values_list("pk", flat=True).order_by("-pk")[:MOST_OF_A_KIND]
        found += [f"{word} {pk}" for pk in named]
    lowered = written.casefold()
    found += [f"rule {rule.name}" for rule in set_rules.RULES if lowered in f"{rule.words} {rule.name}".casefold()]
    if lowered in "all sending":
        found.append("all sending")
    # Of what is deleted only the entry of that knows what it was called.
    gone = AuditEntry.objects.filter(act__endswith=" deleted", detail__name__icontains=written)
    found += gone.order_by("-pk").values_list("about", flat=True)[:MOST_OF_A_KIND]
    return list(dict.fromkeys(found))


def _called(written: str) -> Iterator[tuple[str, QuerySet[Any]]]:
    by_name: dict[str, type[Model]] = {
        "campaign": Campaign, "group": ContactGroup, "template": MessageTemplate, "segment": Segment,
        "sender": Sender, "key": ApiKey, "upload": Upload,
    }  # fmt: skip
    for word, model in by_name.items():
        yield word, model._default_manager.filter(name__icontains=written)
    yield "file", Job.objects.filter(about__icontains=written)
    whole = Concat("first_name", Value(" "), "last_name", output_field=CharField())
    people = User.objects.annotate(whole=whole)
    yield "person", people.filter(Q(username__icontains=written) | Q(whole__icontains=written))
    try:
        phone = phones.read_phone(written).digits
    except phones.BadNumber:
        return
    yield "contact", Contact.objects.filter(phone=phone)
    yield "opt-out", OptOut.objects.filter(phone=phone)


def _whose(who: str) -> tuple[str, int] | None:
    word, _, number = who.partition("-")
    column = {"person": "user_id", "key": "api_key_id"}.get(word)
    pk = row_id(number)
    return (column, pk) if column and pk is not None else None


def _by_id(condition: str, bound: str, moment: datetime) -> Conditions:
    """What surely holds of the ids of whatever is asked for by time: by ids it is read in order."""
    with connection.cursor() as cursor:
        cursor.execute(bound, [moment])
        row = cursor.fetchone()
    return [(condition, [row[0]])] if row else []


def _joined(conditions: Conditions) -> tuple[str, list[Any]]:
    where = " AND ".join(condition for condition, _ in conditions)
    return where or "true", [one for _, values in conditions for one in values]


def _day(written: str) -> date | None:
    try:
        return parse_date(written)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
