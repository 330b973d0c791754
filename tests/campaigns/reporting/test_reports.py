"""Reports say what became of texts: their figures are sums over the texts, by whatever the rows are."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import ApiKey
from campaigns import delivery, planning, sending, tasks
from campaigns.ledger import counted
from campaigns.ledger.figures import TextFigures
from campaigns.ledger.tallies import recount
from campaigns.maintenance import day_figures, start_runs
from campaigns.models import Batch, Campaign, DayFigures, Message
from campaigns.models.figures import ALL, DELAY_BUCKETS
from campaigns.planning import single
from campaigns.reporting import reports
from campaigns.reporting.reports import BadQuery, ReportQuery, ReportRow, days_of, read_query, report_of
from contacts.models import OptOut
from tests.makers import make_campaign, make_group, make_phone, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 29)
NETWORKS = ("Safaricom", "Airtel")


def bring_up():
    while day_figures.bring_up_to_date():
        pass


@pytest.fixture
def sent(gateway, django_user_model):
    """Two campaigns of two senders and three single texts, gone, with reports of some; left out, and yesterday's."""
    jane = django_user_model.objects.create_user("jane")
    key = ApiKey.make("crm")[0]
    for number, name in enumerate(("Balances", "Fees"), start=1):
        sender = make_sender(f"SENDER{number}", price=f"0.{number}0")
        group = make_group(f"group {name}", contacts=8)
        campaign = make_campaign(
            group, name=name, sender=sender, status=Campaign.Status.ACTIVE, created_by=jane if number == 1 else None
        )
        run = make_run(campaign)
        planning.plan_run(run.pk)
        run.refresh_from_db()
        OptOut.objects.create(phone=Message.objects.filter(run=run).first().phone)
        assert start_runs.start_run(run)
    by_itself = {"sender": sender, "kind": "transactional"}
    for _ in range(2):
        single.queue_single(make_phone(), "hello", source="person", created_by=jane, **by_itself)
    single.queue_single(make_phone(), "hello", source="api", api_key=key, **by_itself)
    sending.send_while_there_is_work(gateway, seconds=10)
    texts = list(Message.objects.filter(status="accepted").order_by("pk"))
    assert len(texts) == 17
    said = ("DeliveredToTerminal", "DeliveredToTerminal", "AbsentSubscriber", None)
    delivery.store(
        {"messageId": one.gateway_id, "destaddr": one.phone, "dlrDesc": word, "network": NETWORKS[number % 2]}
        for number, one in enumerate(texts)
        if (word := said[number % 4])
    )
    delivery.apply_waiting()
    yesterday = timezone.now() - timedelta(days=1)
    Message.objects.filter(pk__in=[one.pk for one in texts[:5]]).update(accepted_at=yesterday)
    recount(list(Batch.objects.values_list("pk", flat=True)))
    bring_up()


def this_week(by="day", **filters):
    today = timezone.localdate()
    return ReportQuery(today - timedelta(days=6), today, by, **filters)


def day_of(text):
    went = text.status != "skipped"
    return timezone.localdate(text.accepted_at if went else max(text.run.scheduled_for, text.created_at)).isoformat()


def who_of(text):
    if text.run:
        return f"user:{text.run.campaign.created_by_id}" if text.run.campaign.created_by_id else "-"
    return f"key:{text.batch.api_key_id}" if text.batch.api_key_id else f"user:{text.created_by_id}"


KEY_OF = {
    "day": day_of,
    "week": lambda text: ((day := date.fromisoformat(day_of(text))) - timedelta(days=day.weekday())).isoformat(),
    "month": lambda text: day_of(text)[:7],
    "campaign": lambda text: str(text.run.campaign_id if text.run else 0),
    "sender": lambda text: str(text.batch.sender_id),
    "network": lambda text: text.network or "-",
    "group": lambda text: text.group_name or "-",
    "user": who_of,
    "source": lambda text: text.source,
}


