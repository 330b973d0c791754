"""What the filters of Messages ask for, read from an address: of people, of days, and of what became of texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection

from accounts.names import names_in_words
from campaigns.ledger.log import NOT_SAID, LogQuery
from campaigns.ledger.reasons import reasons_in_words
from campaigns.models import Campaign, DayFigures, GivenReference, Message, Run, Sender
from campaigns.models.figures import ALL
from campaigns.reporting.report_choices import people_and_keys
from contacts.filters.search import ending_in, matching_search
from contacts.models import Contact
from contacts.models.group import END_OF_NUMBER
from lib import phones
from lib.row_ids import row_id

MOST_DAYS = 31
MOST_PEOPLE = 200
NAMED_PEOPLE = 10
MOST_GIVEN = 1_000
FEWEST_DIGITS = 3
MOST_CAMPAIGNS = 200
WHO = re.compile(r"(user|key):[1-9]\d{0,17}")
# The two words for what is not known are one in lists: here they are told apart.
STATUSES = [
    (one.value, {"uncertain": "Not known, to be decided", "unknown": "Not known for good"}.get(one.value, one.label))
    for one in Message.Status
]

REASONS = """
SELECT DISTINCT k FROM campaigns_dayfigures, jsonb_object_keys(reasons || left_out_for) k
WHERE campaign = %s AND day >= %s
"""


class Unclear(Exception):
    """What is wrong with what was asked, in words."""


@dataclass(frozen=True)
class Search:
    """`query` None: nobody fits. `people`: number and name of those who were found by what was written."""

    query: LogQuery | None
    people: list[tuple[str, str]] = field(default_factory=list)

    @property
    def first_people(self) -> list[tuple[str, str]]:
        return self.people[:NAMED_PEOPLE]

    @property
    def more_people(self) -> int:
        return max(0, len(self.people) - NAMED_PEOPLE)


def read_search(asked: Mapping[str, str], today: date, run: Run | None = None) -> Search:
    """Without a number, a campaign and a run the days are 31 at most, the last ones where none is said.

    Of a `run` its texts alone. Raises Unclear.
    """
    written = asked.get("q", "").strip()
    found = _found_by(written) if written else None
    if written and found is None:
        return Search(None)
    known, people = found or (LogQuery(), [])
    first, last = _day(asked, "from"), _day(asked, "to")
    query = LogQuery(
        first=first,
        last=last,
        campaign=row_id(asked.get("campaign")) if run is None else None,
        sender=row_id(asked.get("sender")),
        status=_one_of(asked.get("status", ""), Message.Status.values, "status"),
        source=_one_of(asked.get("source", ""), Message.Source.values, "source"),
        reason=asked.get("reason", ""),
        network=asked.get("network", ""),
        group=asked.get("group", ""),
        who=_who(asked.get("who", "")),
        phones=known.phones,
        begins=known.begins,
        given=known.given,
        run=run.pk if run else None,
    )
    if query.is_by_number or query.campaign or run or not query.is_filtered:
        _check_order(first, last)
        return Search(query, people)
    return Search(in_a_month(query, today), people)


def in_a_month(query: LogQuery, today: date) -> LogQuery:
    """The same with its days: those that it says, of which there may be 31, or the last ones. Raises Unclear."""
    first, last = query.first, query.last
    if first is None:
        first = (last or today) - timedelta(days=MOST_DAYS - 1)
        # What waits is to go on days to come.
    elif last is None and first <= today:
        last = min(first + timedelta(days=MOST_DAYS - 1), max(today, first))
    _check_order(first, last)
    if last is not None and (last - first).days >= MOST_DAYS:
        raise Unclear(
            f"These are {(last - first).days + 1} days. Ask for at most {MOST_DAYS} at once, or for one campaign or"
            " person."
        )
    return LogQuery(**{**query.__dict__, "first": first, "last": last})


def _found_by(written: str) -> tuple[LogQuery, list[tuple[str, str]]] | None:
    """Texts that a script calls so, else to a number, a part of one, or people of that name; None: there are none.

    Raises Unclear.
    """
    given = tuple(GivenReference.objects.filter(reference=written).values_list("message", flat=True)[:MOST_GIVEN])
    if given:
        return LogQuery(given=given), []
    if any(char.isalpha() for char in written):
        people = _people(matching_search(Contact.objects.all(), written), f"are called “{written}”")
        return (LogQuery(phones=tuple(phone for phone, _ in people)), people) if people else None
    try:
        return LogQuery(phones=(phones.read_phone(written).digits,)), []
    except phones.BadNumber:
        pass
    typed = "".join(char for char in written if char.isdecimal())
    if len(typed) < FEWEST_DIGITS:
        raise Unclear(f"Write a name, or at least {FEWEST_DIGITS} digits of a number.")
    ending = Contact.objects.alias(end=END_OF_NUMBER).filter(ending_in(typed))
    people = _people(ending, f"have a number that ends in {typed}")
    digits = phones.search_digits(written)
    begins = f"254{digits}" if digits else ""
    if not begins and not people:
        return None
    return LogQuery(begins=begins, phones=tuple(phone for phone, _ in people)), people


def _people(contacts: object, words: str) -> list[tuple[str, str]]:
    """Number and name of each, the numbers in order. Raises Unclear where they are too many."""
    there = contacts.filter(group__deleted_at=None).order_by()  # type: ignore[attr-defined]
    rows = list(there.values_list("phone", "name").distinct()[: MOST_PEOPLE + 1])
    if len(rows) > MOST_PEOPLE:
        raise Unclear(f"More than {MOST_PEOPLE} people {words}. Write more of it.")
    found: dict[str, str] = {}
    for phone, name in sorted(rows):
        found[phone] = found.get(phone) or name
    return list(found.items())


def _day(asked: Mapping[str, str], name: str) -> date | None:
    written = asked.get(name, "").strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Unclear(f"“{written}” is no date: write it as 2026-11-30.") from None


def _check_order(first: date | None, last: date | None) -> None:
    if first and last and last < first:
        raise Unclear("The last day is before the first.")


def _one_of(written: str, known: list[str], what: str) -> str:
    if written and written not in known:
        raise Unclear(f"There is no {what} “{written}”.")
    return written


def _who(written: str) -> str:
    if written and written != NOT_SAID and not WHO.fullmatch(written):
        raise Unclear(f"“{written}” is nobody: choose from the list.")
    return written


def choices_of(campaign: Campaign, asked: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen of the texts of one campaign: value and words of each, by the name of its filter."""
    return {
        "status": STATUSES,
        "reason": _reasons(campaign.pk, campaign.created_at.date(), asked),
        "network": _networks(campaign.pk, campaign.created_at.date()),
    }


