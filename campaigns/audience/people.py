"""Who a campaign goes to: the contacts of its groups and segments, in its order, with what may keep a person out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, Count, Exists, F, Q, QuerySet, Value, When

from campaigns import placeholders
from campaigns.audience import retries
from campaigns.audience.choice import AudienceChoice, chosen, uploaded
from campaigns.audience.due import Due, reminder_due
from campaigns.audience.kept_out import OPTED_OUT, REPLY_WAITS, scopes_of, waiting_replies
from campaigns.audience.not_updated import keys_gone_by, reasons_not_updated
from campaigns.audience.same_row import same_row
from campaigns.models import Campaign, Kind, Message
from contacts.models import Contact, ContactGroup, OptOut, PhoneStatus
from contacts.models.group import ContactQuerySet

READ_AHEAD = 5_000
_decode = json.JSONDecoder().raw_decode  # what the database writes has no blanks around it to look for


class Person(NamedTuple):
    """One contact of the audience. `left_out` is why this person gets no text, or empty.

    `writer`: who has written the contact since a moment that was asked for, as `accounts.names` writes it.
    """

    contact: int
    phone: str
    name: str
    values: dict[str, str]
    left_out: str
    writer: str = ""


@dataclass(frozen=True)
class Audience:
    """Whom a campaign is for, read once: made a request or a task by `audience_of`, and handed down.

    The people are asked for anew each time, so it holds nothing that a million of them would make large.
    """

    campaign: Campaign
    choice: AudienceChoice

    @property
    def groups(self) -> list[ContactGroup]:
        """The groups that were named, then those of the segments."""
        return self.choice.all_groups

    @property
    def lists(self) -> list[str]:
        """Of each group the list that it belongs to: of a number only the rows of its first list count."""
        return [group.list_name for group in self.groups]

    @property
    def by_number(self) -> bool:
        """Whether a group tells rows of one number apart, so that all are read in the order of the number."""
        return any(group.is_keyed for group in self.groups)

    @property
    def field_types(self) -> dict[str, set[str]]:
        """The types that each field has in the groups."""
        return self.choice.field_types

    def fields_of(self, group: ContactGroup) -> placeholders.FieldTypes:
        """The type of each field of one of the groups, and what it is called."""
        return self.choice.fields_of(group)

    @cached_property
    def reach(self) -> int:
        """How many people are meant at most, from the sizes of the groups, or from an earlier run's tallies."""
        size = sum(group.size for group in self.groups)
        if self.campaign.upload_id is not None:
            size = min(size, uploaded(self.campaign.upload_id))
        most = retries.most(self.campaign)
        return size if most is None else min(size, most)

    def members(self, group: ContactGroup, day: date, stage: str | None = None) -> QuerySet[Contact]:
        """The contacts of one of the groups who are meant on `day`, by id. Raises contacts.filters.BadFilter.

        With a `stage` of a reminder, those whose date is due by it and who were not reminded of that date.
        """
        contacts = self.choice.members(group, day)
        if stage is not None and (due := self.due(stage, day, group.pk)):
            contacts = due.not_yet(contacts, by_row=group.is_keyed)
        if self._retried is not None:
            if group.is_keyed and self.campaign.texts_each_row:
                contacts = contacts.filter(Exists(self._retried.filter(same_row())))
            else:
                contacts = contacts.filter(phone__in=self._retried.values("phone"))
        return contacts.order_by("id")

    def due(self, stage: str, day: date, group: int) -> Due | None:
        """What a run of a reminder means in one of the groups; None where it means everybody."""
        due = reminder_due(self.campaign, stage, day)
        return due and due.by(partial(self.choice.key_in, group))

    def still_meant(self, contacts: ContactQuerySet, day: date) -> QuerySet[Any, int]:
        """Ids of those of `contacts` whom the groups, segments and filter mean on `day`."""
        meant = [self.choice.members(group, day).values("pk") for group in self.groups]
        return contacts.filter(Q(*(Q(pk__in=one) for one in meant), _connector=Q.OR)).values_list("pk", flat=True)

    def read(
        self,
        group: ContactGroup,
        day: date,
        *,
        after: int = 0,
        connection: BaseDatabaseWrapper,
        stage: str | None = None,
        since: datetime | None = None,
        text: str = "",
    ) -> Iterator[list[Person]]:
        """The members of `group` past the contact `after`, some thousands at a time, in the snapshot of `connection`.

        With `since` also who has written them after that. `text`: a run's, where it has one of its own.

        Streams from a cursor on the server, so that memory does not grow with the group; call it in a transaction.
        """
        contacts = self.members(group, day, stage).filter(pk__gt=after)
        asked = self.asked(group, since=since, text=text)
        columns = contacts.annotate(**asked).values_list("pk", "phone", "name", "values", *asked)
        for rows in streamed(columns, connection, READ_AHEAD):
            yield [_person(*row) for row in rows]

    def asked(self, group: ContactGroup, *, since: datetime | None, text: str) -> dict[str, Case]:
        """What is asked of contacts of `group` beside their own columns: `left_out`, and with `since` the `writer`."""
        not_updated = reasons_not_updated(self.campaign, self.choice, group, text or self.campaign.text)
        asked = {"left_out": _left_out(self.campaign.kind, not_updated)}
        if since is not None:
            asked["writer"] = Case(When(written_at__gt=since, then=F("written_by")))
        return asked

    def people(self, group: ContactGroup, day: date, ids: list[int]) -> list[Person]:
        """Those of some contacts of `group` who are meant, by id. Opt-outs are looked up for these few only."""
        members = self.members(group, day).filter(pk__in=ids)
        rows = list(members.values_list("pk", "phone", "name", "values"))
        phones = [phone for _, phone, _, _ in rows]
        opted_out = OptOut.objects.filter(phone__in=phones, scope__in=scopes_of(self.campaign.kind))
        out = set(opted_out.values_list("phone", flat=True))
        dead = PhoneStatus.objects.filter(phone__in=phones, dead_since__isnull=False)
        gone = set(dead.values_list("phone", flat=True))
        waiting = waiting_replies(self.campaign.kind).filter(phone__in=phones).values_list("phone", flat=True)
        reasons = dict.fromkeys(gone, "dead_number") | dict.fromkeys(waiting, REPLY_WAITS)
        reasons |= dict.fromkeys(out, OPTED_OUT)
        not_updated = self.not_updated(Contact.objects.filter(pk__in=ids), self.campaign.text)
        return [_person(*row, reasons.get(row[1]) or not_updated.get(row[0])) for row in rows]

    def not_updated(self, contacts: ContactQuerySet, text: str) -> dict[int, str]:
        """Why those of `contacts` who are left out for it are, by id: the field that was not updated."""
        found: dict[int, str] = {}
        for group in self.groups:
            if reasons := reasons_not_updated(self.campaign, self.choice, group, text):
                marked = contacts.filter(group=group).annotate(why=Case(*reasons)).filter(why__isnull=False)
                found.update(marked.values_list("pk", "why"))
        return found

    def with_old_values(self, day: date) -> int:
        """How many contacts are texted by a value that was not updated, where the campaign wants that."""
        if self.campaign.leaves_out_old_values:
            return 0
        return sum(
            self.members(group, day).order_by().filter(not_updated__overlap=keys).count()
            for group in self.groups
            if (keys := keys_gone_by(self.campaign, self.choice, group, self.campaign.text))
        )

    def phones_among(self, groups: list[ContactGroup], day: date, phones: list[str]) -> set[str]:
        """Those of `phones` that somebody has who is meant in one of these groups."""
        found: set[str] = set()
        for group in groups:
            members = self.members(group, day).filter(phone__in=phones)
            found.update(members.values_list("phone", flat=True).order_by())
        return found

    def everybody(self, day: date) -> int:
        """How many people are meant on `day`, a number in two groups counted twice; a second or two for a million."""
        return sum(self._everybody_of(group, day) for group in self.groups)

    def most_texts(self, day: date) -> int:
        """How many texts these people may get: a row of theirs in two groups is counted twice."""
        if not self.campaign.texts_each_row:
            return self.everybody(day)
        return sum(self.members(group, day).order_by().count() for group in self.groups)

    def _everybody_of(self, group: ContactGroup, day: date) -> int:
        members = self.members(group, day).order_by()
        if not group.is_keyed:
            return members.count()
        return members.aggregate(people=Count("phone", distinct=True))["people"]

    @cached_property
    def _retried(self) -> QuerySet[Message] | None:
        return retries.texts_of(self.campaign)


