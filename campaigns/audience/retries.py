"""Those people of a run whom a draft that is made of it goes to: who did not get its text and may get it now, or all.

Who they are is asked when the draft is sent, not when it is made: somebody whose late report says "delivered" is out,
and so is whoever was reached, or may have been, by another such draft. Of those one goes at a time.
A draft for all of its people is another text, and has nothing to do with that.
"""

from __future__ import annotations

from django.db.models import Exists, Q, QuerySet

from campaigns.audience.same_row import same_row
from campaigns.gateway import reports
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, Campaign, Message, Run

Only = Campaign.Only

# Reasons that pass: the phone was off, the credit ran out. "Refused" and "no such number" would come again.
PASSING = tuple(sorted(reason for reason, meaning in reports.BY_REASON.items() if meaning.temporary))
# What a new file mends: a value that was not there, or was not updated.
MENDED = ("missing:", "not_updated:")
# Whom the campaign's own conditions left out at the last moment.
NOT_MEANT = ("filter", "date_moved", "row_gone")
# What became of a text that did not reach its person, for certain.
IN_VAIN = (Message.Status.UNDELIVERED, Message.Status.REJECTED, Message.Status.SKIPPED, Message.Status.CANCELLED)


def texts_of(campaign: Campaign) -> QuerySet[Message] | None:
    """The texts whose people a campaign made from a run is for; None for any other campaign."""
    if not campaign.only:
        return None
    if campaign.goes_to_the_same:
        return _of_everybody(campaign)
    batches = Batch.objects.filter(run=campaign.of_run_id)
    if campaign.only == Only.FAILED:
        batches = batches.filter(failures__has_any_keys=list(PASSING))
        which = Q(status=Message.Status.UNDELIVERED, reason__in=PASSING)
    else:
        batches = batches.filter(tally__has_key=Message.Status.SKIPPED)
        mended = Q(*(Q(reason__startswith=one) for one in MENDED), _connector=Q.OR)
        which = Q(mended, status=Message.Status.SKIPPED)
    meant = Message.objects.filter(which, batch__in=batches.values("pk"))
    others = list(Run.objects.filter(campaign__in=_others(campaign)).values_list("pk", flat=True))
    if others:
        had = Message.objects.filter(same_row(), run__in=others).exclude(status__in=IN_VAIN)
        meant = meant.exclude(Exists(had))
    return meant


def is_retry(campaign: Campaign) -> bool:
    """Whether it goes in the stead of texts of a run that did not reach their people."""
    return bool(campaign.only) and not campaign.goes_to_the_same


def _of_everybody(campaign: Campaign) -> QuerySet[Message]:
    """A run's texts, but for those of whom it was found then that they were not meant any more."""
    if campaign.of_run_id is None:
        return Message.objects.none()
    unmeant = Q(status=Message.Status.SKIPPED, reason__in=NOT_MEANT)
    return Message.objects.filter(run=campaign.of_run_id).exclude(unmeant)


def under_way(campaign: Campaign) -> Campaign | None:
    """Another campaign that goes to people of the same run now; None for any that `make_draft` did not make."""
    if not is_retry(campaign):
        return None
    going = [Campaign.Status.ACTIVE, Campaign.Status.PAUSED]
    return Campaign.objects.filter(pk__in=_others(campaign), status__in=going).order_by("pk").first()


def lock_family(campaign: Campaign) -> None:
    """Of campaigns that come from the same run one is launched at a time; inside a transaction."""
    if is_retry(campaign):
        Run.objects.select_for_update(of=["self"], no_key=True).get(pk=_first_run(campaign))


def _first_run(campaign: Campaign) -> int:
    """The run from which this draft came, over however many others."""
    run = campaign.of_run
    assert run is not None
    while is_retry(run.campaign) and run.campaign.of_run is not None:
        run = run.campaign.of_run
    return run.pk


def _others(campaign: Campaign) -> list[int]:
    """Ids of the other campaigns that come from the same first run."""
    found: list[int] = []
    retries = Campaign.objects.exclude(only=Only.SAME)
    of = retries.filter(of_run=_first_run(campaign)).values_list("pk", flat=True)
    while more := list(of):
        found += more
        of = retries.filter(of_run__campaign__in=more).values_list("pk", flat=True)
    return [pk for pk in found if pk != campaign.pk]


def passing(failures: dict[str, int]) -> int:
    """How many of these failures, by reason, passed."""
    return sum(count for reason, count in failures.items() if reason in PASSING)


def lacking(left_out: dict[str, int]) -> int:
    """How many of these, by reason, were left out for want of a value, or of a new one."""
    return sum(count for reason, count in left_out.items() if reason.startswith(MENDED))


def most(campaign: Campaign) -> int | None:
    """How many texts a campaign made from a run has at most, from tallies; None for any other campaign."""
    if not campaign.only or campaign.of_run is None:
        return None
    tally = totals(campaign.of_run)
    if campaign.goes_to_the_same:
        return tally.audience
    return passing(tally.failures) if campaign.only == Only.FAILED else lacking(tally.left_out)
