"""What stops sending until a person says Resume: the account's refusals, a sender's, a run's own.

The account's stands in the gate, a sender's at the sender; the runs that it stops are halted with the same words, and
one Resume mends all.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from campaigns.models import Batch, Gate, Run, Sender

GOING = (Run.Status.PLANNED, Run.Status.SENDING)


@transaction.atomic
def halt_account(reason: str) -> None:
    """Nothing goes out any more, whatever its campaign, until somebody resumes."""
    _halt(Run.objects.filter(status__in=[Run.Status.SENDING]), reason)
    Gate.objects.filter(pk=1, halted_at=None).update(halted_at=timezone.now(), halt_reason=reason[:300])


@transaction.atomic
def halt_sender(sender_name: str, reason: str) -> None:
    """The runs of this sender ID stop until somebody resumes; the others go on."""
    _halt(Run.objects.filter(status__in=[Run.Status.SENDING], campaign__sender__name=sender_name), reason)
    Sender.objects.filter(name=sender_name, halted_at=None).update(halted_at=timezone.now(), halt_reason=reason[:300])


@transaction.atomic
def halt_run(run_id: int, reason: str) -> bool:
    """Stop one run. False: it was not going."""
    going = [Run.Status.PLANNING, *GOING]
    return bool(_halt(Run.objects.filter(pk=run_id, status__in=going), reason))


@transaction.atomic
def resume_all() -> int:
    """Whoever looked has mended it: lift the halts of the account and of senders, and let the halted runs go on.

    Returns how many runs go on. What has failed ten times gets its tries back.
    """
    runs = list(Run.objects.filter(status=Run.Status.HALTED).order_by("pk").select_for_update())
    for run in runs:
        let_go_on(run)
    Sender.objects.filter(halted_at__isnull=False).update(halted_at=None, halt_reason="")
    Gate.objects.filter(pk=1).update(
        halted_at=None, halt_reason="", recent_calls="", open_until=None, trips=0, proven_at=None
    )
    return len(runs)


def let_go_on(run: Run) -> bool:
    """Move a halted or paused run, locked by the caller, back to where it was."""
    Batch.objects.filter(run=run, status=Batch.Status.READY, tries__gt=0).update(tries=0, not_before=timezone.now())
    back_to = run.resumes_to or Run.Status.SENDING
    return bool(Run.objects.filter(pk=run.pk, status=run.status).advance(back_to, resumes_to="", reason="", failures=0))


def _halt(runs: QuerySet[Run], reason: str) -> int:
    ids = list(runs.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    return Run.objects.filter(pk__in=ids).advance(Run.Status.HALTED, resumes_to=F("status"), reason=reason[:300])
