"""A text as one real person after another would get it, with what is wrong with it; asked for while it is typed.

The buttons beside it work by scripts in the page, and without them by the form itself: what they ask for stands in the
request, and the page comes back with what was typed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.requests import Request
from campaigns import gsm, placeholders
from campaigns.audience import Audience, sample
from campaigns.checking.estimate import SampleText
from campaigns.ledger import reasons
from campaigns.models import Campaign, Kind, Language, Sender
from campaigns.views import trial_text
from campaigns.writing import corrections, prices
from campaigns.writing.writer import Gaps, LeftOut, Writer
from contacts.filters import BadFilter
from contacts.models import Contact, ContactGroup
from lib.phones import local_number
from lib.row_ids import row_id

Queues = list[tuple[ContactGroup, QuerySet[Contact]]]

ONLY_LOOKING = ("preview", "show", "replace", "mend", "test")
FIRST = 50
AROUND = 20
WAYS = (("previous", "Previous person"), ("next", "Next person"), ("longest", "The longest"))


@dataclass(frozen=True, slots=True)
class Pointed:
    """A problem with the words around its place."""

    problem: placeholders.Problem
    before: str
    at: str
    after: str


def only_looks(request: Request) -> bool:
    """Whether a posted form is not to be saved: somebody looks at the text, or has it changed."""
    return any(name in request.POST for name in ONLY_LOOKING)


def written(request: Request, kept: str, audience: Audience) -> str:
    """The text that was typed, with what its buttons ask for done to it; else the one that is `kept`."""
    if request.method != "POST":
        return kept
    text = request.POST.get("text", "")
    if "replace" in request.POST:
        return corrections.with_plain_twins(text, request.POST["replace"])
    if (position := row_id(request.POST.get("mend"))) is not None:
        fields = {group.name: audience.fields_of(group) for group in audience.groups}
        return corrections.with_suggestion(text, position, fields)
    return text


def preview(request: Request, audience: Audience, text: str) -> dict[str, Any]:
    """What `_preview.html` shows: the text for the person whom the request asks for, or the first one."""
    campaign, groups = audience.campaign, audience.groups
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
        "needs_phone": not request.user.phone,
        # While a text cannot be read, who was looked at is not forgotten.
        "looked_at": row_id(request.POST.get("person")),
    }
    if not plain:
        return shown
    try:
        today = timezone.localdate()
        writers = {group.pk: Writer(campaign, fields[group.name], text=text, today=today) for group in groups}
        gaps = {group.pk: Gaps(campaign, fields[group.name], text=text, today=today) for group in groups}
        if any(gaps.values()):
            readers = _readers(audience, gaps)
            problems = placeholders.lint(text, fields, {group.name: group.size for group in groups}, readers)
            shown["problems"] = [_pointed(plain, one) for one in problems]
        contact = _person(request, audience, writers)
    except (BadFilter, placeholders.PlaceholderError):
        return shown
    if contact is None:
        return shown
    unknown = any(one.code == "unknown_field" and one.blocks for one in problems)
    found = {} if unknown else _shown(campaign, contact, writers[contact.group_id], plain)
    if "test" in request.POST:
        found["tested"] = trial_text.send(request, found.get("sample"), campaign.sender)
    return shown | {"person": contact.pk, "ways": WAYS if found else (), "may_test": "sample" in found, **found}


def with_choices(campaign: Campaign, request: Request) -> Campaign:
    """The campaign, unsaved, as the form that is being filled in says: its sender, kind, language and policy too."""
    if sender := Sender.objects.filter(pk=row_id(request.POST.get("sender")) or 0, archived_at=None).first():
        campaign.sender = sender
    chosen = (("kind", Kind), ("language", Language), ("missing_values", Campaign.Missing))
    for name, known in chosen:
        if request.POST.get(name) in known.values:
            setattr(campaign, name, request.POST[name])
    return campaign


def _person(request: Request, audience: Audience, writers: dict[int, Writer]) -> Contact | None:
    """Of all groups, one after the other: the next or previous one, the one with the longest text, or the same one.

    Where nobody was looked at yet, somebody who would get a text.
    """
    today = timezone.localdate()
    queues = [(group, audience.members(group, today)) for group in audience.groups]
    show = request.POST.get("show", "")
    if show == "longest" and (longest := _longest(queues, writers)):
        return longest
    person = row_id(request.POST.get("person") or request.GET.get("person")) or 0
    in_order = [queue for _, queue in queues]
    for number, queue in enumerate(in_order):
        if not queue.filter(pk=person).exists():
            continue
        if show == "next":
            rest = [queue.filter(pk__gt=person), *in_order[number + 1 :], *in_order[: number + 1]]
        elif show == "previous":
            before = [*reversed(in_order[:number]), *reversed(in_order[number:])]
            rest = [one.reverse() for one in (queue.filter(pk__lt=person), *before)]
        else:
            rest = [queue.filter(pk=person)]
        return next((found for one in rest if (found := one.first())), None)
    return _first(queues, writers)


def _first(queues: Queues, writers: dict[int, Writer]) -> Contact | None:
    """The first who would get a text, of the first some of each group; the first of all where none of those would."""
    first = None
    for group, queue in queues:
        for contact in queue[:FIRST]:
            first = first or contact
            if not isinstance(writers[group.pk].write(contact.phone, contact.name, contact.values), LeftOut):
                return contact
    return first


def _longest(queues: Queues, writers: dict[int, Writer]) -> Contact | None:
    """Whose text is the longest, of some thousands from all over the groups."""
    longest, found = -1, None
    for group, queue in queues:
        for contact in queue.filter(pk__in=sample.ids_of(group, sample.PEOPLE // len(queues))):
            written = writers[group.pk].write(contact.phone, contact.name, contact.values)
            if not isinstance(written, LeftOut) and len(written[0]) > longest:
                longest, found = len(written[0]), contact
    return found


def _readers(audience: Audience, gaps: dict[int, Gaps]) -> dict[int, str]:
    """Who would read what empty fallbacks leave, by their places, told from some thousands from all over the groups."""
    counts: Counter[int] = Counter()
    exact = True
    for group in audience.groups:
        ids = sample.ids_of(group, sample.PEOPLE // len(audience.groups))
        found = Counter[int]()
        for contact in audience.members(group, timezone.localdate()).filter(pk__in=ids):
            found.update(gaps[group.pk].read_by(contact.phone, contact.name, contact.values))
        stands_for = max(group.size / len(ids), 1.0) if ids else 1.0
        exact = exact and stands_for == 1
        counts.update({place: round(count * stands_for) for place, count in found.items()})
    return reasons.readers_in_words(counts, exact=exact)


def _shown(campaign: Campaign, contact: Contact, writer: Writer, plain: str) -> dict[str, Any]:
    written = writer.write(contact.phone, contact.name, contact.values)
    if isinstance(written, LeftOut):
        return _left_out(campaign, contact.name or local_number(contact.phone), written)
    text, parts = written
    return {
        "sample": SampleText(contact.pk, contact.phone, contact.name, text, parts),
        "counted": gsm.count(text),
        "price": prices.price_of_part(campaign.sender) * parts,
        "costly": [(one, one.char in plain) for one in gsm.costly(text)],
        "is_special": not gsm.is_gsm(text),
    }


def _left_out(campaign: Campaign, who: str, written: LeftOut) -> dict[str, Any]:
    """What is said in place of a bubble and its price."""
    reason = reasons.reason_in_words(written.reason)
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
