"""What is kept for how long, by the rules: old runs go run by run in slices, old reports by dropping their month."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.audit import forget_before
from accounts.key_use import forget_calls
from accounts.models import IdempotentAnswer, PhoneCode
from accounts.repeats import ANSWERS_KEPT
from campaigns.audience.usage import OVER
from campaigns.maintenance import partitions
from campaigns.models import (
    Callback,
    Campaign,
    ClaimedMarketing,
    ContactPush,
    Conversation,
    Notice,
    Reply,
    Rules,
    Run,
    SingleCount,
)
from contacts import importing
from contacts.models import StoredFile, UploadChange, UploadedPeople
from contacts.models.upload import UNDONE_WITHIN

log = logging.getLogger(__name__)

SLICE = 50
RUNS_AT_ONCE = 1_000
ENTRIES_AT_ONCE = 5_000
FILES_KEPT = timedelta(days=30)
COUNTS_KEPT = timedelta(days=31)
CODES_KEPT = timedelta(days=1)
MARKETING_KEPT = timedelta(days=8)
CALLS_KEPT = timedelta(hours=1)
CALLBACKS_KEPT = timedelta(days=30)
GIVEN_UP_CALLBACKS_KEPT = timedelta(days=90)
CALLBACKS_AT_ONCE = 5_000
REPLIES_AT_ONCE = 2_000

# The gateway's ids and the keys of reminders go with their texts, which name them; then the texts, then their batches.
OLD_BATCHES = "SELECT id FROM campaigns_batch WHERE run_id = %s ORDER BY id LIMIT %s FOR UPDATE"
DELETE_IDS = """
DELETE FROM campaigns_givenid g USING campaigns_message m
WHERE m.batch_id = ANY(%s) AND m.gateway_id <> '' AND g.gateway_id = m.gateway_id AND g.message_id = m.id
"""
# A reminder's date is due for its catch-up days, two weeks at most: when its run is deleted nobody can be meant again.
DELETE_KEYS = """
DELETE FROM campaigns_reminderkey k USING campaigns_message m
WHERE m.batch_id = ANY(%s) AND k.run_id = m.run_id AND k.phone = m.phone
"""
DELETE_MESSAGES = "DELETE FROM campaigns_message WHERE batch_id = ANY(%s)"
DELETE_BATCHES = "DELETE FROM campaigns_batch WHERE id = ANY(%s)"


def keep_house(seconds: float) -> None:
    """Make what is needed soon, take away what is old; stops after `seconds` and goes on the next time."""
    until = time.monotonic() + seconds
    now = timezone.now()
    rules = Rules.objects.get(pk=1)
    _partitions(now.date(), rules.report_months)
    IdempotentAnswer.objects.filter(created_at__lt=now - ANSWERS_KEPT).delete()
    SingleCount.objects.filter(day__lt=timezone.localdate(now) - COUNTS_KEPT).delete()
    PhoneCode.objects.filter(made_at__lt=now - CODES_KEPT).delete()
    forget_calls(now - CALLS_KEPT)
    Session.objects.filter(expire_date__lt=now).delete()
    StoredFile.objects.filter(created_at__lt=now - FILES_KEPT).delete()
    ContactPush.objects.filter(finished_at__lt=now - FILES_KEPT).delete()
    ClaimedMarketing.objects.filter(claimed_at__lt=now - MARKETING_KEPT).delete()
    Notice.objects.filter(made_at__lt=now - FILES_KEPT).delete()
    importing.forget_waiting_before(now - FILES_KEPT)
    _lists_of_uploads(now)
    UploadChange.objects.of_uploads_before(now - UNDONE_WITHIN).delete()
    over = [Callback.Status.DELIVERED, Callback.Status.DROPPED]
    _callbacks_before(now - CALLBACKS_KEPT, over, until)
    _callbacks_before(now - GIVEN_UP_CALLBACKS_KEPT, [*over, Callback.Status.GIVEN_UP], until)
    if rules.audit_months is not None:
        _audit_before(now - relativedelta(months=rules.audit_months), until)
    if rules.reply_months is not None:
        forget_replies_before(now - relativedelta(months=rules.reply_months), until)
    if rules.message_months is not None:
        delete_runs_before(now - relativedelta(months=rules.message_months), until)


def _lists_of_uploads(now: datetime) -> None:
    """Who was in an upload goes with its file, but for those that a campaign still sends to."""
    needed = Campaign.objects.filter(upload__isnull=False).exclude(status__in=OVER).values("upload")
    UploadedPeople.objects.filter(upload__created_at__lt=now - FILES_KEPT).exclude(upload__in=needed).delete()


def _callbacks_before(moment: datetime, statuses: Sequence[str], until: float) -> None:
    """Those that are over, in slices: of some scripts there are millions."""
    old = Callback.objects.filter(at__lt=moment, status__in=statuses)
    while time.monotonic() < until:
        if not Callback.objects.filter(pk__in=old.values("pk")[:CALLBACKS_AT_ONCE]).delete()[0]:
            return


def _audit_before(moment: datetime, until: float) -> None:
    while forget_before(moment, ENTRIES_AT_ONCE) and time.monotonic() < until:
        pass


def forget_replies_before(moment: datetime, until: float) -> int:
    """Replies from before `moment`, the oldest first, and whoever has none left; how many went.

    What nobody has filed yet stays, and what a person has to read: until then marketing leaves the number out for it.
    """
    after = gone = 0
    while time.monotonic() < until:
        some = list(Reply.objects.filter(pk__gt=after).order_by("pk")[:REPLIES_AT_ONCE])
        old = [one for one in some if one.received_at < moment]
        gone += _forget_replies(old)
        if len(old) < REPLIES_AT_ONCE:
            break
        after = old[-1].pk
    return gone


@transaction.atomic
def _forget_replies(old: Sequence[Reply]) -> int:
    phones = {one.phone for one in old}
    gone, _ = Reply.objects.over().filter(pk__in=[one.pk for one in old]).delete()
    there = Reply.objects.filter(phone=OuterRef("phone"))
    Conversation.objects.filter(~Exists(there), phone__in=phones).delete()
    return gone


def delete_runs_before(moment: datetime, until: float) -> int:
    """Delete runs that were over before `moment`, until the monotonic clock shows `until`; returns how many.

    Campaigns stay, and so does a run whose people a draft is for.
    """
    needed = _needing_a_run().filter(of_run__isnull=False).values("of_run")
    old = Run.objects.filter(status__in=Run.OVER, finished_at__lt=moment).exclude(pk__in=needed).order_by("pk")
    deleted = 0
    for run in list(old.values_list("pk", flat=True)[:RUNS_AT_ONCE]):
        while (left := _delete_slice(run)) is True:
            if time.monotonic() > until:
                return deleted
        if left is None:
            continue
        log.info("A run is deleted: its time is over.", extra={"run": run})
        deleted += 1
    return deleted


def delete_run(run: int) -> bool:
    """Delete a run with its texts, in the caller's transaction. False: a draft needs its people, and it stays."""
    while (left := _delete_slice(run)) is True:
        pass
    return left is False


