"""A text as one real person after another would get it, with what is wrong with it; asked for while it is typed.

The buttons beside it work by scripts in the page, and without them by the form itself: what they ask for stands in the
request, and the page comes back with what was typed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.requests import Request
from campaigns import gsm, placeholders
from campaigns.audience import Audience, sample
from campaigns.checking.figures import SampleText
from campaigns.checking.outcomes import OfNumbers, Outcome
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


@dataclass(frozen=True)
class Preview:
    """A text as it is typed, and as one person would get it: `sample`, or why that person gets none: `left_out`.

    With neither it cannot be read, or nobody is there. `person` is shown, `looked_at` was before.
    """

    typed: str
    problems: list[Pointed]
    looked_at: int | None = None
    person: int | None = None
    sample: SampleText | None = None
    price: Decimal = Decimal(0)
    left_out: str = ""
    no_price: str = ""
    tested: trial_text.Tested | None = None

    @cached_property
    def counted(self) -> gsm.Parts:
        """The characters and parts of what the person gets."""
        return gsm.count(self.sample.text if self.sample else "")

    @cached_property
    def special(self) -> list[gsm.Costly]:
        """What is typed that makes a part hold 70 characters."""
        return [one for one in gsm.costly(self.typed) if one.is_special]

    @property
    def is_special(self) -> bool:
        return not gsm.is_gsm(self.sample.text) if self.sample else bool(self.special)

    @property
    def costly(self) -> list[tuple[gsm.Costly, bool]]:
        """Characters that cost more, and whether they were typed; the others are the person's own values."""
        if self.sample is None:
            return [(one, True) for one in self.special]
        return [(one, one.char in self.typed) for one in gsm.costly(self.sample.text)]

    @property
    def several_replaceable(self) -> bool:
        return sum(one.twin is not None and not one.is_letter for one in self.special) > 1

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """To other people, once somebody's text could be written."""
        return WAYS if self.sample or self.left_out else ()


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


def preview(request: Request, audience: Audience, text: str) -> Preview:
    """The text for the person whom the request asks for, or the first one; sent to one's own phone where it asks."""
    groups = audience.groups
    fields = {group.name: audience.fields_of(group) for group in groups}
    sizes = {group.name: group.size for group in groups}
    plain = placeholders.normalised(text)
    problems = placeholders.lint(text, fields, sizes) if text.strip() else []
    # While a text cannot be read, who was looked at is not forgotten.
    looked_at = row_id(request.POST.get("person"))
    unread = Preview(plain, _pointed(plain, problems), looked_at=looked_at)
    if not plain:
        return unread
    today = timezone.localdate()
    try:
        writers = {one.pk: Writer(audience.campaign, fields[one.name], text=text, today=today) for one in groups}
        gaps = {one.pk: Gaps(audience.campaign, fields[one.name], text=text, today=today) for one in groups}
        if any(gaps.values()):
            problems = placeholders.lint(text, fields, sizes, _readers(audience, gaps))
        of_numbers = OfNumbers(audience, today, text) if audience.by_number else None
        contact = _person(request, audience, writers, of_numbers)
    except (BadFilter, placeholders.PlaceholderError):
        return unread
    seen = replace(unread, problems=_pointed(plain, problems), person=contact.pk if contact else None)
    if contact is None:
        return seen
    if not any(one.code == "unknown_field" and one.blocks for one in problems):
        outcome = (
            _of_number(of_numbers, audience, contact)
            if of_numbers
            else _of_person(audience, contact, writers[contact.group_id], seen.typed)
        )
        seen = _as_written(seen, audience.campaign, outcome)
    if "test" in request.POST:
        seen = replace(seen, tested=trial_text.send(request, seen.sample, audience.campaign))
    return seen


def with_choices(campaign: Campaign, request: Request) -> Campaign:
    """The campaign, unsaved, as the form that is being filled in says: its sender, kind, language and policy too."""
    if sender := Sender.objects.filter(pk=row_id(request.POST.get("sender")) or 0, archived_at=None).first():
        campaign.sender = sender
    chosen = (
        ("kind", Kind),
        ("language", Language),
        ("missing_values", Campaign.Missing),
        ("old_values", Campaign.OldValues),
        ("one_text_for", Campaign.OneTextFor),
    )
    for name, known in chosen:
        if request.POST.get(name) in known.values:
            setattr(campaign, name, request.POST[name])
    return campaign