def sums_over_texts(by, texts=None):
    """Key to what the row must say, one text after the other."""
    found = {}
    for text in texts if texts is not None else Message.objects.select_related("run__campaign", "batch"):
        row = found.setdefault(KEY_OF[by](text), Counter())
        went = text.status in ("accepted", "delivered", "undelivered")
        row["texts"] += went
        row["delivered"] += text.status == "delivered"
        row["undelivered"] += text.status == "undelivered"
        row["no_report"] += text.status == "accepted"
        row["left_out"] += text.status == "skipped"
        row["parts"] += text.parts if went else 0
        row["cost"] += text.cost if went else 0
    return {key: +row for key, row in found.items()}


def said_of(row):
    names = ("texts", "delivered", "undelivered", "no_report", "left_out", "parts", "cost")
    return +Counter({name: getattr(row, name) for name in names})


@pytest.mark.parametrize("by", reports.BY)
def test_rows_are_sums_over_the_texts(sent, by):
    report = report_of(this_week(by))
    expected = sums_over_texts(by)
    assert {row.key: said_of(row) for row in report.rows if said_of(row)} == expected
    whole = Counter()
    for row in expected.values():
        whole.update(row)
    assert said_of(report.total) == whole
    assert report.total.texts == 17 and report.total.left_out == 2
    reasons = Counter()
    for row in report.rows:
        reasons.update(row.figures.reasons)
    assert reasons == report.total.figures.reasons == {"phone_off": report.total.undelivered}
    assert report.total.figures.left_out_for == {"opted_out": 2}
    assert sum(report.total.figures.delays) == report.total.delivered


def test_rows_have_names(sent):
    labels = {by: {row.label for row in report_of(this_week(by)).rows} for by in reports.BY}
    assert labels["campaign"] == {"Balances", "Fees", "Single texts"}
    assert labels["sender"] == {"SENDER1", "SENDER2"}
    assert labels["network"] <= {"Safaricom", "Airtel", "not said"} and "not said" in labels["network"]
    assert labels["group"] == {"group Balances", "group Fees", "no group"}
    assert labels["user"] == {"jane", "the key “crm”", "the portal"}
    assert labels["source"] == {"Campaign", "Person", "API"}
    Campaign.objects.filter(name="Fees").update(name="Rent")
    gone = {"who": "user:999999", "sender": 10**12}
    DayFigures.objects.filter(campaign=0).update(campaign=10**12, **gone)
    DayFigures.objects.filter(campaign=ALL).exclude(source="campaign").update(**gone)
    assert {row.label for row in report_of(this_week("campaign")).rows} == {
        "Balances",
        "Rent",
        "a campaign that is gone",
    }
    assert "somebody who is gone" in {row.label for row in report_of(this_week("user")).rows}
    assert "a sender that is gone" in {row.label for row in report_of(this_week("sender")).rows}


@pytest.mark.parametrize("name", ["campaign", "sender", "network", "group", "who", "source"])
def test_a_filter_leaves_what_its_row_had(sent, name):
    by = "user" if name == "who" else name
    for row in report_of(this_week(by)).rows:
        params = this_week().as_params() | {name: row.key}
        query = read_query(params, timezone.localdate())
        assert query.as_params() == params
        narrowed = report_of(query)
        assert narrowed.total.figures == row.figures
        assert sum(one.texts for one in narrowed.rows) == row.texts


