"""The outbox of notices is mailed: each once, when a server takes it.

A notice is marked before the server gets it, so that no worker mails it after another that was killed meanwhile: such a
mail may be lost. Only where the server has certainly not taken it is the mark taken off, and it is tried again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from accounts.mails import REACHES_PERSON, may_be_mailed
from campaigns.models import Notice
from lib.mail import Handed, hand_over

MOST = 100
# A mail server that is away answers after seconds, and holds a worker meanwhile.
TRIED_AGAIN_AFTER = timedelta(minutes=5)
# Of older news nobody is told.
TRIED_FOR = timedelta(days=1)


def due_notices(now: datetime) -> list[int]:
    """Notices that are to be mailed; none where no EMAIL_URL is set."""
    if not settings.EMAIL_URL:
        return []
    waiting = Notice.objects.filter(_waits(now), REACHES_PERSON)
    return list(waiting.order_by("made_at").values_list("pk", flat=True)[:MOST])


def mail_notice(notice_id: int, now: datetime) -> bool:
    """Mail it; whether a server took it. Whoever comes second finds it begun."""
    # By columns of its own row alone: of one that is looked up by another table two workers may both be told "1 row".
    if not Notice.objects.filter(_waits(now), pk=notice_id).update(handed_at=now, tried_at=now):
        return False
    notice = Notice.objects.select_related("person").get(pk=notice_id)
    if not may_be_mailed(notice.person):
        return False
    handed = hand_over(notice.subject, notice.body, notice.person.email)
    if handed == Handed.NOT_TAKEN:
        Notice.objects.filter(pk=notice_id).update(handed_at=None)
    return handed == Handed.TAKEN


def _waits(now: datetime) -> Q:
    may_be_tried = Q(tried_at=None) | Q(tried_at__lt=now - TRIED_AGAIN_AFTER)
    return Q(handed_at=None, made_at__gt=now - TRIED_FOR) & may_be_tried
