"""What a campaign would come to if it went now: who is left out and why, parts, price, and texts as they would be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from campaigns import audience, prices
from campaigns.audience import Person
from campaigns.models import Campaign
from campaigns.texts import LeftOut, Writer

LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One person's text as it would be."""

    phone: str
    name: str
    text: str
    parts: int


@dataclass
class Estimate:
    """Figures of the people looked at. `exact` is False where there are more of them than were looked at."""

    people: int = 0
    merged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    by_parts: Counter[int] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    samples: list[Sample] = field(default_factory=list)
    longest: Sample | None = None
    exact: bool = True

    @property
    def texts(self) -> int:
        return sum(self.by_parts.values())

    @property
    def parts(self) -> int:
        return sum(parts * people for parts, people in self.by_parts.items())

    @property
    def missing(self) -> int:
        """How many are left out because they have no value for a field of the text."""
        return sum(count for reason, count in self.left_out.items() if reason.startswith("missing:"))


def estimate(campaign: Campaign, day: date, limit: int = LOOKED_AT, stage: str | None = None) -> Estimate:
    """Look at the first `limit` people of the audience, as planning would. Raises what the text or filter raises.

    Of a reminder those whom `stage` means on `day`; without a stage everybody, whatever their date.
    """
    found = Estimate()
    seen: set[str] = set()
    groups = audience.groups_of(campaign)
    price = prices.of_part(campaign.sender)
    for group in groups:
        writer = Writer(campaign, audience.fields_of(group), text=campaign.text, today=day)
        with transaction.atomic():
            for people in audience.read(campaign, group, groups, day, after=0, connection=connection, stage=stage):
                for person in people:
                    if len(seen) >= limit:
                        found.exact = False
                        break
                    if person.phone in seen:
                        found.merged += 1
                        continue
                    seen.add(person.phone)
                    _look_at(found, person, writer, price)
                if not found.exact:
                    break
    found.people = len(seen)
    return found


def _look_at(found: Estimate, person: Person, writer: Writer, price: Decimal) -> None:
    written = LeftOut(person.left_out) if person.left_out else writer.write(person.phone, person.name, person.values)
    if isinstance(written, LeftOut):
        found.left_out[written.reason] += 1
        return
    text, parts = written
    found.by_parts[parts] += 1
    found.cost += price * parts
    sample = Sample(person.phone, person.name, text, parts)
    if found.longest is None or len(text) > len(found.longest.text):
        found.longest = sample
    if len(found.samples) < 3:
        found.samples.append(sample)