def audience_of(campaign: Campaign) -> Audience:
    """Read whom a campaign is for; within a transaction that locks the campaign, after the lock."""
    return Audience(campaign, chosen(campaign))


def streamed(query: QuerySet[Contact, Any], connection: BaseDatabaseWrapper, size: int) -> Iterator[list[Any]]:
    """The rows of `query`, `size` at a time, from a cursor on the server in the snapshot of `connection`."""
    try:
        sql, parameters = query.using(connection.alias).query.sql_with_params()
    except EmptyResultSet:
        return  # such as the run of a reminder's stage that is gone: nobody
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(size):
            yield rows


def decoded(values: Any) -> dict[str, str]:
    """A contact's values, read past Django's converters, which are too slow: they arrive decoded, or as text."""
    return values if isinstance(values, dict) else _decode(values)[0]


def _person(pk: int, phone: str, name: str, values: Any, left_out: str | None, writer: str | None = None) -> Person:
    # Without a call of `decoded`, which the keyless million would feel.
    return Person(
        pk, phone, name, values if isinstance(values, dict) else _decode(values)[0], left_out or "", writer or ""
    )


def _left_out(kind: str, not_updated: list[When]) -> Case:
    """Why somebody gets no text. As `IN (SELECT ...)`, which PostgreSQL hashes once, not once a contact."""
    opted_out = Q(phone__in=OptOut.objects.filter(scope__in=scopes_of(kind)).values("phone"))
    dead = Q(phone__in=PhoneStatus.objects.filter(dead_since__isnull=False).values("phone"))
    reasons = [When(opted_out, then=Value(OPTED_OUT))]
    if kind == Kind.PROMOTIONAL:
        reasons.append(When(phone__in=waiting_replies(kind).values("phone"), then=Value(REPLY_WAITS)))
    return Case(*reasons, When(dead, then=Value("dead_number")), *not_updated)
