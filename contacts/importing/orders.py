"""What a person or a script may have done with an upload: each order waits for a worker, and a second one does nothing.

Whoever orders nudges the task; the tick finds the orders whose nudge was lost.
"""

from __future__ import annotations

from django.utils import timezone

from contacts.importing.claims import UPLOAD_LEASE
from contacts.models import Upload

Status = Upload.Status


def order_reading(upload: Upload) -> bool:
    """Have the columns guessed in the background. False: they are being used already."""
    return _order(upload, Status.READING)


def order_check(upload: Upload) -> bool:
    """Have the file checked in the background. False: it is past that."""
    return _order(upload, Status.CHECKING)


def order_import(upload: Upload, by: str = "") -> bool:
    """Have the rows written in the background, in the name of `by` (`accounts.names`).

    Rows that another one wins over are kept beside the rejected ones where the check has found some that differ: to
    look for them takes time. False: that was ordered before; a second click does nothing.
    """
    return _order(upload, Status.IMPORTING, by, with_lost=bool(upload.counts.get("conflicts")))


def order_undo(upload: Upload, by: str = "") -> bool:
    """Have it undone in the background. False: that was ordered before, its 30 days are over, or the key is another."""
    return upload.may_be_undone(timezone.now()) and _order(upload, Status.UNDOING, by)


def _order(upload: Upload, status: str, by: str = "", *, with_lost: bool = False) -> bool:
    now = timezone.now()
    changes = {
        "status": status,
        "lease_until": now + UPLOAD_LEASE,
        "attempts": 0,
        "claim": 0,
        "row_cursor": 0,
        "error": "",
        "ordered_by": by,
    }
    if status == Status.IMPORTING:
        changes["counts"] = {"began": now.timestamp()} | ({"with_lost": True} if with_lost else {})
    return bool(Upload.objects.filter(pk=upload.pk, status__in=Upload.before(status)).update(**changes))
