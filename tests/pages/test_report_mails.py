"""Reports that are mailed every Monday: chosen on the page, sent once a week to each, by a real server."""

import json
import socket
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone
from kombu import Connection

from accounts.models import AuditEntry, User
from accounts.roles import Role
from campaigns import tasks
from campaigns.models import ReportMail, ReportReader
from campaigns.reporting.report_mail import due_readers, last_monday, mail_report
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
from tests.approving import person
from tests.axe import violations
from tests.calls import Beside
from tests.mailbox import link_in, mailbox
from tests.pages.browsing import signed_in
from tests.pages.test_reports import figures

pytestmark = pytest.mark.django_db

NAIROBI = ZoneInfo("Africa/Nairobi")
MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=NAIROBI)
LAST_WEEK = "period=last-week&by=network"


@pytest.fixture
def mary(db):
    return person("mary", Role.VIEWER, "mary@example.org")[0]


@pytest.fixture
def weekly(mary, sign_in):
    """Last week's networks to Mary, since a Wednesday."""
    sign_in(Role.MANAGER).post("/reports/mails", {"query": LAST_WEEK, "person": [mary.pk]})
    ReportReader.objects.update(last_sent_on=date(2026, 11, 23))
    return ReportMail.objects.get()


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        (MONDAY - timedelta(seconds=1), date(2026, 11, 23)),
        (MONDAY, date(2026, 11, 30)),
        (MONDAY + timedelta(days=6), date(2026, 11, 30)),
        (MONDAY.astimezone(ZoneInfo("UTC")), date(2026, 11, 30)),
    ],
)
def test_a_week_begins_on_monday_at_seven_in_the_portals_zone(now, monday):
    assert last_monday(now) == monday


def test_it_is_mailed_once_a_week_with_its_figures_and_its_address(weekly):
    figures(date(2026, 11, 24), delivered=90, undelivered=10, network="Airtel")
    figures(date(2026, 11, 30), delivered=7, network="Telkom")
    (reader,) = ReportReader.objects.values_list("pk", flat=True)
    with mailbox() as box:
        assert due_readers(MONDAY - timedelta(minutes=1)) == []
        assert not mail_report(reader, MONDAY - timedelta(minutes=1))
        assert due_readers(MONDAY) == [reader]
        assert [mail_report(reader, MONDAY) for _ in range(2)] == [True, False]
        assert due_readers(MONDAY + timedelta(days=6)) == []
        # After the next Monday, though a day late.
        assert due_readers(MONDAY + timedelta(days=8)) == [reader]
    ((to, mail),) = box.mails
    text = mail.get_content()
    assert to == ["mary@example.org"]
    assert mail["Subject"] == "Report: Mon 23 Nov 2026 to Sun 29 Nov 2026"
    assert "Delivery rate: 90.0% (of those with a final report), before: –" in text
    assert "Airtel: 100 texts, 90.0% delivered" in text and "Telkom" not in text
    assert link_in(mail) == "/reports?period=last-week&by=network"


