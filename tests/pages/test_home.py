"""What the first page says needs a person."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import launch
from campaigns.maintenance import start_runs
from campaigns.models import Batch, Campaign, Gate, Reply, Rules, Run
from campaigns.models.figures import DELAY_BUCKETS
from campaigns.reporting import coming
from campaigns.samples import note_sample
from contacts.models import Upload
from qsms_portal.needs import SHOWN
from tests.axe import violations
from tests.figures import make_day_figures
from tests.makers import make_campaign, make_group, make_run
from tests.pages.browsing import signed_in
from tests.reading import read

pytestmark = pytest.mark.django_db


def home(sign_in, role=Role.MANAGER):
    return read(sign_in(role).get("/"))


def planned(contacts):
    run = make_run(make_campaign(make_group(contacts=contacts), status=Campaign.Status.ACTIVE, name="Fees"))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    return run


def make_batch(posted_at, status=Batch.Status.SETTLED, cost="6.00", **tally):
    return Batch.objects.create(
        status=status, size=sum(tally.values()), posted_at=posted_at, cost=Decimal(cost), tally=tally
    )


def test_where_all_is_well_nobody_is_asked_for(sign_in):
    assert "Needs somebody" not in home(sign_in)


def test_where_all_is_well_few_questions_are_asked(sign_in, django_assert_max_num_queries):
    """What the menu has counted none of is not looked for, and the count is asked for once."""
    client = sign_in(Role.MANAGER)
    client.get("/")
    with django_assert_max_num_queries(16) as asked:
        client.get("/")
    assert sum("status IN ('halted', 'held')" in one["sql"] for one in asked.captured_queries) == 1


def test_a_fragment_asks_for_nothing_of_the_menu(sign_in, django_assert_max_num_queries):
    client, address = sign_in(Role.MANAGER), f"/campaigns/{planned(1).campaign_id}"
    for headers, times in (({}, 1), ({"HX-Request": "true"}, 0)):
        with django_assert_max_num_queries(30) as asked:
            assert client.get(address, headers=headers).status_code == 200
        assert sum("status IN ('halted', 'held')" in one["sql"] for one in asked.captured_queries) == times


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "balance, spent_since, status, short",
    [
        (2, 0, Run.Status.SENDING, "KES 4.00"),
        (7, 2, Run.Status.SENDING, "KES 1.00"),
        (2, 0, Run.Status.PAUSED, "KES 4.00"),
        (6, 0, Run.Status.SENDING, ""),
        (2, 0, Run.Status.CANCELLED, ""),
        (-1, 0, Run.Status.SENDING, ""),
        (None, 0, Run.Status.SENDING, ""),
    ],
)
def test_a_balance_that_is_too_little_for_what_waits_is_told(sign_in, balance, spent_since, status, short):
    Run.objects.filter(pk=planned(10).pk).update(status=status)
    Gate.objects.update(balance=balance, spent_since=spent_since, balance_at=timezone.now())
    told = home(sign_in)
    assert (f"{short} more is needed. Top up with Q SMS." in told) is bool(short)
    assert ("Needs somebody" in told) is bool(short)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_waits_for_a_person_is_told_with_its_reason(sign_in):
    Rules.objects.update(campaign_limit=1)
    start_runs.start_run(planned(10))
    assert "Fees</a> has stopped: It would cost KES 6.00, and the limit" in home(sign_in)


def test_the_stop_is_told_with_who_and_when_and_only_managers_are_led_to_lift_it(sign_in):
    sign_in(Role.MANAGER).post("/stop", {"reason": "Wrong list"})
    told = home(sign_in)
    assert "All sending is stopped, by a manager: Wrong list. Nothing goes out since <time" in told
    assert told.count('href="/stop/lift"') == 2
    assert 'href="/stop/lift"' not in home(sign_in, Role.COMPOSER)


def test_home_tells_today_and_the_week(sign_in):
    make_batch(timezone.now(), delivered=7, undelivered=2, accepted=1)
    today = timezone.localdate()
    of_all = {"source": "campaign", "delays": [0] * (len(DELAY_BUCKETS) + 1)}
    make_day_figures(day=today, delivered=7, undelivered=2, awaited=1, cost=Decimal("6.00"), **of_all)
    make_day_figures(day=today - timedelta(days=6), delivered=9, undelivered=1, cost=Decimal("6.00"), **of_all)
    make_day_figures(day=today - timedelta(days=9), delivered=10, cost=Decimal("6.00"), **of_all)
    page = home(sign_in, Role.VIEWER)
    assert "Today 10 texts, 7 delivered, KES 6.00." in page
    assert "In seven days 20 texts, 16 delivered (84.2%), KES 12.00." in page
    assert "In the seven days before 10, 10 delivered (100.0%), KES 6.00: now +100%." in page
    assert page.count("<rect") == 5 and page.count("<title>") == 1 + 7
    assert "As of" in page, "of what is not counted yet"


def test_of_what_is_several_the_number_leads_to_all_of_it(sign_in):
    for number in range(SHOWN + 2):
        campaign = make_campaign(make_group(), name=f"Fees {number}", status=Campaign.Status.AWAITING_APPROVAL)
        Campaign.objects.filter(pk=campaign.pk).update(asked_at=timezone.now())
    # One that was approved since, and one that was sent back.
    make_campaign(make_group(), name="Rent", status=Campaign.Status.ACTIVE)
    Campaign.objects.filter(name="Rent").update(asked_at=timezone.now())
    told = home(sign_in)
    assert f'<a href="/campaigns/?status=awaiting_approval">{SHOWN + 2} campaigns</a> wait for approval' in told
    assert told.count("waits for approval") == SHOWN and "Rent" not in told


@pytest.mark.django_db(transaction=True)
def test_texts_in_doubt_are_told_by_run(sign_in):
    run = planned(3)
    Batch.objects.filter(run=run).update(status=Batch.Status.UNCERTAIN, tally={"uncertain": 2, "accepted": 1})
    told = home(sign_in)
    assert f'<a href="/campaigns/{run.campaign_id}?run={run.pk}">Fees</a>: of 2 texts it is not known' in told


def test_rejected_rows_are_told_until_the_group_has_another_upload(sign_in):
    group, other = make_group("Clients"), make_group("Chama")
    now = timezone.now()

    def upload(group, rejected, *, status=Upload.Status.DONE, days=1):
        return Upload.objects.create(
            group=group, name="a.csv", status=status, counts={"rejected": rejected},
            finished_at=now - timedelta(days=days),
        )  # fmt: skip

    upload(other, 5, days=15)
    first = upload(group, 6)
    upload(group, 7, status=Upload.Status.CHECKED)
    told = home(sign_in, Role.COMPOSER)
    assert f'<a href="/contacts/uploads/{first.pk}">6 rows</a> of the last upload into Clients were rejected' in told
    assert "Chama" not in told
    # Who may not open it is not led there.
    assert "> 6 rows of the last upload into Clients" in home(sign_in, Role.VIEWER)
    upload(group, 0)
    assert "Needs somebody" not in home(sign_in, Role.VIEWER)


def test_a_balance_that_lasts_a_few_days_needs_somebody(sign_in):
    make_day_figures(
        day=timezone.localdate(), delivered=10, cost=Decimal("70.00"), source="api",
        delays=[0] * (len(DELAY_BUCKETS) + 1),
    )  # fmt: skip
    Gate.objects.update(balance=40, balance_at=timezone.now())
    told = home(sign_in)
    assert "it lasts about 4 days" in told and "Needs somebody" not in told
    Gate.objects.update(balance=19)
    assert "The balance lasts about 1 day at this week’s rate." in home(sign_in)
    Gate.objects.update(balance=1)
    assert "The balance lasts about 0 days" in home(sign_in)


def test_what_comes_up_is_told_with_its_people_as_far_as_they_are_known(sign_in):
    group = make_group(contacts=3)
    soon = timezone.now() + timedelta(hours=1)
    for name, values, before in [
        ("Once", {}, None),
        ("Prepared", {"status": Run.Status.PLANNED, "audience": 5, "people": 4}, None),
        ("Weekly", {"occurrence": "2026-11-08"}, {"occurrence": "2026-11-01", "audience": 283}),
        ("Paused", {}, None),
        ("Begun", {"status": Run.Status.PLANNED, "scheduled_for": soon - timedelta(hours=2)}, None),
    ]:
        status = Campaign.Status.PAUSED if name == "Paused" else Campaign.Status.ACTIVE
        campaign = make_campaign(group, name=name, status=status)
        make_run(campaign, **{"scheduled_for": soon, "status": Run.Status.SCHEDULED} | values)
        if before:
            make_run(campaign, status=Run.Status.FINISHED, scheduled_for=soon - timedelta(days=7), **before)
    page = home(sign_in)
    under_way = page.partition("Under way")[2].partition("Balance")[0]
    assert "Begun" in under_way and "Prepared" not in under_way
    shown = re.sub(r"<[^>]*>", "", page.partition("Coming up")[2].partition("</main>")[0])
    told = " ".join(shown.split())
    assert "Once" in told and "up to 3 people" in told
    assert "4 people" in told and "283 people last time" in told
    assert "Paused" not in told and "Begun" not in told


def test_a_reminder_that_has_not_gone_yet_is_told_with_whom_it_means_now(sign_in, monkeypatch):
    group = make_group(contacts=3, due_date=str(timezone.localdate() + timedelta(days=4)))
    schedule = {"field": "due_date", "time": "09:00", "stages": [{"days_before": 2}], "yearly": False}
    campaign = make_campaign(group, name="Due", schedule=schedule, text="Hello")
    launch.launch(campaign.pk)
    run = Run.objects.get()
    people = 3 if timezone.localdate(run.scheduled_for) == timezone.localdate() + timedelta(days=2) else 0
    assert f", {people} people as things are now" in home(sign_in)
    monkeypatch.setattr(coming, "LOOKED_AT", 2)
    assert "as things are now" not in home(sign_in)
    Campaign.objects.update(schedule={"field": "due_date", "time": "soon"})
    assert "Due" in home(sign_in).partition("Coming up")[2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
@pytest.mark.usefixtures("database_beside_the_browser")
@pytest.mark.parametrize("width", [1440, 390])
def test_a_full_page_is_read_by_everybody_and_hangs_over_nowhere(chromium, live_server, sign_in, width):
    client = sign_in(Role.ADMINISTRATOR)
    run = planned(3)
    Batch.objects.filter(run=run).update(status=Batch.Status.UNCERTAIN, tally={"uncertain": 3})
    Run.objects.filter(pk=run.pk).update(status=Run.Status.SENDING)
    for name in ("Rent", "Dues"):
        waits = make_campaign(make_group(), name=name, status=Campaign.Status.AWAITING_APPROVAL)
        Campaign.objects.filter(pk=waits.pk).update(asked_at=timezone.now())
        stopped = make_run(make_campaign(make_group(), name=f"{name} stopped"), status=Run.Status.HALTED)
        Run.objects.filter(pk=stopped.pk).update(reason="It would cost KES 6.00, and the limit is KES 1.00.")
    Upload.objects.create(
        group=make_group("Clients"), name="a.csv", status="done", counts={"rejected": 6}, finished_at=timezone.now()
    )
    for reading in Reply.TO_BE_READ:
        Reply.objects.create(phone="254712000001", text="no more", body={}, reading=reading)
    note_sample(make_group("Sample: clients"))
    day = timezone.localdate()
    for before in (0, 1, 9):
        make_day_figures(
            day=day - timedelta(days=before), delivered=7, undelivered=2, cost=Decimal("900.00"), source="api",
            delays=[0] * (len(DELAY_BUCKETS) + 1),
        )  # fmt: skip
    Gate.objects.update(balance=100, balance_at=timezone.now())
    with signed_in(chromium, live_server, client, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto("/")
        for words in ("2 campaigns have stopped", "2 replies may mean STOP", "6 rows", "Take the samples away"):
            expect(page.get_by_text(words).first, words).to_be_visible()
        assert page.get_by_role("link", name="Stop all sending").locator("visible=true").count() == 2
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
