"""Uploads in the background: shells of a few lines; the upload itself knows how far it has come."""

from __future__ import annotations

from celery import shared_task

from contacts import importing
from contacts.models import Upload


@shared_task
def work_on(upload_id: int) -> None:
    """Check or import, whichever was ordered; goes on where another worker was."""
    upload = Upload.objects.select_related("group", "file").get(pk=upload_id)
    if upload.is_checking:
        importing.check(upload)
    elif upload.is_importing:
        importing.import_rows(upload)
