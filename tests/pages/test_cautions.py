"""What the builder says before money is spent: limits, balance, quiet hours, and to whom a repeated campaign goes."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import retry
from campaigns.audience import audience_of
from campaigns.checking import cautions
from campaigns.checking.estimate import estimate_exactly, estimate_from_sample
from campaigns.checking.figures import Estimate
from campaigns.checking.forecast import forecast_key
from campaigns.checking.said import runs_saying_the_same
from campaigns.models import Campaign, Gate, Message, Rules, Run
from tests.makers import make_campaign, make_contact, make_group, make_run
from tests.reading import read

pytestmark = pytest.mark.django_db


def check(client, campaign):
    return read(client.get(f"/campaigns/{campaign.pk}/check"))


@pytest.mark.parametrize(
    "own, of_all, warned",
    [(None, None, False), (None, 1, True), (2, 1, False), (1, None, True), (Decimal("1.80"), None, False)],
)
def test_a_campaign_over_its_limit_is_told_so_before_it_waits(sign_in, own, of_all, warned):
    Rules.objects.update(campaign_limit=of_all)
    told = check(sign_in(Role.MANAGER), make_campaign(make_group(contacts=3), spend_limit=own))
    assert ("It would cost about KES 1.80, and the limit of a campaign is KES 1.00." in told) is warned
    assert "Send 3 texts for about KES 1.80" in told


@pytest.mark.parametrize("days, warned", [(0, True), (1, False)])
def test_what_was_spent_counts_for_its_own_day(sign_in, days, warned):
    Rules.objects.update(daily_limit=10)
    Gate.objects.update(spent=9, spent_on=timezone.localdate() - timedelta(days=days))
    told = check(sign_in(Role.MANAGER), make_campaign(make_group(contacts=3)))
    assert ("Of the day&#x27;s limit KES 1.00 is left." in told) is warned


def test_a_balance_that_is_too_little_or_old_is_told(sign_in):
    now = timezone.now()
    campaign = make_campaign(make_group(contacts=3))
    client = sign_in(Role.MANAGER)
    Gate.objects.update(balance=5, spent_since=4, balance_at=now)
    assert "and the balance is KES 1.00. Top up" in check(client, campaign)
    Gate.objects.update(spent_since=0)
    assert "alert-warning" not in check(client, campaign)
    Gate.objects.update(balance_at=now - timedelta(days=23))
    assert "The balance is old: Q SMS told it 3\xa0weeks, 2\xa0days ago." in check(client, campaign)


@pytest.mark.parametrize("kind, warned", [("promotional", True), ("transactional", False)])
def test_marketing_in_quiet_hours_is_told_with_their_end(sign_in, kind, warned):
    midnight = timezone.localtime().replace(hour=0, minute=0) + timedelta(days=1)
    campaign = make_campaign(make_group(contacts=1), kind=kind, send_at=midnight)
    told = check(sign_in(Role.MANAGER), campaign)
    assert ("Marketing does not go out at 00:00. It would wait until 08:00." in told) is warned


def test_the_limit_and_the_choice_are_saved_and_kept_through_an_error(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    client, address = sign_in(Role.COMPOSER), f"/campaigns/{campaign.pk}/when"
    wrong = client.post(address, {"version": 1, "when": "now", "spend_limit": "0", "uncertain": "resend"})
    assert "greater than or equal to 1" in wrong.content.decode()
    assert '<option value="resend" selected>' in wrong.content.decode()
    client.post(address, {"version": 1, "when": "now", "spend_limit": "500.50", "uncertain": "resend"})
    campaign.refresh_from_db()
    assert (campaign.spend_limit, campaign.uncertain) == (Decimal("500.50"), "resend")


@pytest.mark.django_db(transaction=True)
def test_a_draft_for_some_people_of_a_run_says_so_and_reckons_with_them_only(sign_in):
    group = make_group(contacts=3)
    lacking = make_contact(group, name="John", balance="")
    run = make_run(make_campaign(group, name="November <b>", status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    draft = retry.make_draft(run, "left_out", None)
    type(lacking).objects.filter(pk=lacking.pk).update(values={"balance": "7.00"})
    client = sign_in(Role.MANAGER)
    for section in ("who", "what", "when", "check"):
        told = read(client.get(f"/campaigns/{draft.pk}/{section}"))
        assert "November &lt;b&gt;</a> only those who were left out for want of a value." in told
        assert "up to 1 person" in told
    assert "Send 1 text for about KES 0.60" in told


def test_a_text_that_is_to_go_to_the_same_group_within_a_day_is_told(sign_in):
    group = make_group("Loans", contacts=1)
    for name in ("Tonight's", "Tomorrow's"):
        make_run(make_campaign(group, name=name, status=Campaign.Status.ACTIVE))
    make_run(make_campaign(group, name="Yesterday's", status=Campaign.Status.ACTIVE), status="finished")
    client = sign_in(Role.MANAGER)
    assert "within a day: “Tomorrow&#x27;s”, “Tonight&#x27;s”." in check(client, make_campaign(group))
    assert "within a day" not in check(client, make_campaign(group, text="Other <name>"))
    assert "within a day" not in check(client, make_campaign(make_group(contacts=1)))


@pytest.fixture
def had_by_three(sign_in):
    """Two campaigns have said it to three people of five; of another two it was left out or did not come in."""
    everybody = make_group("All")
    people = [make_contact(everybody, balance="7.00") for _ in range(5)]
    for name, phones in (("North", [0, 1, 3]), ("South", [1, 2, 4])):
        group = make_group(name)
        for place in phones:
            make_contact(group, people[place].phone, balance="7.00")
        planning.plan_run(make_run(make_campaign(group, name=name, status=Campaign.Status.ACTIVE)).pk)
    Message.objects.filter(phone=people[3].phone).update(status="undelivered")
    Message.objects.filter(phone=people[4].phone).update(status="skipped", reason="opted_out")
    return everybody


HAD = "3 of these 5 people had this text, or get it, from other campaigns within a day."


@pytest.mark.django_db(transaction=True)
def test_who_had_the_same_text_already_is_counted_over_all_campaigns(sign_in, had_by_three):
    client = sign_in(Role.MANAGER)
    assert HAD in check(client, make_campaign(had_by_three))
    assert "people had this text" not in check(client, make_campaign(had_by_three, text="Other <name>"))
    Run.objects.update(scheduled_for=timezone.now() - timedelta(days=2))
    assert "people had this text" not in check(client, make_campaign(had_by_three))


@pytest.mark.django_db(transaction=True)
def test_of_a_large_audience_it_is_told_from_some_and_then_exactly(had_by_three, monkeypatch):
    audience, day = audience_of(make_campaign(had_by_three)), timezone.localdate()
    assert estimate_from_sample(audience, day).had == estimate_exactly(audience, day).had == 3
    south = Run.objects.get(campaign__name="South")
    assert list(runs_saying_the_same(south.campaign)) == list(Run.objects.exclude(pk=south.pk)), "its own are no others"
    before = forecast_key(audience, day)
    Run.objects.filter(campaign__name="North").update(scheduled_for=timezone.now() - timedelta(days=2))
    assert forecast_key(audience, day) != before
    assert estimate_exactly(audience, day).had == 2


def test_those_whom_it_did_not_reach_have_not_had_it(sign_in, had_by_three):
    Message.objects.update(status="undelivered")
    assert "people had this text" not in check(sign_in(Role.MANAGER), make_campaign(had_by_three))


def test_how_long_it_takes_is_told_where_it_is_long(sign_in, settings):
    campaign = make_campaign(make_group(contacts=1))
    of_many = Estimate(by_parts=Counter({1: 72_000}), price=Decimal(1))
    assert "hours" not in " ".join(cautions.cautions_of(audience_of(campaign), of_many, timezone.now()))
    settings.QSMS_MAX_PER_SECOND = 5
    assert "It will take about 4 hours at 5 texts a second." in cautions.cautions_of(
        audience_of(campaign), of_many, timezone.now()
    )
