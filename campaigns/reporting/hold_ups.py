"""What a run that is being sent waits for, and until when: told beside its status, kept nowhere.

The claim decides by the same rows under its lock (`campaigns/sql/claim_next.sql`); this only explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Min
from django.utils import timezone

from campaigns.models import Batch, Gate, Kind, Rules, Run
from campaigns.models.rules import next_time

# A wait shorter than this is the ordinary pace of things and not worth a word.
WORTH_A_WORD = timedelta(seconds=5)
# The tick comes every 3 seconds; without it nothing is begun any more, though calls under way come to their end.
SILENCE = timedelta(seconds=30)

WORDS = {
    "stop": "all sending is stopped",
    "workers": "the portal's own workers have not been heard of for a while; whoever runs it should look at them",
    "gateway": "Q SMS asked us to wait",
    "rest": "Q SMS does not answer well; nothing is sent for a while, then it is asked how it is",
    "quiet_hours": "marketing does not go out in quiet hours",
    "daily_limit": "the spending limit of the day is reached",
    "pace": "the limit of texts a second",
    "retry": "Q SMS could not take some texts; they are tried again",
}


@dataclass(frozen=True)
class HoldUp:
    """`what` is a key of WORDS; `until` None where a person decides."""

    what: str
    until: datetime | None

    @property
    def words(self) -> str:
        return WORDS[self.what]


def hold_up_of(run: Run) -> HoldUp | None:
    """What this run waits for at this moment; None where it waits for nothing that is worth a word."""
    if run.status != Run.Status.SENDING:
        return None
    now = timezone.now()
    gate = Gate.objects.get(pk=1)
    if gate.stopped_at:
        return HoldUp("stop", None)
    if gate.ticked_at and gate.ticked_at < now - SILENCE:
        return HoldUp("workers", None)
    if gate.trips:
        return HoldUp("rest", gate.open_until)
    if gate.busy_until and gate.busy_until > now:
        return HoldUp("gateway", gate.busy_until)
    rules = Rules.objects.get(pk=1)
    local = timezone.localtime(now)
    if run.campaign.kind == Kind.PROMOTIONAL and (quiet_ends := rules.quiet_ends(now)):
        return HoldUp("quiet_hours", quiet_ends)
    if is_spent(gate, rules, local.date()):
        return HoldUp("daily_limit", next_time(local, time.min))
    sender = run.campaign.sender
    for free_at in (gate.free_at, sender.free_at if sender else None):
        if free_at and free_at > now + WORTH_A_WORD:
            return HoldUp("pace", free_at)
    return _retry(run, now)


def is_spent(gate: Gate, rules: Rules, today: object) -> bool:
    """Whether the day's limit lets nothing more out."""
    return rules.daily_limit is not None and gate.spent_on == today and gate.spent >= rules.daily_limit


def _retry(run: Run, now: datetime) -> HoldUp | None:
    ready = Batch.objects.filter(run=run, status=Batch.Status.READY)
    first = ready.aggregate(first=Min("not_before"))["first"]
    return HoldUp("retry", first) if first and first > now + WORTH_A_WORD else None
