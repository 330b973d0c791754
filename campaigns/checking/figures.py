"""What a campaign would come to, in figures, with texts as they would be."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

WORTH_SHORTENING = 30


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
    """Figures of the whole audience. `exact` is False where they are told from `looked_at` texts of it.

    `audience` counts texts as a run plans them, those that are left out too; `people` distinct numbers, of whom
    `reached` get a text and one `most_texts`, the number `most_to`. `merged`: rows of numbers that an earlier list has,
    `other_lists` numbers of which such a list tells rows apart by another key. `zeros`: how many of the texts say
    KES 0.00. `had`: how many people have the same text from other campaigns within a day; `too_often`: how many of
    those who are reached have had as many marketing texts within seven days as the rules allow. `examples`: for each
    reason of leaving people out some of them, by phone and name.
    """

    audience: int = 0
    people: int = 0
    reached: int = 0
    most_texts: int = 0
    most_to: str = ""
    merged: int = 0
    other_lists: int = 0
    zeros: int = 0
    had: int = 0
    too_often: int = 0
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
    def several_a_person(self) -> bool:
        """Whether somebody gets more than one of the texts."""
        return self.texts > self.reached

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
