"""What those whom a draft would reach were sent before: the same text, or as many as the rules allow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from campaigns.audience.kept_out import most_a_week
from campaigns.checking.figures import Estimate
from campaigns.checking.said import had_it, runs_saying_the_same
from campaigns.ledger.frequency import had_as_many
from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class SentBefore:
    """What is looked for: runs with the same text, and with `most` how many texts of the week before `at`."""

    runs: list[int]
    most: int | None
    at: datetime

    def count_in(self, found: Estimate, phones: Collection[str]) -> None:
        """Count those of these numbers, which get a text, in the estimate."""
        found.had += had_it(self.runs, phones)
        if self.most is not None:
            found.too_often += len(had_as_many(phones, self.most, self.at))


def sent_before(campaign: Campaign) -> SentBefore:
    """As it is known now. What others have sent until a later time of the draft's own is not."""
    runs = list(runs_saying_the_same(campaign).values_list("pk", flat=True))
    now = timezone.now()
    return SentBefore(runs, most_a_week(campaign.kind), max(campaign.send_at or now, now))
