"""A person has a report mailed every Monday, or ends that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.mails import people_with_an_address
from accounts.models import User
from campaigns.models import ReportMail, ReportReader
from campaigns.models.transitions import NotPossible
from campaigns.reporting.report_mail import last_monday
from campaigns.reporting.report_query import BadQuery, read_query

MOST_READERS = 50
MOST_REPORTS = 50


@transaction.atomic
def mail_weekly(params: Mapping[str, str], chosen: Sequence[str], user: User) -> ReportMail:
    """The report of that address to these people (by their ids), from next Monday on. Raises NotPossible."""
    if "period" not in params:
        raise NotPossible("Choose a period that moves on, like last week: two dates would be the same every Monday.")
    try:
        read_query(params, timezone.localdate())
    except BadQuery as error:
        raise NotPossible(str(error)) from error
    readers = [one for one in people_with_an_address() if str(one.pk) in chosen]
    if not readers or len(readers) > MOST_READERS:
        raise NotPossible(f"Choose to whom it is to be mailed: one to {MOST_READERS} people.")
    if ReportMail.objects.count() >= MOST_REPORTS:
        raise NotPossible(f"{MOST_REPORTS} reports are mailed already. End one first.")
    report = ReportMail.objects.create(query=dict(params), created_by=user)
    monday = last_monday(timezone.now())
    ReportReader.objects.bulk_create(ReportReader(mail=report, person=one, last_sent_on=monday) for one in readers)
    record("weekly mail made", f"report {report.pk}", user=user, people=[one.pk for one in readers])
    return report


@transaction.atomic
def end_weekly(report: ReportMail, user: User) -> None:
    record("weekly mail ended", f"report {report.pk}", user=user)
    report.delete()