def test_a_server_that_is_away_gets_it_later(weekly):
    (reader,) = ReportReader.objects.values_list("pk", flat=True)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": nobody.getsockname()[1], "EMAIL_URL": "smtp://x"}
        with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", **away):
            assert not mail_report(reader, MONDAY)
    with mailbox() as box:
        assert due_readers(MONDAY + timedelta(minutes=4)) == []
        later = MONDAY + timedelta(minutes=6)
        assert due_readers(later) == [reader]
        assert mail_report(reader, later)
    assert len(box.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_the_tick_has_what_is_due_mailed(weekly):
    ensure_redis()
    ReportReader.objects.update(last_sent_on=last_monday(timezone.now()) - timedelta(days=7))
    with mailbox(), Connection(app.conf.broker_url) as connection:
        queue = connection.default_channel.client
        queue.delete("work")
        tasks.tick()
        told = [json.loads(one)["headers"] for one in queue.lrange("work", 0, -1)]
    reader = ReportReader.objects.get().pk
    assert [one["argsrepr"] for one in told if one["task"] == "campaigns.tasks.mail_report"] == [f"({reader},)"]
    with mailbox() as box:
        tasks.mail_report(reader)
        tasks.mail_report(reader)
    assert len(box.mails) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_of_four_workers_one_mails_it(weekly, turn):
    (reader,) = ReportReader.objects.values_list("pk", flat=True)
    with mailbox() as box:
        for one in [Beside(lambda: mail_report(reader, MONDAY)) for _ in range(4)]:
            one.join()
    assert len(box.mails) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_who_is_gone_or_has_no_address_any_more_gets_none(weekly, change):
    User.objects.filter(username="mary").update(**change)
    with mailbox():
        assert due_readers(MONDAY) == []


def test_who_has_no_role_any_more_gets_none(weekly, mary):
    mary.groups.clear()
    with mailbox() as box:
        assert not mail_report(ReportReader.objects.get().pk, MONDAY)
    assert box.mails == []


def test_without_a_server_none_is_due_and_the_page_says_so(weekly, sign_in):
    assert due_readers(MONDAY) == []
    html = sign_in(Role.MANAGER).get(f"/reports?{LAST_WEEK}").content.decode()
    assert "EMAIL_URL" in html and 'name="person"' not in html


def test_it_is_not_mailed_for_the_week_in_which_it_is_chosen(mary, sign_in):
    sign_in(Role.MANAGER).post("/reports/mails", {"query": LAST_WEEK, "person": [mary.pk]})
    with mailbox():
        assert due_readers(timezone.now()) == []
        assert len(due_readers(timezone.now() + timedelta(days=7))) == 1


def test_what_is_mailed_is_listed_and_taken_away(weekly, sign_in):
    client = sign_in(Role.MANAGER)
    html = " ".join(client.get("/reports").content.decode().split())
    assert html.count("Last week, by network</a>, to mary") == 1
    assert "Every Monday" not in sign_in(Role.VIEWER).get("/reports").content.decode()
    assert sign_in(Role.VIEWER).post(f"/reports/mails/{weekly.pk}/end").status_code == 403
    assert client.post(f"/reports/mails/{weekly.pk}/end").status_code == 302
    assert not ReportMail.objects.exists() and not ReportReader.objects.exists()
    acts = AuditEntry.objects.filter(act__startswith="weekly").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["weekly mail made", "weekly mail ended"]


@pytest.mark.parametrize(
    ("query", "chosen", "told"),
    [
        ("period=dates&from=2026-11-01&to=2026-11-30", "mary", "two dates would be the same every Monday"),
        (LAST_WEEK, "nobody", "Choose to whom"),
        ("period=last-week&by=moon", "mary", "moon"),
    ],
)
def test_what_cannot_be_mailed_is_refused_with_why(mary, sign_in, query, chosen, told):
    person("nobody", Role.VIEWER)
    client = sign_in(Role.MANAGER)
    who = User.objects.get(username=chosen).pk
    answer = client.post("/reports/mails", {"query": query, "person": [who]}, follow=True)
    assert told in answer.content.decode()
    assert not ReportMail.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
@pytest.mark.usefixtures("database_beside_the_browser")
def test_it_is_chosen_and_ended_in_a_browser_on_a_phone(chromium, live_server, sign_in, mary):
    with mailbox():
        context = signed_in(chromium, live_server, sign_in(Role.MANAGER), viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(f"/reports?{LAST_WEEK}&source=api")
        page.get_by_label("mary").check()
        page.get_by_role("button", name="Mail it").click()
        page.get_by_text("is mailed every Monday at 07:00").wait_for()
        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Take away Last week, by network; Source: API").click()
        page.get_by_text("is not mailed any more").wait_for()
        context.close()