@transaction.atomic
def _delete_slice(run: int) -> bool | None:
    """Delete some of a run's batches with their texts, or the run where there are none left.

    True: there may be more; False: the run is gone; None: a draft needs its people, and it stays.
    """
    # Whoever makes such a draft locks the run too: it is there before this looks, or finds the run gone.
    Run.objects.select_for_update().filter(pk=run).first()
    if _needing_a_run().filter(of_run=run).exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(OLD_BATCHES, [run, SLICE])
        batches = [row[0] for row in cursor.fetchall()]
        if batches:
            for statement in (DELETE_IDS, DELETE_KEYS, DELETE_MESSAGES, DELETE_BATCHES):
                cursor.execute(statement, [batches])
            return True
    Campaign.objects.filter(of_run=run).update(of_run=None)
    Run.objects.filter(pk=run).delete()
    return False


def _needing_a_run() -> QuerySet[Campaign]:
    """Whoever was used again for the same people needs those no more once it is over: or each month would keep all."""
    return Campaign.objects.exclude(only=Campaign.Only.SAME, status__in=OVER)


def _partitions(today: date, months: int) -> None:
    try:
        partitions.ensure_partitions(today)
        partitions.drop_partitions_before(today - relativedelta(months=months))
    except OperationalError:
        log.warning("The reports' partitions are in use; they are looked after in an hour.")
