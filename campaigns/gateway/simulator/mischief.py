"""The chaos in force and how much of each fault is left."""

from __future__ import annotations

from random import Random
from typing import Any

from campaigns.gateway.simulator.chaos import Chaos, Fault


class Mischief:
    """A fault with `next_n` counts down by the calls it struck; giving it anew arms it again."""

    def __init__(self, chaos: Chaos) -> None:
        self.replace(chaos)

    def replace(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self.random = Random(chaos.seed)  # noqa: S311 - chance, not secrecy
        self.left: dict[str, int] = {}
        self.arm([name for name, value in vars(chaos).items() if isinstance(value, Fault)])

    def merge(self, changes: object) -> None:
        """Raises ChaosError, then nothing is changed."""
        self.chaos = self.chaos.merged(changes)
        assert isinstance(changes, dict)
        self.arm(changes)

    def arm(self, names: Any) -> None:
        for name in names:
            fault = getattr(self.chaos, name)
            self.left.pop(name, None)
            if isinstance(fault, Fault) and fault.next_n is not None:
                self.left[name] = fault.next_n

    def strike(self, name: str, calls: str, when: str | None = None) -> Any:
        """The fault of this name if it strikes this call, else None."""
        fault = getattr(self.chaos, name)
        if fault is None or fault.calls not in (calls, "all") or (when and fault.when != when):
            return None
        if self.left.get(name, 1) <= 0 or self.random.random() >= fault.share:
            return None
        if name in self.left:
            self.left[name] -= 1
        return fault

    def as_json(self) -> dict[str, Any]:
        """The chaos, each `next_n` being what is left of it."""
        told = self.chaos.as_json()
        for name, left in self.left.items():
            told[name]["next_n"] = left
        return told
