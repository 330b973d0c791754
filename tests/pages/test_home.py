"""What the first page says needs a person."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.maintenance import start_runs
from campaigns.models import Batch, Campaign, Gate, Rules, Run
from tests.makers import make_campaign, make_group, make_run
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
    page = read(sign_in("viewer").get(reverse("home")))
    assert "Today 10 texts, 7 delivered, KES 6.00." in page
    assert page.count("<rect") == 3