def _person(
    request: Request, audience: Audience, writers: dict[int, Writer], of_numbers: OfNumbers | None
) -> Contact | None:
    """Of all groups, one after the other: the next or previous one, the one with the longest text, or the same one.

    Where nobody was looked at yet, somebody who would get a text.
    """
    queues = [(group, _queue(audience, group)) for group in audience.groups]
    show = request.POST.get("show", "")
    if show == "longest":
        longest = _longest_of_numbers(audience, of_numbers) if of_numbers else _longest(queues, writers)
        if longest:
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


def _queue(audience: Audience, group: ContactGroup) -> QuerySet[Contact]:
    """Whose texts are looked at one after the other: where a number gets one text, its first row stands for all."""
    members = audience.members(group, timezone.localdate())
    if not group.is_keyed or audience.campaign.texts_each_row:
        return members
    return members.filter(~Exists(members.order_by().filter(phone=OuterRef("phone"), pk__lt=OuterRef("pk"))))


def _first(queues: Queues, writers: dict[int, Writer]) -> Contact | None:
    """The first who would get a text, of the first some of each group; the first of all where none of those would."""
    first = None
    for group, queue in queues:
        for contact in queue[:FIRST]:
            first = first or contact
            if contact.not_updated:
                continue
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


def _longest_of_numbers(audience: Audience, of_numbers: OfNumbers) -> Contact | None:
    """The same where a number may have several rows."""
    longest, found = -1, None
    for some in sample.number_samples(audience, timezone.localdate()):
        for rows in some.numbers:
            for one in of_numbers.of(rows).texts:
                if not one.reason and len(one.text) > longest:
                    longest, found = len(one.text), one.contact
    return Contact.objects.filter(pk=found).first() if found else None


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


def _of_person(audience: Audience, contact: Contact, writer: Writer, text: str) -> Outcome:
    not_updated = audience.not_updated(Contact.objects.filter(pk=contact.pk), text).get(contact.pk)
    written = LeftOut(not_updated) if not_updated else writer.write(contact.phone, contact.name, contact.values)
    if isinstance(written, LeftOut):
        return Outcome(contact.pk, contact.phone, contact.name, reason=written.reason)
    return Outcome(contact.pk, contact.phone, contact.name, *written)


def _of_number(of_numbers: OfNumbers, audience: Audience, contact: Contact) -> Outcome:
    """The text in which this row comes; of a row whose number an earlier list has, the first that goes there."""
    (rows,) = sample.rows_of(audience, timezone.localdate(), [contact.phone])
    texts = of_numbers.of(rows).texts
    return next((one for one in texts if one.contact == contact.pk), texts[0])


def _as_written(seen: Preview, campaign: Campaign, outcome: Outcome) -> Preview:
    """With what this person would get, or why nothing."""
    contact, phone, name, text, parts, reason, _ = outcome
    if not reason:
        sample = SampleText(contact, phone, name, text, parts)
        return replace(seen, sample=sample, price=prices.price_of_part(campaign.sender) * parts)
    who, why = name or local_number(phone), reasons.reason_in_words(reason)
    if reason.startswith("missing:") and campaign.missing_values == Campaign.Missing.BLOCK:
        why, no_price = f"{who} {why}, and you chose to send nothing then.", "Nothing would be sent or paid."
    else:
        why, no_price = f"{who} would be left out: {why}.", f"No text goes to {who}, so nothing is paid."
    return replace(seen, left_out=why, no_price=no_price)


def _pointed(text: str, problems: list[placeholders.Problem]) -> list[Pointed]:
    return [_point_at(text, one) for one in problems]


def _point_at(text: str, problem: placeholders.Problem) -> Pointed:
    start, end = problem.position, problem.position + problem.length
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    cut_before, cut_after = "…" if start > AROUND else "", "…" if len(text) > end + AROUND else ""
    return Pointed(problem, cut_before + before, text[start:end], after + cut_after)
