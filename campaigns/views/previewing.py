"""A text as one real person after another would get it, with what is wrong with it; asked for while it is typed.

The buttons beside it work by scripts in the page, and without them by the form itself: what they ask for stands in the
request, and the page comes back with what was typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.asked import id_of
from campaigns import audience, gsm, mending, placeholders, prices, sampling, words
from campaigns.models import Campaign, Kind, Language, Sender
from campaigns.texts import Gaps, LeftOut, Writer
from campaigns.views import testing
from contacts.filters import BadFilter
from contacts.models import Contact, ContactGroup
from contacts.phones import local

People = Callable[[ContactGroup], QuerySet[Contact]]

ONLY_LOOKING = ("preview", "show", "replace", "mend", "test")
FIRST = 50
AROUND = 20
WAYS = (("previous", "Previous person"), ("next", "Next person"), ("longest", "The longest"))


@dataclass(frozen=True, slots=True)
class Sample:
    """One person's text as it would be."""

    contact: int
    phone: str
    name: str
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Pointed:
    """A problem with the words around its place."""

    problem: placeholders.Problem
    before: str
    at: str
    after: str


def only_looks(request: HttpRequest) -> bool:
    """Whether a posted form is not to be saved: somebody looks at the text, or has it changed."""
    return any(name in request.POST for name in ONLY_LOOKING)


def written(request: HttpRequest, kept: str, groups: Sequence[ContactGroup]) -> str:
    """The text that was typed, with what its buttons ask for done to it; else the one that is `kept`."""
    if request.method != "POST":
        return kept
    text = request.POST.get("text", "")
    if "replace" in request.POST:
        return mending.plain(text, request.POST["replace"])
    if (position := id_of(request.POST.get("mend"))) is not None:
        return mending.suggested(text, position, {group.name: audience.fields_of(group) for group in groups})
    return text


def preview(
    request: HttpRequest, campaign: Campaign, text: str, groups: Sequence[ContactGroup], people_of: People
) -> dict[str, Any]:
    """What `_preview.html` shows: the text for the person whom the request asks for, or the first one."""
    fields = {group.name: audience.fields_of(group) for group in groups}
    problems = placeholders.lint(text, fields, {group.name: group.size for group in groups}) if text.strip() else []
    plain = placeholders.normalised(text)
    special = [one for one in gsm.costly(plain) if one.is_special]
    replaceable = [one for one in special if one.twin is not None and not one.is_letter]
    shown: dict[str, Any] = {
        "costly": [(one, True) for one in special],
        "is_special": bool(special),
        "problems": [_pointed(plain, one) for one in problems],
        "sample": None,
        "sample_missing": "",
        "several_replaceable": len(replaceable) > 1,
        "needs_phone": not request.user.phone,  # type: ignore[union-attr]
        # While a text cannot be read, who was looked at is not forgotten.
        "looked_at": id_of(request.POST.get("person")),
    }
    if not plain:
        return shown
    try:
        today = timezone.localdate()
        writers = {group.pk: Writer(campaign, fields[group.name], text=text, today=today) for group in groups}
        gaps = {group.pk: Gaps(campaign, fields[group.name], text=text, today=today) for group in groups}
        if any(gaps.values()):
            readers = _readers(groups, people_of, gaps)
            problems = placeholders.lint(text, fields, {group.name: group.size for group in groups}, readers)
            shown["problems"] = [_pointed(plain, one) for one in problems]
        contact = _person(request, groups, people_of, writers)
    except (BadFilter, placeholders.PlaceholderError):
        return shown
    if contact is None:
        return shown
    unknown = any(one.code == "unknown_field" and one.blocks for one in problems)
    found = {} if unknown else _shown(campaign, contact, writers[contact.group_id], plain)
    if "test" in request.POST:
        found["tested"] = testing.send(request, found.get("sample"), campaign.sender)
    return shown | {"person": contact.pk, "ways": WAYS if found else (), "may_test": "sample" in found, **found}


def with_choices(campaign: Campaign, request: HttpRequest) -> Campaign:
    """The campaign, unsaved, as the form that is being filled in says: its sender, kind, language and policy too."""
    if sender := Sender.objects.filter(pk=id_of(request.POST.get("sender")) or 0, archived_at=None).first():
        campaign.sender = sender
    chosen = (("kind", Kind), ("language", Language), ("missing_values", Campaign.Missing))
    for name, known in chosen:
        if request.POST.get(name) in known.values:
            setattr(campaign, name, request.POST[name])
    return campaign


