"""What the portal itself does by the clock."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from qsms_portal import backups
from qsms_portal.embedded import server

log = logging.getLogger(__name__)


@shared_task
def bound_logs() -> None:
    server.bound_logs(settings.DATA_DIR)


@shared_task
def back_up() -> None:
    try:
        backups.back_up_daily(timezone.now())
    except backups.BackupFailed:
        log.exception("The daily backup was not written.")
