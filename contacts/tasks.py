"""Uploads and jobs in the background: shells of a few lines; each itself knows how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from celery import shared_task

from contacts import importing
from contacts.filters import indexes
from contacts.models import Job, Upload
from contacts.people import jobs
from lib.nudge import nudge, queued

# What a worker does with an upload in each state that waits for one.
ACTS: dict[str, Callable[[Upload], None]] = {
    Upload.Status.READING: importing.read_columns,
    Upload.Status.CHECKING: importing.check_upload,
    Upload.Status.IMPORTING: importing.import_rows,
    Upload.Status.UNDOING: importing.undo_upload,
}


@shared_task
def work_on(upload_id: int) -> None:
    """Read, check, import or undo, whichever was ordered; goes on where another worker was."""
    upload = Upload.objects.select_related("group", "file", "spool").filter(pk=upload_id).first()
    # None: its group was deleted meanwhile, and the upload with it. Without an act it has ended, or waits for a person.
    if upload is not None and (act := ACTS.get(upload.status)):
        act(upload)


@shared_task
def do_job(job_id: int) -> None:
    """Copy, move, merge, delete, export or opt out; goes on where another worker was."""
    if Job.objects.filter(pk=job_id, kind=Job.Kind.OPT_OUT).exists():
        importing.opt_out_by_job(job_id)
    else:
        jobs.work_on_job(job_id)


@shared_task
def index_fields() -> None:
    """Indexes over the fields of groups that have become big."""
    indexes.make_missing_indexes()


def pick_up_what_was_left(now: datetime) -> None:
    """Queue what nobody works on: uploads and jobs whose nudge or worker was lost, indexes that are missing.

    The tick of the portal calls it every few seconds.
    """
    for upload in importing.uploads_standing_still(now):
        nudge(work_on, upload)
    for job in jobs.jobs_standing_still(now):
        nudge(do_job, job)
    if not queued("uploads") and indexes.missing_indexes():
        nudge(index_fields)
