"""Uploads and jobs in the background: shells of a few lines; each itself knows how far it has come."""

from __future__ import annotations

from celery import shared_task

from contacts import importing
from contacts.filters import indexes
from contacts.models import Upload
from contacts.people import jobs


@shared_task
def work_on(upload_id: int) -> None:
    """Read, check, import or undo, whichever was ordered; goes on where another worker was."""
    upload = Upload.objects.select_related("group", "file", "spool").filter(pk=upload_id).first()
    if upload is None:
        # Its group was deleted meanwhile, and the upload with it.
        return
    if upload.is_reading:
        importing.read_columns(upload)
    elif upload.is_checking:
        importing.check_upload(upload)
    elif upload.is_importing:
        importing.import_rows(upload)
    elif upload.is_undoing:
        importing.undo_upload(upload)


@shared_task
def do_job(job_id: int) -> None:
    """Copy, move, merge, delete or export; goes on where another worker was."""
    jobs.work_on_job(job_id)


@shared_task
def index_fields() -> None:
    """Indexes over the fields of groups that have become big."""
    indexes.make_missing()
