"""The inbox: who wrote, newest first, by what is left to do and by what is searched. Nothing big is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from campaigns.models import Conversation, Reply
from campaigns.models.conversation import ConversationQuerySet
from campaigns.models.reply import WORDS_OF_REPLY
from contacts.filters.search import matching_search
from contacts.models import Contact
from lib import phones

FEWEST_DIGITS = 3
LATEST_REPLIES = 20_000
OPEN, UNREAD, MINE, DONE, ALL = "open", "unread", "mine", "done", "all"
SHOWN = {OPEN: "Open", UNREAD: "Unread", MINE: "Mine", DONE: "Done", ALL: "All"}


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation as the list has it; `people` are the names of its number, and `groups` those of its groups."""

    conversation: Conversation
    last: Reply | None
    people: list[str]
    groups: list[str]


def conversations(show: str, person: User, written: str = "", *, latest_alone: bool = False) -> ConversationQuerySet:
    """Those of one kind that what is `written` finds, newest first.

    `latest_alone`: texts are looked for in the latest replies only. A word that half of a million say takes seconds.
    """
    found: ConversationQuerySet = Conversation.objects.all()
    match show:
        case "open":
            found = found.open()
        case "unread":
            found = found.unread()
        case "mine":
            found = found.open().filter(assigned_to=person)
        case "done":
            found = found.done()
    return (_searched(found, written, latest_alone) if written else found).order_by("-last_reply")


def lines(some: Sequence[Conversation]) -> list[Line]:
    """With the last reply and the person of each, looked up at once."""
    last = Reply.objects.in_bulk([one.last_reply for one in some])
    people = people_of(one.phone for one in some)
    return [Line(one, last.get(one.last_reply), *people.get(one.phone, ([], []))) for one in some]


def people_of(numbers: Iterable[str]) -> dict[str, tuple[list[str], list[str]]]:
    """By number: the names of its rows, and the groups that they are in."""
    there = Contact.objects.filter(phone__in=[one for one in numbers if one], group__deleted_at=None)
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = defaultdict(lambda: ({}, {}))
    for phone, name, group in there.order_by("pk").values_list("phone", "name", "group__name"):
        names, groups = found[phone]
        if name:
            names[name] = None
        groups[group] = None
    return {phone: (list(names), list(groups)) for phone, (names, groups) in found.items()}


def who_may_see_to_it() -> list[User]:
    """To whom a conversation can be given."""
    active = User.objects.filter(is_active=True).order_by("username").prefetch_related("groups")
    return [one for one in active if one.may_act_as(Role.COMPOSER)]


def _searched(found: ConversationQuerySet, written: str, latest_alone: bool) -> ConversationQuerySet:
    """By a number; else by a part of one, by words of the name, and of what was written."""
    try:
        return found.filter(phone=phones.read_phone(written).digits)
    except phones.BadNumber:
        wrote = Q(phone__in=_who_wrote(written, latest_alone))
    if any(char.isalpha() for char in written):
        named = matching_search(Contact.objects.all(), written).filter(group__deleted_at=None)
        return found.filter(wrote | Q(phone__in=named.values("phone")))
    digits = phones.search_digits(written)
    return found.filter(wrote | Q(phone__contains=digits) if len(digits) >= FEWEST_DIGITS else wrote)


def _who_wrote(written: str, latest_alone: bool) -> QuerySet[Any, Any]:
    query = SearchQuery(written, search_type="plain", config="simple")
    replies = Reply.objects.alias(words=WORDS_OF_REPLY).filter(words=query).order_by()
    if latest_alone:
        last = Reply.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        replies = replies.filter(pk__gt=last - LATEST_REPLIES)
    return replies.values("phone")
