"""What reports say of the numbers themselves: dead ones, and people whom the operator lets nobody text."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from campaigns.delivery.binding import Taken
from campaigns.gateway.reports import BY_REASON, Outcome
from contacts.opt_outs import from_delivery

PERMANENT = frozenset(reason for reason, meaning in BY_REASON.items() if meaning.permanent)
SUPPRESSING = frozenset(reason for reason, meaning in BY_REASON.items() if meaning.suppress)


def teach(moved: Sequence[Taken]) -> None:
    """Note what reports that moved a message on say of its number."""
    from_delivery.record_deliveries(one.phone for one in moved if one.outcome == Outcome.DELIVERED.value)
    failed = [one for one in moved if one.outcome == Outcome.UNDELIVERED.value]
    # The portal's own days, as refusals are counted: by another clock one evening would be two days.
    dead = [(one.phone, timezone.localdate(one.received_at)) for one in failed if one.reason in PERMANENT]
    for day in sorted({on for _, on in dead}):
        from_delivery.record_failures([phone for phone, on in dead if on == day], day)
    from_delivery.opt_out_with_operator(
        [one.phone for one in failed if one.reason in SUPPRESSING],
        "The operator blocks marketing to this number",
    )
