"""What becomes of a text, and which reports tell of it: chances in, plans out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from struct import Struct
from typing import NamedTuple

from campaigns.gateway.simulator.chaos import Chaos
from campaigns.gateway.simulator.outcomes import INTERIM, OUTCOMES, UNKNOWN

NUMBERS = Struct("<10I")
REPEATED_AFTER = 0.2  # seconds between two postings of one report


class Chances(NamedTuple):
    """Evenly spread numbers of 0 up to 1, one for each question about a text."""

    refused: float
    outcome: float
    delay: float
    early: float
    late: float
    lost: float
    interim: float
    out_of_order: float
    unknown: float
    spare: float


def chances(key: str) -> Chances:
    """Always the same for the same key."""
    digest = blake2b(key.encode(), digest_size=NUMBERS.size).digest()
    return Chances._make([part / 4294967296 for part in NUMBERS.unpack(digest)])


class Fate(NamedTuple):
    """How a text ends and how many seconds after it was accepted; `told_early` is before the call is answered."""

    description: str
    after: float
    told_early: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """One report to post: this many seconds after acceptance, about something that happened `of` seconds after it."""

    after: float
    description: str
    of: float


@lru_cache(maxsize=32)
def steps(mix: tuple[tuple[str, float], ...]) -> tuple[tuple[float, str], ...]:
    total = sum(weight for _, weight in mix)
    sums = accumulate(weight / total for _, weight in mix)
    return tuple((upto, OUTCOMES[name]) for upto, (name, weight) in zip(sums, mix, strict=True) if weight)


def fate_of(chaos: Chaos, chance: Chances, held: float = 0.0) -> Fate:
    """`held` is how many seconds the text waits for the moment it was to be sent at."""
    table = steps(tuple(chaos.mix.items()))
    description = next((name for upto, name in table if chance.outcome < upto), table[-1][1])
    if chance.unknown < chaos.reports.unknown:
        description = UNKNOWN
    if chance.early < chaos.reports.early and not held:
        return Fate(description, 0.0, True)
    least, most = chaos.report_delay
    return Fate(description, held + least + chance.delay * (most - least), False)


def tellings(chaos: Chaos, chance: Chances, fate: Fate) -> Iterator[Telling]:
    """The reports to post about a text, lost ones left out."""
    reports = chaos.reports
    if chance.lost < reports.lost:
        return
    after = fate.after
    if reports.late and chance.late < reports.late.share:
        after += reports.late.seconds
    if chance.interim < reports.interim:
        yield Telling(after / 2, INTERIM, fate.after / 2)
    for time in range(reports.repeat):
        yield Telling(after + time * REPEATED_AFTER, fate.description, fate.after)
    if chance.out_of_order < reports.out_of_order:
        yield Telling(after + REPEATED_AFTER, INTERIM, fate.after / 2)
