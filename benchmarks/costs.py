"""What things cost, beside what they cost in the last release (released.json)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from benchmarks.machine import unit

RELEASED = Path(__file__).with_name("released.json")


@dataclass(frozen=True)
class Cost:
    """An amount of something; the processor's in units of fixed work (`machine.unit`), so that machines compare."""

    what: str
    amount: float
    unit: str

    @property
    def name(self) -> str:
        return f"{self.what}, {self.unit}"


def show(costs: Iterable[Cost], out: TextIO) -> None:
    released = json.loads(RELEASED.read_text()) if RELEASED.exists() else {"version": "none", "costs": {}}
    out.write(f"\n{'cost':<64}{'now':>12}{released['version']:>12}{'ratio':>8}\n")
    for cost in costs:
        before = released["costs"].get(cost.name)
        beside = f"{before:>12,.1f}{cost.amount / before:>8.2f}" if before else f"{'-':>12}"
        out.write(f"{cost.name:<64}{cost.amount:>12,.1f}{beside}\n")
    out.write(f"a unit of the processor took {unit() * 1000:,.0f} ms of it here just now\n")


def keep(costs: Iterable[Cost], version: str) -> None:
    """Make these the figures of the last release, to be done when one is made."""
    kept = {"version": version, "costs": {cost.name: round(cost.amount, 1) for cost in costs}}
    RELEASED.write_text(json.dumps(kept, indent=2) + "\n")
