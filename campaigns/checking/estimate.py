"""What a campaign would come to if it went now: who is left out and why, parts, price, and texts as they would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection, transaction

from campaigns import gsm
from campaigns.audience import Audience, Person
from campaigns.audience.sample import samples
from campaigns.checking.said import had_it, runs_saying_the_same
from campaigns.writing import prices
from campaigns.writing.writer import LeftOut, Writer, Zeros
from contacts.models import ContactGroup

K = TypeVar("K")

SHOWN = 3
EXAMPLES = 50
WORTH_SHORTENING = 30


class NoLongerWanted(Exception):
    """The draft was changed meanwhile: leave it, the new figures are asked for anew."""


@dataclass(frozen=True, slots=True)
class SampleText:
    """One person's text as it would be."""

    contact: int
    phone: str
    name: str
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Shortening:
    """Take `units` characters off the text, and `people` need one part less; `to_one`: they then need only one."""

    units: int
    people: int
    to_one: bool


@dataclass
class Estimate:
    """Figures of the whole audience. `exact` is False where they are told from `looked_at` people of it.

    `zeros`: how many of the texts say KES 0.00. `had`: how many people have the same text from other campaigns within a
    day. `examples`: for each reason of leaving people out some of them, by phone and name.
    """

    people: int = 0
    merged: int = 0
    zeros: int = 0
    had: int = 0
    looked_at: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    by_parts: Counter[int] = field(default_factory=Counter)
    over: Counter[tuple[int, int]] = field(default_factory=Counter)
    price: Decimal = Decimal(0)
    samples: list[SampleText] = field(default_factory=list)
    longest: SampleText | None = None
    examples: dict[str, list[list[str]]] = field(default_factory=dict)
    exact: bool = True

    @property
    def texts(self) -> int:
        return sum(self.by_parts.values())

    @property
    def parts(self) -> int:
        return sum(parts * people for parts, people in self.by_parts.items())

    @property
    def cost(self) -> Decimal:
        return self.price * self.parts

    @property
    def missing(self) -> int:
        """How many are left out because they have no value for a field of the text."""
        return sum(count for reason, count in self.left_out.items() if reason.startswith("missing:"))

    @property
    def not_updated(self) -> int:
        """How many are left out because a value that the campaign goes by was not updated."""
        return sum(count for reason, count in self.left_out.items() if reason.startswith("not_updated:"))

    @property
    def left_out_for_zeros(self) -> int:
        """How many are left out because they would read KES 0.00."""
        return sum(count for reason, count in self.left_out.items() if reason.startswith("zero:"))

    @property
    def costlier(self) -> int:
        """How many people's texts need more parts than most people's."""
        if not self.by_parts:
            return 0
        usual = self.by_parts.most_common(1)[0][0]
        return sum(people for parts, people in self.by_parts.items() if parts > usual)

    @property
    def shortening(self) -> Shortening | None:
        """The fewest characters that spare most of those who are a little over a part; None where few are."""
        within = Counter[int]()
        for (_, units), people in self.over.items():
            if units <= WORTH_SHORTENING:
                within[units] += people
        units, spared = 0, 0
        for units in sorted(within):
            spared += within[units]
            if spared * 10 >= sum(within.values()) * 8:
                break
        if not spared or spared * 100 < self.texts:
            return None
        to_one = all(parts == 2 for (parts, over) in self.over if over <= units)
        return Shortening(units, spared, to_one)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        # A counter's own `asdict` would count its pairs.
        return vars(self) | {
            "price": str(self.price),
            "by_parts": list(self.by_parts.items()),
            "over": [[parts, units, people] for (parts, units), people in self.over.items()],
            "samples": [asdict(one) for one in self.samples],
            "longest": asdict(self.longest) if self.longest else None,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Estimate:
        """The one that `as_json` gave."""
        return cls(
            **kept
            | {
                "price": Decimal(kept["price"]),
                "left_out": Counter(kept["left_out"]),
                "by_parts": Counter(dict(kept["by_parts"])),
                "over": Counter({(parts, units): people for parts, units, people in kept["over"]}),
                "samples": [SampleText(**one) for one in kept["samples"]],
                "longest": SampleText(**kept["longest"]) if kept["longest"] else None,
            }
        )


def estimate_exactly(audience: Audience, day: date, wanted: Callable[[], bool] = lambda: True) -> Estimate:
    """Look at everybody, as planning would. Raises what the text or filter raises, and NoLongerWanted.

    `wanted` is asked now and then.
    """
    found = Estimate(price=prices.price_of_part(audience.campaign.sender))
    groups, said = audience.groups, _said(audience)
    for number, group in enumerate(groups):
        writer, zeros = _writer(audience, group, day), _zeros(audience, group, day)
        for people in _read(audience, group, day):
            if not wanted():
                raise NoLongerWanted
            kept = people
            if number:
                phones = [one.phone for one in people]
                earlier = audience.phones_among(groups[:number], day, phones)
                kept = [one for one in people if one.phone not in earlier]
            found.merged += len(people) - len(kept)
            _look_at(found, kept, writer, zeros, said)
    found.looked_at = found.people
    return found


def estimate_from_sample(audience: Audience, day: date) -> Estimate:
    """Look at some thousands of people and tell of all. Raises what the text or filter raises."""
    whole, said = Estimate(price=prices.price_of_part(audience.campaign.sender)), _said(audience)
    for sample in samples(audience, day):
        found = Estimate()
        _look_at(found, sample.people, _writer(audience, sample.group, day), _zeros(audience, sample.group, day), said)
        whole.looked_at += found.people
        whole.exact = whole.exact and sample.stands_for == 1
        whole.people += round(found.people * sample.stands_for)
        whole.merged += round(sample.merged * sample.stands_for)
        whole.zeros += round(found.zeros * sample.stands_for)
        whole.had += round(found.had * sample.stands_for)
        _add(whole.left_out, found.left_out, sample.stands_for)
        _add(whole.by_parts, found.by_parts, sample.stands_for)
        _add(whole.over, found.over, sample.stands_for)
        for reason, people in found.examples.items():
            whole.examples[reason] = (whole.examples.get(reason, []) + people)[:EXAMPLES]
        whole.samples = (whole.samples + found.samples)[:SHOWN]
        if found.longest and (whole.longest is None or len(found.longest.text) > len(whole.longest.text)):
            whole.longest = found.longest
    return whole


def _add(counts: Counter[K], of_sample: Counter[K], stands_for: float) -> None:
    for key, count in of_sample.items():
        counts[key] += round(count * stands_for)


def _writer(audience: Audience, group: ContactGroup, day: date) -> Writer:
    return Writer(audience.campaign, audience.fields_of(group), text=audience.campaign.text, today=day)


def _zeros(audience: Audience, group: ContactGroup, day: date) -> Zeros:
    return Zeros(audience.campaign, audience.fields_of(group), text=audience.campaign.text, today=day)


def _said(audience: Audience) -> list[int]:
    return list(runs_saying_the_same(audience.campaign).values_list("pk", flat=True))


def _read(audience: Audience, group: ContactGroup, day: date) -> Iterator[list[Person]]:
    with transaction.atomic():
        yield from audience.read(group, day, connection=connection)


def _look_at(found: Estimate, people: Iterable[Person], writer: Writer, zeros: Zeros, said: list[int]) -> None:
    left_out, by_parts, over = found.left_out, found.by_parts, found.over
    texted: list[str] = []
    longest = len(found.longest.text) if found.longest else 0
    for person in people:
        found.people += 1
        written = (
            LeftOut(person.left_out) if person.left_out else writer.write(person.phone, person.name, person.values)
        )
        if isinstance(written, LeftOut):
            left_out[written.reason] += 1
            if left_out[written.reason] <= EXAMPLES:
                found.examples.setdefault(written.reason, []).append([person.phone, person.name])
            continue
        text, parts = written
        texted.append(person.phone)
        by_parts[parts] += 1
        found.zeros += zeros.read_by(person.phone, person.name, person.values)
        if parts > 1:
            over[parts, gsm.over(text)] += 1
        if len(text) > longest or len(found.samples) < SHOWN:
            sample = SampleText(person.contact, person.phone, person.name, text, parts)
            if len(text) > longest:
                longest, found.longest = len(text), sample
            if len(found.samples) < SHOWN:
                found.samples.append(sample)
    found.had += had_it(said, texted)