def test_quiet_days_are_rows_too_and_days_outside_are_not(sent):
    rows = report_of(this_week("day")).rows
    today = timezone.localdate()
    assert [row.key for row in rows] == [(today - timedelta(days=6 - number)).isoformat() for number in range(7)]
    assert [bool(row.texts) for row in rows] == [False] * 5 + [True, True]
    assert rows[0].figures == TextFigures() and rows[0].delivery_rate is None
    only_yesterday = report_of(ReportQuery(today - timedelta(days=1), today - timedelta(days=1)))
    assert only_yesterday.total.texts == rows[-2].texts == 5
    assert only_yesterday.before.texts == 0
    before = report_of(ReportQuery(today, today)).before.figures
    assert before == replace(rows[-2].figures, reasons={}, left_out_for={})
    quiet = report_of(ReportQuery(date(2025, 12, 30), date(2026, 2, 2), "month"))
    assert [(row.key, row.label, row.texts) for row in quiet.rows] == [
        ("2025-12", "December 2025", 0), ("2026-01", "January 2026", 0), ("2026-02", "February 2026", 0),
    ]  # fmt: skip
    weeks = report_of(ReportQuery(date(2026, 1, 1), date(2026, 1, 5), "week"))
    assert [(row.key, row.label) for row in weeks.rows] == [
        ("2025-12-29", "Week of 29 Dec 2025"), ("2026-01-05", "Week of 5 Jan 2026"),
    ]  # fmt: skip
    assert report_of(ReportQuery(date(2025, 1, 1), date(2025, 1, 2), "campaign")).rows == []


def test_a_report_is_as_of_when_all_that_changed_was_counted(sent):
    assert report_of(this_week()).as_of is None
    before = timezone.now()
    tasks.keep_figures_counted()
    recount([Batch.objects.first().pk])
    as_of = report_of(this_week()).as_of
    assert before <= as_of <= timezone.now()
    tasks.keep_figures_counted()
    assert cache.get(counted.UNTIL) == as_of
    bring_up()
    assert report_of(this_week()).as_of is None
    assert cache.get(counted.UNTIL) > as_of
    # Nobody noted it: the oldest that is not counted.
    cache.clear()
    recount([batch := Batch.objects.order_by("posted_at").first().pk])
    assert report_of(this_week()).as_of == Batch.objects.get(pk=batch).posted_at


@pytest.mark.parametrize(
    ("today", "period", "first", "last"),
    [
        (TODAY, "this-week", "2026-11-23", "2026-11-29"),
        (TODAY, "last-week", "2026-11-16", "2026-11-22"),
        (date(2026, 11, 30), "this-week", "2026-11-30", "2026-12-06"),
        (date(2027, 1, 1), "this-week", "2026-12-28", "2027-01-03"),
        (TODAY, "this-month", "2026-11-01", "2026-11-30"),
        (TODAY, "last-month", "2026-10-01", "2026-10-31"),
        (date(2027, 1, 31), "last-month", "2026-12-01", "2026-12-31"),
        (date(2028, 2, 29), "this-month", "2028-02-01", "2028-02-29"),
        (TODAY, "this-quarter", "2026-10-01", "2026-12-31"),
        (date(2026, 9, 30), "this-quarter", "2026-07-01", "2026-09-30"),
        (date(2026, 2, 1), "last-quarter", "2025-10-01", "2025-12-31"),
        (TODAY, "this-year", "2026-01-01", "2026-12-31"),
        (date(2027, 1, 1), "last-year", "2026-01-01", "2026-12-31"),
    ],
)
def test_periods_have_names(today, period, first, last):
    query = read_query({"period": period}, today)
    assert (query.first.isoformat(), query.last.isoformat()) == (first, last)
    assert days_of(period, today) == (query.first, query.last)


@pytest.mark.parametrize(
    ("first", "last", "before", "called"),
    [
        ("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31"), "October 2026"),
        ("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28"), "February 2026"),
        ("2026-01-01", "2026-03-31", ("2025-10-01", "2025-12-31"), "Wed 1 Oct 2025 to Wed 31 Dec 2025"),
        ("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31"), "2025"),
        ("2026-11-23", "2026-11-29", ("2026-11-16", "2026-11-22"), "Mon 16 Nov 2026 to Sun 22 Nov 2026"),
        ("2026-11-01", "2026-11-29", ("2026-10-03", "2026-10-31"), "Sat 3 Oct 2026 to Sat 31 Oct 2026"),
        ("2026-11-29", "2026-11-29", ("2026-11-28", "2026-11-28"), "Sat 28 Nov 2026"),
    ],
)
def test_the_period_before(first, last, before, called):
    query = read_query({"from": first, "to": last}, TODAY)
    assert tuple(day.isoformat() for day in query.before) == before
    assert report_of(query).before.label == called


