"""How far a run has come, in figures and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.audience import audience_of, retries
from campaigns.ledger.reasons import reasons_in_words
from campaigns.ledger.tallies import Totals, totals, totals_of
from campaigns.models import Campaign, Message, Run
from campaigns.models.run import latest_run
from campaigns.reporting import hold_ups
from campaigns.reporting.hold_ups import HoldUp
from campaigns.sending.doubt import Doubt, doubt_of
from lib.counts import people_in_words

Status = Message.Status
SENT = (Status.ACCEPTED, Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED)
BAR = (
    (Status.DELIVERED, "Delivered"),
    (Status.ACCEPTED, "Sent, no report yet"),
    (Status.UNDELIVERED, "Not delivered"),
    (Status.EXPIRED, "No report"),
    (Status.REJECTED, "Refused"),
    (Status.UNCERTAIN, "Not known"),
    (Status.UNKNOWN, "Not known, left"),
    (Status.QUEUED, "Waiting"),
    (Status.CANCELLED, "Cancelled"),
    (Status.SKIPPED, "Left out"),
)


@dataclass(frozen=True)
class Slice:
    """One piece of the bar: a status with how many people and what share of all, in percent."""

    status: str
    label: str
    count: int
    percent: str


@dataclass(frozen=True)
class Reason:
    code: str
    words: str
    count: int


@dataclass(frozen=True)
class Progress:
    """A campaign's latest run as its page shows it; `run` is None before it is launched."""

    campaign: Campaign
    run: Run | None
    tally: Totals
    slices: list[Slice]
    left_out: list[Reason]
    failures: list[Reason]
    doubt: Doubt | None
    wait: HoldUp | None

    @property
    def number(self) -> str:
        """The run's, as addresses and forms name it: without the marks that set thousands apart."""
        return str(self.run.pk) if self.run else ""

    @property
    def sent(self) -> int:
        return sum(self.tally.counts[status] for status in SENT)

    @property
    def uncertain(self) -> int:
        return self.tally.counts[Status.UNCERTAIN]

    @property
    def passing(self) -> int:
        """How many failed for a reason that passes."""
        return retries.passing(self.tally.failures)

    @property
    def lacking(self) -> int:
        """How many were left out for want of a value."""
        return retries.lacking(self.tally.left_out)

    @property
    def awaiting_reports(self) -> bool:
        return self.tally.counts[Status.ACCEPTED] > 0

    @property
    def is_moving(self) -> bool:
        """Whether the page should ask again: something may still change by itself within minutes."""
        if self.run is None:
            return False
        if self.run.status in (Run.Status.SCHEDULED, Run.Status.PLANNING, Run.Status.PLANNED, Run.Status.SENDING):
            return True
        if self.run.status == Run.Status.CANCELLED and self.tally.counts[Status.QUEUED]:
            return True
        return self.awaiting_reports

    @property
    def is_sending(self) -> bool:
        return self.run is not None and self.run.status == Run.Status.SENDING

    @property
    def may_pause(self) -> bool:
        return self.run is not None and self.run.status in (Run.Status.PLANNED, Run.Status.SENDING)

    @property
    def may_resume(self) -> bool:
        return self.run is not None and self.run.status in (Run.Status.PAUSED, Run.Status.HALTED, Run.Status.HELD)

    @property
    def may_cancel(self) -> bool:
        return self.run is not None and not self.run.is_over

    @property
    def has_not_begun(self) -> bool:
        """Whether it goes once, is to go, and could still be changed: nothing of it was sent."""
        return self.campaign.is_active and not self.campaign.recurs and self.run is not None and self.run.has_not_begun

    @property
    def would_reach(self) -> str:
        """What does not go if it is not sent: "these 1,204 texts"; to how many at most where it is not prepared yet."""
        if waiting := self.tally.counts[Status.QUEUED]:
            return "this one text" if waiting == 1 else f"these {waiting:,} texts"
        most = audience_of(self.campaign).reach
        return f"to up to {people_in_words(most)}"

    @property
    def may_be_steered(self) -> bool:
        """Whether its page offers to steer this run; what recurs is steered as a whole, but for a run that halted."""
        return not self.campaign.recurs or self.is_halted

    @property
    def is_halted(self) -> bool:
        return self.run is not None and self.run.status in (Run.Status.HALTED, Run.Status.HELD)

    @property
    def is_held(self) -> bool:
        return self.run is not None and self.run.status == Run.Status.HELD

    @property
    def sentence(self) -> str:
        """The first thing that the page says."""
        run = self.run
        if run is None:
            return "This campaign has not been sent."
        if run.status == Run.Status.SCHEDULED:
            begins = run.is_due and self.campaign.status == Campaign.Status.ACTIVE
            return "It is about to begin." if begins else "It waits for its time."
        if run.status == Run.Status.SKIPPED:
            return "This one was left out: nothing was sent."
        if run.status == Run.Status.PLANNING:
            return f"The texts are being prepared: {run.audience:,} so far."
        if run.status == Run.Status.CANCELLED and not self.tally.audience:
            return "It was cancelled before it began: nothing was sent."
        sent = f"Sent to {self.sent:,} of {self.tally.audience:,}."
        if self.tally.has_siblings:
            sent = f"{self.reach[0].upper()}{self.reach[1:]}. Sent {self.sent:,}."
        sentences = [sent]
        if skipped := self.tally.counts[Status.SKIPPED]:
            reasons = ", ".join(f"{one.count:,} {_plural(one)}" for one in self.left_out)
            sentences.append(f"{skipped:,} left out: {reasons}.")
        if self.uncertain:
            sentences.append(f"Of {self.uncertain:,} it is not known whether they went out.")
        return " ".join(sentences)

    @property
    def reach(self) -> str:
        """Whom its texts are for: "1,050 people", and how many texts where somebody gets several."""
        people = people_in_words(self.tally.people)
        return f"{self.tally.audience:,} texts to {people}" if self.tally.has_siblings else people


def progress_of(campaign: Campaign, number: int | None = None) -> Progress:
    """The progress of the campaign's latest run, or of the run of that id, from tallies alone."""
    run = latest_run(campaign, number)
    tally = totals(run) if run else Totals()
    doubt = doubt_of(run) if run and tally.counts[Status.UNCERTAIN] else None
    return _progress(campaign, run, tally, doubt, hold_ups.hold_up_of(run) if run else None)


def brief_progress(runs: Sequence[Run]) -> list[Progress]:
    """Of several runs, for their sentences: what they wait for, and what may be done about doubt, is not looked for."""
    tallies = totals_of(runs)
    return [_progress(run.campaign, run, tallies[run.pk], None, None) for run in runs]


def _progress(campaign: Campaign, run: Run | None, tally: Totals, doubt: Doubt | None, wait: HoldUp | None) -> Progress:
    slices = [
        Slice(status.value, label, tally.counts[status], f"{100 * tally.counts[status] / tally.audience:.2f}")
        for status, label in BAR
        if tally.counts[status]
    ]
    return Progress(campaign, run, tally, slices, _reasons(tally.left_out), _reasons(tally.failures), doubt, wait)


def _reasons(counts: dict[str, int]) -> list[Reason]:
    """The most frequent first."""
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    words = reasons_in_words(counts)
    return [Reason(code, words[code], count) for code, count in ordered]


def _plural(reason: Reason) -> str:
    return reason.words.replace("has no ", "have no ", 1) if reason.count != 1 else reason.words
