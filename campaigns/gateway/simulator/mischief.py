"""The chaos in force, how much of each fault is left, and how often each struck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any

from campaigns.gateway.simulator.chaos import Chaos, Fault


class Mischief:
    """A fault with `next_n` counts down by the calls it struck; giving it anew arms it again."""

    def __init__(self, chaos: Chaos) -> None:
        self.struck: Counter[str] = Counter()
        self.replace(chaos)

    def replace(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self.random = Random(chaos.seed)  # noqa: S311 - chance, not secrecy
        self.left: dict[tuple[str, int], int] = {}
        self.arm(vars(chaos))

    def merge(self, changes: object) -> None:
        """Raises ChaosError, then nothing is changed."""
        self.chaos = self.chaos.merged(changes)
        assert isinstance(changes, dict)
        self.arm(changes)

    def arm(self, names: Iterable[str]) -> None:
        for name in names:
            self.left = {key: left for key, left in self.left.items() if key[0] != name}
            for place, fault in enumerate(self.faults(name)):
                if fault.next_n is not None:
                    self.left[name, place] = fault.next_n

    def faults(self, name: str) -> list[Fault]:
        given = getattr(self.chaos, name)
        return [each for each in (given if isinstance(given, tuple) else [given]) if isinstance(each, Fault)]

    def strike(self, name: str, calls: str, when: str | None = None) -> Any:
        """The fault of this name if one strikes this call, else None."""
        for place, fault in enumerate(self.faults(name)):
            if fault.calls not in (calls, "all") or (when and getattr(fault, "when", when) != when):
                continue
            if self.left.get((name, place), 1) <= 0 or self.random.random() >= fault.share:
                continue
            if (name, place) in self.left:
                self.left[name, place] -= 1
            self.struck[f"{name} {fault.variety}".strip()] += 1
            return fault
        return None

    def as_json(self) -> dict[str, Any]:
        """The chaos, each `next_n` being what is left of it."""
        told = self.chaos.as_json()
        for (name, place), left in self.left.items():
            each = told[name][place] if isinstance(told[name], list | tuple) else told[name]
            each["next_n"] = left
        return told
