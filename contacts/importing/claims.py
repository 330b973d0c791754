"""Who works on an upload. A worker holds a claim with a lease: one that dies is followed by another that goes on, and
of two workers one stops.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from contacts.importing.mapping import BadMapping
from contacts.models import Upload
from contacts.spreadsheets import BadFile, Busy
from lib import room

UPLOAD_LEASE = timedelta(seconds=30)
MOST_UPLOAD_ATTEMPTS = 5
LEFT_UNREAD = "The file could not be read to its end, five times. Save it as CSV and upload it again."

Status = Upload.Status


class Superseded(Exception):
    """Another worker has taken the upload over, or it has ended: leave it alone."""


def under_claim(upload: Upload, status: str, act: Callable[[], None], lease: timedelta = UPLOAD_LEASE) -> None:
    """Claim the upload and do `act`, which raises Superseded where another has it by then.

    A file that cannot be read makes the upload failed; whatever else ends the act lets the next worker go on at once.
    Where others are being read it waits for the tick, as often as it takes. A full disk is no matter of time: failed.
    """
    try:
        _claim(upload, status, lease)
        act()
    except Superseded:
        return
    except Busy:
        _mine(upload, status).update(lease_until=timezone.now(), attempts=F("attempts") - 1)
    except (BadFile, BadMapping) as error:
        now = timezone.now()
        _mine(upload, status).update(status=Status.FAILED, error=str(error), lease_until=None, finished_at=now)
    except BaseException as error:
        now = timezone.now()
        if room.is_full(error):
            full = {"status": Status.FAILED, "error": room.FULL, "lease_until": None, "finished_at": now}
            _mine(upload, status).update(**full)
        else:
            _mine(upload, status).update(lease_until=now)
        raise


def move_on(upload: Upload, at: str, /, **changes: object) -> None:
    """Change what is this worker's, and keep hold of it; a status only to one that may follow. Raises Superseded."""
    assert "status" not in changes or changes["status"] in Upload.AFTER[Status(at)]
    changes = {"lease_until": timezone.now() + UPLOAD_LEASE} | changes
    if not _mine(upload, at).update(**changes):
        raise Superseded


def uploads_standing_still(now: datetime) -> list[int]:
    """Uploads whose worker is gone, or was never there. Those that failed too often are given up here."""
    still = Upload.objects.filter(status__in=Upload.WORKING, lease_until__lt=now)
    hopeless = still.filter(attempts__gte=MOST_UPLOAD_ATTEMPTS)
    hopeless.update(status=Status.FAILED, error=LEFT_UNREAD, finished_at=now)
    return list(still.values_list("pk", flat=True))


@transaction.atomic
def _claim(upload: Upload, status: str, lease: timedelta) -> None:
    now = timezone.now()
    locked = Upload.objects.select_for_update().filter(pk=upload.pk, status=status).first()
    if locked is None or (locked.claim and locked.lease_until and locked.lease_until > now):
        raise Superseded
    locked.claim, locked.attempts, locked.lease_until = locked.claim + 1, locked.attempts + 1, now + lease
    locked.save(update_fields=["claim", "attempts", "lease_until"])
    upload.refresh_from_db()


def _mine(upload: Upload, status: str) -> QuerySet[Upload]:
    """The upload, as long as it is still this worker's."""
    return Upload.objects.filter(pk=upload.pk, status=status, claim=upload.claim)
