"""Bulks of reports and settlements over the same people's batches at once: totals are the rows, whoever met.

Two that send and write down what came of it, two that apply reports, one that sends again what is not known, one that
learns of dead numbers. Where two wait for each other PostgreSQL ends one of them; whoever that was must have begun
anew, so its count of such ends and ours are compared.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone

from campaigns import delivery, planning
from campaigns.actions import resolve
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, DeliveryReport, Gate, Run
from campaigns.models.transitions import NotPossible
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from contacts.models import ContactGroup
from contacts.opt_outs import from_delivery
from tests.calls import CALL, Beside, report, texts_of, wrong_tallies
from tests.chaos.stage import database_alone
from tests.chaos.theatre import Theatre
from tests.makers import make_campaign, make_run, make_siblings_group

# Rows, of which that share are two to a number.
PEOPLE, SIBLINGS = 1_000, 1 / 3
SECONDS, SECONDS_SMALL = 30.0, 5.0
DEADLOCKS = "SELECT pg_stat_force_next_flush(), deadlocks FROM pg_stat_database WHERE datname = current_database()"

T = TypeVar("T")


def play(theatre: Theatre, texts: int) -> int:
    with database_alone():
        group = make_siblings_group(PEOPLE, SIBLINGS)
        rush = Rush([sending_run(group) for _ in range(texts // PEOPLE)], SECONDS if texts > 10_000 else SECONDS_SMALL)
        return rush.play()


class Rush:
    def __init__(self, runs: list[Run], seconds: float) -> None:
        self.runs, self.seconds = runs, seconds
        self.phones = sorted(set(runs[0].messages.values_list("phone", flat=True)))
        self.done: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.counting = threading.Lock()

    def play(self) -> int:
        self.until = time.monotonic() + self.seconds
        told = logging.getLogger("lib.deadlocks")
        told.setLevel(logging.WARNING)
        told.addHandler(BegunAnew(self))
        acts = [self.send, self.send, self.apply, self.apply, self.look_again, self.learn]
        for worker in [Beside(act) for act in acts]:
            worker.join(self.seconds + 60)
        while DeliveryReport.objects.filter(state="new").exists():
            self.again("at the end", delivery.apply_waiting)
        wrongs = {
            "batches whose tally is not the count of rows": len(wrong_tallies()),
            "reports neither applied nor waiting for their text": DeliveryReport.objects.exclude(
                state__in=["applied", "waiting"]
            ).count(),
            "deadlocks that nobody began anew after": abs(deadlocks() - self.ended.total()),
        }
        print(f"{self.seconds:.0f} s over {len(self.runs)} runs to the same {PEOPLE} rows\n")
        for what, count in {
            **self.done,
            **{f"begun anew after a deadlock: {who}": n for who, n in self.ended.items()},
        }.items():
            print(f"{what:<62}{count:>10,}")
        print(f"\n{'must be 0':<62}")
        for what, count in wrongs.items():
            print(f"{what:<62}{count:>10,}{'' if count == 0 else '   <-- WRONG'}")
        return 1 if any(wrongs.values()) or not all(self.done.values()) else 0

    def count(self, what: str, number: int, among: Counter[str]) -> None:
        with self.counting:
            among[what] += number

    def again(self, who: str, act: Callable[[], T]) -> T:
        """Until the database takes it, as workers and the tick do."""
        while True:
            try:
                return act()
            except OperationalError as error:
                if "deadlock" not in str(error):
                    raise
                self.count(who, 1, self.ended)

    def send(self) -> None:
        while time.monotonic() < self.until and (claim := claim_next(CALL)):
            mark_posted(claim)
            texts = texts_of(claim)
            half = len(texts) // 2
            # They overtake the answer and wait for it, in no order; the settlement has them looked at again.
            early = [report(one, gateway_id=f"g{one.pk}") for one in texts[:half]]
            early += [report(one, "MessageWaiting", gateway_id=f"g{one.pk}") for one in texts[half // 2 :]]
            random.shuffle(early)
            delivery.store(early)
            results = [Result(one.pk, "accepted", gateway_id=f"g{one.pk}") for one in texts[::2]]
            self.again("settling", lambda claim=claim, results=results: settle.settle(claim, results))
            late = [report(one, "UserNotExist", gateway_id=f"g{one.pk}") for one in texts[half // 3 :]]
            delivery.store(late)
            self.count("calls settled", 1, self.done)
            self.count("reports that came", len(early) + len(late), self.done)

    def apply(self) -> None:
        while time.monotonic() < self.until:
            looked_at = self.again("applying", lambda: delivery.apply_waiting(limit=500))
            self.count("reports looked at", looked_at, self.done)

    def look_again(self) -> None:
        """What waits is due at once, as after a minute in life; what is not known is sent again."""
        turn = 0
        while time.monotonic() < self.until:
            self.again("looking again", self.make_due)
            Gate.objects.update(doubt_clock=F("doubt_clock") + 10_000)
            turn += 1
            campaign = self.runs[turn % len(self.runs)].campaign
            try:
                again = resolve.resend_uncertain(campaign, everybody=True)
                self.count("texts sent again", again, self.done)
            except NotPossible:
                continue

    def learn(self) -> None:
        """As refusals of single numbers teach it."""
        while time.monotonic() < self.until:
            self.again("learning", lambda: from_delivery.record_failures(self.phones[::5], timezone.localdate()))
            self.count("times that dead numbers were learnt", 1, self.done)
            time.sleep(0.01)

    def make_due(self) -> int:
        return DeliveryReport.objects.filter(state="waiting").update(next_try_at=timezone.now())


class BegunAnew(logging.Handler):
    """Counts what the portal itself has begun anew."""

    def __init__(self, rush: Rush) -> None:
        super().__init__()
        self.rush = rush

    def emit(self, record: logging.LogRecord) -> None:
        self.rush.count("sending again", 1, self.rush.ended)


def sending_run(group: ContactGroup) -> Run:
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE, one_text_for=Campaign.OneTextFor.ROW))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
    return run


def deadlocks() -> int:
    """What PostgreSQL has counted; each session tells it of its own at its next chance."""
    time.sleep(1.5)
    with connection.cursor() as cursor:
        cursor.execute(DEADLOCKS)
        return cursor.fetchone()[1]
