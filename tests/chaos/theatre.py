"""What a scene is played with: the gateway, the web server's port, and the reports that the gateway was told OK for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from campaigns.gateway.simulator.process import SimulatorProcess


@dataclass(frozen=True)
class Theatre:
    simulator: SimulatorProcess
    port: int
    journal: Path

    def acknowledged(self) -> Counter[tuple[str, ...]]:
        """How often each report, as (gateway's id, phone, description), was answered OK."""
        with self.journal.open() as lines:
            return Counter(tuple(line.rstrip("\n").split(" ", 2)) for line in lines)
