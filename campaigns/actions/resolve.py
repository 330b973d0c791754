"""What a person makes of texts of which it is not known whether they went out: send again, or leave."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, User
from campaigns.ledger.batches import close_known
from campaigns.models import Campaign, Message, Run, ScriptCall
from campaigns.models.run import latest_run
from campaigns.models.transitions import NotPossible
from campaigns.sending.doubt import doubt_of, doubtful, lock_waited, send_again
from lib.deadlocks import begun_anew


class NotYet(NotPossible):
    """The waiting time is not over: a report may still tell. Try again later."""


@begun_anew
def resend_uncertain(
    campaign: Campaign,
    *,
    everybody: bool = False,
    number: int | None = None,
    user: User | None = None,
    api_key: ApiKey | None = None,
) -> int:
    """Send those again whose call shows no sign of having been taken; with `everybody` the others too, some of whom
    will get it twice; of all its runs, or of the run with that number. Returns how many texts. Raises NotYet,
    NotPossible.
    """
    runs = _locked(campaign, number)
    if late := [run for run in runs if run.not_after is not None and run.not_after < timezone.now()]:
        raise NotPossible(f"The time until which run {late[0].occurrence} may go has passed.")
    count = sum(send_again(run, taken_too=everybody) for run in runs)
    if not count:
        raise_if_waiting(runs)
    record("sent again", f"campaign {campaign.pk}", user=user, api_key=api_key, texts=count, everybody=everybody)
    return count


@begun_anew
def leave_uncertain(
    campaign: Campaign, *, number: int | None = None, user: User | None = None, api_key: ApiKey | None = None
) -> int:
    """Do not send them again: they stay not known, unless a late report tells. Returns how many. Raises as `resend`."""
    runs = _locked(campaign, number)
    count = leave_waited(runs)
    record("left as not known", f"campaign {campaign.pk}", user=user, api_key=api_key, texts=count)
    return count


def _locked(campaign: Campaign, number: int | None) -> list[Run]:
    """Its doubtful runs, or that one, locked in the order of their ids; NotPossible where nothing may go out of them.

    Of a campaign without doubt the latest run, of which the caller says that there is nothing.
    """
    latest = latest_run(campaign, number)
    if latest is None:
        raise NotPossible("The campaign has not been launched.")
    found = [latest.pk] if number else list(doubtful(campaign).values_list("pk", flat=True)) or [latest.pk]
    runs = list(Run.objects.filter(pk__in=found).order_by("pk").select_for_update())
    open_ = [run for run in runs if run.status not in (Run.Status.CANCELLED, Run.Status.SKIPPED)]
    if not open_:
        raise NotPossible(f"A campaign that is {latest.get_status_display().lower()} sends nothing again.")
    return open_


def leave_waited(sources: Sequence[Run | ScriptCall]) -> int:
    """Make what is not known of these, which the caller has locked, stay so; returns how many texts.

    Raises NotYet, NotPossible.
    """
    batches = [batch for source in sources for batch in lock_waited(source, taken_too=True)]
    count = Message.objects.filter(batch__in=batches).advance(Message.Status.UNKNOWN)
    if not count:
        raise_if_waiting(sources)
    close_known(batches)
    return count


def raise_if_waiting(sources: Sequence[Run | ScriptCall]) -> None:
    """Why there was nothing to be decided about, where there is a reason. Raises NotYet, NotPossible."""
    doubts = [doubt_of(source) for source in sources]
    if any(doubt.waiting for doubt in doubts):
        raise NotYet("A report may still tell whether they went out. Wait until the waiting time is over.")
    if not any(doubts):
        raise NotPossible("There is nothing of which it is not known whether it went out.")