def choices(asked: Mapping[str, str], today: date) -> dict[str, list[tuple[str, str]]]:
    """The same of all texts."""
    since = today - timedelta(days=MOST_DAYS)
    campaigns = list(Campaign.objects.order_by("-pk").values_list("pk", "name")[:MOST_CAMPAIGNS])
    chosen = row_id(asked.get("campaign"))
    if chosen and chosen not in dict(campaigns):
        campaigns += Campaign.objects.filter(pk=chosen).values_list("pk", "name")
    return {
        "campaign": [("0", "Single texts"), *((str(pk), name) for pk, name in campaigns)],
        "sender": [(str(pk), name) for pk, name in Sender.objects.order_by("name").values_list("pk", "name")],
        "network": _networks(ALL, since),
        "status": STATUSES,
        "reason": _reasons(ALL, since, asked),
        "source": list(Message.Source.choices),
        "who": _senders_of(asked.get("who", "")),
    }


def _senders_of(chosen: str) -> list[tuple[str, str]]:
    """Who can have sent, by their names; whoever is chosen is there even where they have gone."""
    found = dict(people_and_keys())
    if chosen and chosen not in found and WHO.fullmatch(chosen):
        found |= names_in_words([chosen])
    return [(NOT_SAID, "The portal itself"), *sorted(found.items(), key=lambda one: one[1].casefold())]


def _networks(campaign: int, since: date) -> list[tuple[str, str]]:
    rows = DayFigures.objects.filter(campaign=campaign, day__gte=since).order_by("network")
    return [(one or NOT_SAID, one or "Not said") for one in rows.values_list("network", flat=True).distinct()]


def _reasons(campaign: int, since: date, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(REASONS, [campaign, since])
        reasons = {reason for (reason,) in cursor.fetchall()} | ({asked.get("reason", "")} - {""})
    return sorted(reasons_in_words(reasons).items(), key=lambda one: one[1])