def test_what_is_not_said_is_this_month_by_day():
    assert read_query({}, TODAY) == ReportQuery(date(2026, 11, 1), date(2026, 11, 30))
    assert read_query({"by": "", "from": " ", "campaign": "", "network": ""}, TODAY) == read_query({}, TODAY)
    asked = {"campaign": "0", "network": "-", "group": "-", "who": "-", "source": "api", "sender": "3", "by": "user"}
    assert read_query(asked, TODAY) == ReportQuery(
        date(2026, 11, 1), date(2026, 11, 30), "user", 0, 3, "", "", "", "api"
    )


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"period": "next-week"}, {"period"}),
        ({"from": "2026-11-01"}, {"to"}),
        ({"to": "2026-11-01"}, {"from"}),
        ({"from": "1.11.2026", "to": "2026-02-30"}, {"from", "to"}),
        ({"from": "20261101", "to": "2026-W05"}, {"from", "to"}),
        ({"from": "1999-12-31", "to": "2200-01-01"}, {"from", "to"}),
        ({"from": "2026-11-02", "to": "2026-11-01"}, {"to"}),
        ({"from": "2010-01-01", "to": "2026-11-01"}, {"from"}),
        ({"period": "this-week", "from": "2026-11-01", "to": "2026-11-02"}, {"period"}),
        ({"by": "weekday"}, {"by"}),
        ({"campaign": "-1", "sender": "x"}, {"campaign", "sender"}),
        ({"campaign": "9" * 19, "sender": "٣"}, {"campaign", "sender"}),
        ({"who": "jane"}, {"who"}),
        ({"who": "user:0"}, {"who"}),
        ({"source": "Campaign", "network": "a\0b", "group": "\0c"}, {"source", "network", "group"}),
    ],
)
def test_a_bad_query_says_what_is_wrong_of_each_parameter(params, wrong):
    with pytest.raises(BadQuery) as raised:
        read_query(params, TODAY)
    assert raised.value.fields.keys() == wrong
    assert all(words.endswith(".") for words in raised.value.fields.values())


def row_of(**figures):
    return ReportRow("", "", TextFigures(**figures))


def test_rates_are_of_those_with_a_final_report():
    row = row_of(delivered=3, undelivered=1, awaited=4, expired=2, refused=5, not_known=6, cost=Decimal("6.00"))
    assert (row.texts, row.no_report, row.refused, row.not_known) == (10, 6, 5, 6)
    assert (row.delivery_rate, row.cost_of_delivered) == (Decimal("0.75"), Decimal("2.00"))
    none = row_of(awaited=4, planned=Decimal("2.40"))
    assert (none.delivery_rate, none.cost_of_delivered, none.median_seconds, none.planned) == (
        None, None, None, Decimal("2.40"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("buckets", "median", "p95"),
    [
        ({2: 10}, 1, 2),
        ({10: 100}, 8, 10),
        ({5: 50, 60: 50}, 5, 57),
        ({2: 1, 5: 94, 3600: 5}, 4, 5),
        ({86400: 1}, 50400, 82800),
        ({None: 3}, 86400, 86400),
    ],
)
def test_seconds_are_interpolated_inside_a_bucket(buckets, median, p95):
    delays = [0] * (len(DELAY_BUCKETS) + 1)
    for bound, count in buckets.items():
        delays[-1 if bound is None else DELAY_BUCKETS.index(bound)] = count
    row = row_of(delays=delays)
    assert (row.median_seconds, row.p95_seconds) == (median, p95)
