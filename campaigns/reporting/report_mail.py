"""Reports by mail, every Monday at 07:00 of the portal's zone: to each reader once a week, when a server takes it.

A mail that was handed over by a worker that ends before it has written that down goes out once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.mails import REACHES_PERSON, may_be_mailed
from campaigns.models import ReportMail, ReportReader
from campaigns.reporting.report_address import PERIOD_WORDS, written
from campaigns.reporting.report_choices import FILTERS
from campaigns.reporting.report_figures import Headline, headlines, percent
from campaigns.reporting.report_labels import labels, period_in_words
from campaigns.reporting.report_query import read_query
from campaigns.reporting.reports import report_of
from lib.mail import mail

AT = time(7)
MOST = 100
MOST_ROWS = 40
# A mail server that is away answers after seconds, and holds a worker meanwhile.
TRIED_AGAIN_AFTER = timedelta(minutes=5)


def last_monday(now: datetime) -> date:
    """The latest Monday at whose 07:00 mails went, or were to go."""
    local = timezone.localtime(now)
    monday = local.date() - timedelta(days=local.weekday())
    return monday - timedelta(days=7) if local.weekday() == 0 and local.time() < AT else monday


def due_readers(now: datetime) -> list[int]:
    """Readers to whom this week's is to be mailed; none where no EMAIL_URL is set."""
    if not settings.EMAIL_URL:
        return []
    due = ReportReader.objects.filter(_due(now), REACHES_PERSON)
    return list(due.order_by("pk").values_list("pk", flat=True)[:MOST])


def mail_report(reader_id: int, now: datetime) -> bool:
    """Mail it to that reader; whether a server took it. Whoever comes second finds it begun, or sent.

    Where none takes it, it is tried again after some minutes.
    """
    # By columns of its own row alone: of one that is looked up by another table two workers may both be told "1 row".
    if not ReportReader.objects.filter(_due(now), pk=reader_id).update(tried_at=now):
        return False
    reader = ReportReader.objects.select_related("mail", "person").get(pk=reader_id)
    if not may_be_mailed(reader.person):
        return False
    subject, body = _mail_of(reader.mail, timezone.localdate(now))
    if not mail(subject, body, reader.person.email):
        return False
    ReportReader.objects.filter(pk=reader_id).update(last_sent_on=last_monday(now), tried_at=None)
    return True


def in_words(reports: Sequence[ReportMail]) -> list[str]:
    """Each as “Last week, by campaign; Network: Airtel”; names are looked up once for all."""
    today = timezone.localdate()
    queries = [read_query(one.query, today) for one in reports]
    names: dict[str, dict[str, str]] = {}
    for name, (by, _, _) in FILTERS.items():
        if keys := [str(value) for query in queries if (value := getattr(query, name)) is not None]:
            names[name] = labels(by, keys)
    found = []
    for report, query in zip(reports, queries, strict=True):
        said = f"{PERIOD_WORDS[report.query['period']]}, by {BY_WORDS[query.by]}"
        only = [
            f"{FILTERS[name][1]}: {names[name][str(getattr(query, name))]}" for name in FILTERS if name in report.query
        ]
        found.append("; ".join([said, *only]))
    return found


BY_WORDS = {"sender": "sender ID", "user": "who sent"} | {
    one: one for one in ("day", "week", "month", "campaign", "network", "group", "source")
}


def _due(now: datetime) -> Q:
    may_be_tried = Q(tried_at=None) | Q(tried_at__lt=now - TRIED_AGAIN_AFTER)
    return Q(last_sent_on__lt=last_monday(now)) & may_be_tried


def _mail_of(report: ReportMail, today: date) -> tuple[str, str]:
    query = read_query(report.query, today)
    found = report_of(query)
    days = period_in_words(query.first, query.last)
    filled = [one for one in found.rows if one.texts or one.left_out or one.not_known or one.refused]
    context = {
        "days": days,
        "what": in_words([report])[0],
        "headlines": [_line(one) for one in headlines(found)],
        "before": found.before.label,
        "rows": [(one, percent(one.delivery_rate)) for one in filled[:MOST_ROWS]],
        "more": max(len(filled) - MOST_ROWS, 0),
        "address": f"{settings.PUBLIC_URL}{reverse('reports')}?{written(report.query)}",
    }
    return f"Report: {days}", render_to_string("campaigns/report_mail.txt", context)


def _line(one: Headline) -> str:
    note = f" ({one.note})" if one.note else ""
    return f"{one.label}: {one.now}{note}, before: {one.before}"
