"""What the portal itself does by the clock."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from qsms_portal import backups

log = logging.getLogger(__name__)


@shared_task
def back_up() -> None:
    try:
        backups.back_up_daily(timezone.now())
    except backups.BackupFailed:
        log.exception("The daily backup was not written.")