def _person(
    request: HttpRequest, groups: Sequence[ContactGroup], people_of: People, writers: dict[int, Writer]
) -> Contact | None:
    """Of all groups, one after the other: the next or previous one, the one with the longest text, or the same one.

    Where nobody was looked at yet, somebody who would get a text.
    """
    queues = [people_of(group).order_by("pk") for group in groups]
    show = request.POST.get("show", "")
    if show == "longest" and (longest := _longest(groups, queues, writers)):
        return longest
    person = id_of(request.POST.get("person") or request.GET.get("person")) or 0
    for number, queue in enumerate(queues):
        if not queue.filter(pk=person).exists():
            continue
        if show == "next":
            rest = [queue.filter(pk__gt=person), *queues[number + 1 :], *queues[: number + 1]]
        elif show == "previous":
            before = [*reversed(queues[:number]), *reversed(queues[number:])]
            rest = [one.reverse() for one in (queue.filter(pk__lt=person), *before)]
        else:
            rest = [queue.filter(pk=person)]
        return next((found for one in rest if (found := one.first())), None)
    return _first(groups, queues, writers)


def _first(
    groups: Sequence[ContactGroup], queues: list[QuerySet[Contact]], writers: dict[int, Writer]
) -> Contact | None:
    """The first who would get a text, of the first some of each group; the first of all where none of those would."""
    first = None
    for group, queue in zip(groups, queues, strict=True):
        for contact in queue[:FIRST]:
            first = first or contact
            if not isinstance(writers[group.pk].write(contact.phone, contact.name, contact.values), LeftOut):
                return contact
    return first


def _longest(
    groups: Sequence[ContactGroup], queues: list[QuerySet[Contact]], writers: dict[int, Writer]
) -> Contact | None:
    """Whose text is the longest, of some thousands from all over the groups."""
    longest, found = -1, None
    for group, queue in zip(groups, queues, strict=True):
        for contact in queue.filter(pk__in=sampling.ids_of(group, sampling.PEOPLE // len(groups))):
            written = writers[group.pk].write(contact.phone, contact.name, contact.values)
            if not isinstance(written, LeftOut) and len(written[0]) > longest:
                longest, found = len(written[0]), contact
    return found


def _readers(groups: Sequence[ContactGroup], people_of: People, gaps: dict[int, Gaps]) -> dict[int, str]:
    """Who would read what empty fallbacks leave, by their places, told from some thousands from all over the groups."""
    counts: Counter[int] = Counter()
    exact = True
    for group in groups:
        ids = sampling.ids_of(group, sampling.PEOPLE // len(groups))
        found = Counter[int]()
        for contact in people_of(group).filter(pk__in=ids):
            found.update(gaps[group.pk].read_by(contact.phone, contact.name, contact.values))
        stands_for = max(group.size / len(ids), 1.0) if ids else 1.0
        exact = exact and stands_for == 1
        counts.update({place: round(count * stands_for) for place, count in found.items()})
    return words.of_readers(counts, exact=exact)


def _shown(campaign: Campaign, contact: Contact, writer: Writer, plain: str) -> dict[str, Any]:
    written = writer.write(contact.phone, contact.name, contact.values)
    if isinstance(written, LeftOut):
        return _left_out(campaign, contact.name or local(contact.phone), written)
    text, parts = written
    return {
        "sample": Sample(contact.pk, contact.phone, contact.name, text, parts),
        "counted": gsm.count(text),
        "price": prices.of_part(campaign.sender) * parts,
        "costly": [(one, one.char in plain) for one in gsm.costly(text)],
        "is_special": not gsm.is_gsm(text),
    }


def _left_out(campaign: Campaign, who: str, written: LeftOut) -> dict[str, Any]:
    """What is said in place of a bubble and its price."""
    reason = words.of_reason(written.reason)
    if written.is_missing and campaign.missing_values == Campaign.Missing.BLOCK:
        missing, price = f"{who} {reason}, and you chose to send nothing then.", "Nothing would be sent or paid."
    else:
        missing, price = f"{who} would be left out: {reason}.", f"No text goes to {who}, so nothing is paid."
    return {"sample_missing": missing, "no_price": price}


def _pointed(text: str, problem: placeholders.Problem) -> Pointed:
    start, end = problem.position, problem.position + problem.length
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    cut_before, cut_after = "…" if start > AROUND else "", "…" if len(text) > end + AROUND else ""
    return Pointed(problem, cut_before + before, text[start:end], after + cut_after)
