"""Random walks over pages and API: whatever people and keys try together, nothing goes out past the rules between them.

Its size is in seconds. The seed of each round is said, so that it can be played again: `SEED=7`.
"""

from __future__ import annotations

import os
import time
from itertools import count

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.stage import database_alone
from tests.chaos.theatre import Theatre
from tests.chaos.walker import Walker

RULES = ("always", "50 people")
WALKS, STEPS = 5, 60
HOW = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    phases=(Phase.generate,) if os.environ.get("NOSHRINK") else (Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def play(theatre: Theatre, seconds: int) -> int:
    until = time.monotonic() + seconds
    Walker.simulator = theatre.simulator
    theatre.simulator.behave(reports={"lost": 1.0})
    with database_alone():
        for number in count(int(os.environ.get("SEED", "0"))):
            for rule in RULES:
                Walker.rule_of_approval = rule
                run_state_machine_as_test(seed(number)(Walker), settings=HOW)
                print(f"SEED={number}, {rule}: {Walker.sent:,} texts by now, none past the rules", flush=True)
            if time.monotonic() > until:
                return 0 if Walker.sent else 1
    raise AssertionError("never")
