"""The journey as tasks: shells of a few lines. Any of them may run twice at once or never; the database decides."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from campaigns import callbacks, delivery, planning, pushing, sending
from campaigns.approval import mail
from campaigns.checking import forecast
from campaigns.delivery import filing, polling, reply_mails
from campaigns.ledger import counted
from campaigns.maintenance import day_figures, retention, start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Run
from campaigns.reporting import export as text_exports
from campaigns.reporting import notice_mail, report_mail
from campaigns.sending import balance, breaker
from contacts.tasks import pick_up_what_was_left
from lib.nudge import nudge, queued

log = logging.getLogger(__name__)

SENDING_SECONDS = 30
APPLYING_SECONDS = 20
# It is queued once a second; the tick only finds what was left lying.
APPLIER_IS_LATE = timedelta(seconds=2)
HOUSE_SECONDS = 300
FIGURES_SECONDS = 10
FILING_SECONDS = 20
POLLING_SECONDS = 20
PUSHING_SECONDS = 30
CALLBACK_SECONDS = 20


@shared_task
def plan_run(run_id: int) -> None:
    try:
        if not planning.plan_run(run_id):
            return
    except (DatabaseError, ValueError) as error:
        log.exception("Run %s could not be planned.", run_id)
        start_runs.planning_failed(run_id, error)
        return
    if start_runs.start_run(Run.objects.select_related("campaign").get(pk=run_id)):
        keep_senders_queued()


@shared_task
def send_next() -> None:
    sending.send_while_there_is_work(sending.gateway_from_settings(), seconds=SENDING_SECONDS)


@shared_task
def apply_reports() -> None:
    until, applied = time.monotonic() + APPLYING_SECONDS, False
    # What came meanwhile is left to the next second: each bulk recounts the batches that it touches, also a small one.
    while (looked_at := delivery.apply_waiting()) >= delivery.BULK and time.monotonic() < until:
        applied = True
    if applied or looked_at:
        keep_callbacks_posted()


@shared_task
def file_replies() -> None:
    until, answered = time.monotonic() + FILING_SECONDS, 0
    while (filed := _file_some()).replies and time.monotonic() < until:
        answered += filed.answered
    if answered:
        keep_senders_queued()


def _file_some() -> filing.Filed:
    try:
        return filing.file_new()
    except (DatabaseError, ValueError):
        log.exception("Words of replies could not be answered; they are left to people.")
        return filing.file_new(answering=False)


@shared_task
def mail_replies() -> None:
    reply_mails.mail_replies()


@shared_task
def post_callbacks() -> None:
    if callbacks.post_due(seconds=CALLBACK_SECONDS):
        nudge(post_callbacks)


@shared_task
def tick() -> None:
    found = run_tick()
    for run in found.to_plan:
        nudge(plan_run, run)
    if found.may_send:
        keep_senders_queued()
    if found.more:
        nudge(tick)
    if not queued("reports") and delivery.reports_wait(APPLIER_IS_LATE):
        nudge(apply_reports)
    if filing.replies_are_new():
        nudge(file_replies)
    if reply_mails.mails_are_due():
        nudge(mail_replies)
    keep_callbacks_posted()
    if balance.is_unknown():
        nudge(ask_balance)
    keep_figures_counted()
    pick_up_what_was_left(timezone.now())
    for export in text_exports.exports_standing_still():
        nudge(write_export, export)
    for push in pushing.pushes_standing_still(timezone.now()):
        nudge(push_contacts, push)
    for campaign in mail.not_told():
        nudge(tell_managers, campaign)
    for campaign in mail.decisions_not_told():
        nudge(tell_authors, campaign)
    for reader in report_mail.due_readers(timezone.now()):
        nudge(mail_report, reader)
    for notice in notice_mail.due_notices(timezone.now()):
        nudge(mail_notice, notice)
    if breaker.wants_proof(timezone.now()):
        nudge(prove_gateway)


@shared_task
def tell_managers(campaign_id: int) -> None:
    mail.tell_managers(campaign_id)


@shared_task
def tell_authors(campaign_id: int) -> None:
    mail.tell_authors(campaign_id)


@shared_task
def mail_report(reader_id: int) -> None:
    report_mail.mail_report(reader_id, timezone.now())


@shared_task
def mail_notice(notice_id: int) -> None:
    notice_mail.mail_notice(notice_id, timezone.now())


@shared_task
def ask_balance() -> None:
    balance.ask(sending.gateway_from_settings())


@shared_task
def prove_gateway() -> None:
    balance.prove_if_wanted(sending.gateway_from_settings())


@shared_task
def write_export(export_id: int) -> None:
    text_exports.write_export(export_id)


@shared_task
def push_contacts(push_id: int) -> None:
    if pushing.work_on_push(push_id, sending.gateway_from_settings(), seconds=PUSHING_SECONDS):
        nudge(push_contacts, push_id)


@shared_task
def estimate_draft(campaign_id: int) -> None:
    forecast.work_out(campaign_id)


@shared_task
def poll_overdue() -> None:
    if polling.poll_overdue(sending.gateway_from_settings(), seconds=POLLING_SECONDS):
        nudge(apply_reports)


@shared_task
def count_figures() -> None:
    until = time.monotonic() + FIGURES_SECONDS
    while day_figures.bring_up_to_date() == day_figures.SLICE and time.monotonic() < until:
        pass


def keep_figures_counted() -> None:
    """Have counted what changed, every few seconds; where nothing did, note that reports are as of now."""
    now = timezone.now()
    if not counted.are_wanted():
        counted.note_counted(now)
    elif counted.is_time(now):
        nudge(count_figures)


@shared_task
def keep_house() -> None:
    retention.keep_house(seconds=HOUSE_SECONDS)


def keep_callbacks_posted() -> None:
    """One task that posts, where something is to be posted."""
    if callbacks.are_wanted() and not queued("callbacks"):
        nudge(post_callbacks)


def keep_senders_queued() -> None:
    """As many sending tasks in the queue as may run at once; each goes on for as long as there is work."""
    for _ in range(settings.SENDERS_QUEUED - queued("sending")):
        nudge(send_next)
