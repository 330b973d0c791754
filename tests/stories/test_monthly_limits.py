"""What a person may spend in a calendar month: seen at Check, the launch, each run's start and single texts."""

from datetime import datetime
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns import planning
from campaigns.actions import approve, launch, set_rules, steer
from campaigns.actions.retry import make_draft
from campaigns.checking.blockers import Blocked
from campaigns.ledger.allowance import spent_by
from campaigns.maintenance import start_runs
from campaigns.models import Batch, Campaign, Message, Run, SingleCount
from campaigns.planning import single
from tests.api.test_api import Script
from tests.approving import person
from tests.calls import Beside, until_somebody_waits_for_a_lock
from tests.makers import confirm_phone, make_campaign, make_group, make_run, make_sender
from tests.reading import read, words
from tests.recurring import at, tick, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mary(transactional_db):
    """A manager with KES 5 a month; a text costs KES 0.60."""
    user, client = person("mary", Role.MANAGER)
    limit(user, 5)
    user.client = client
    return user


def limit(user, amount):
    User.objects.filter(pk=user.pk).update(monthly_limit=amount)
    user.monthly_limit = amount


def campaign_for(people=5, **fields):
    """It costs KES 3."""
    return make_campaign(make_group(contacts=people), text="Dear <name>", **fields)


def spent(user):
    return float(spent_by(user, timezone.now()))


def send(client, campaign):
    return client.post(f"/campaigns/{campaign.pk}/launch", {"version": campaign.version}, follow=True)


def fresh(one):
    return type(one).objects.get(pk=one.pk)


def plan_and_start(run):
    planning.begin_planning(run)
    planning.plan_run(run.pk)
    return start_runs.start_run(fresh(run))


def test_check_says_what_is_left_and_the_launch_is_refused_over_it(mary):
    first, second = campaign_for(), campaign_for()
    month = f"{timezone.localdate():%B}"
    page = words(mary.client.get(f"/campaigns/{first.pk}/check"))
    assert f"You have KES 5.00 of KES 5.00 left in {month}; this would cost about KES 3.00." in page
    send(mary.client, first)
    assert (fresh(first).status, fresh(first).spender) == ("active", mary)
    # It counts before anybody has planned it.
    assert (Run.objects.get().status, spent(mary)) == ("scheduled", 3)
    page = words(mary.client.get(f"/campaigns/{second.pk}/check"))
    over = f"You have KES 2.00 of KES 5.00 left in {month}; this would cost about KES 3.00. An administrator can raise"
    assert page.count(over) == 1
    assert "Send 5 texts" not in page
    assert over in words(send(mary.client, second))
    assert fresh(second).is_draft
    # Nobody else's limit is touched by it.
    send(person("omar", Role.MANAGER)[1], second)
    assert fresh(second).is_active


def test_of_two_launches_in_the_same_second_one_passes(mary):
    first, second = campaign_for(), campaign_for()
    with transaction.atomic():
        launch.launch(first.pk, user=mary)
        beside = Beside(partial(launch.launch, second.pk, user=mary))
        until_somebody_waits_for_a_lock()
    with pytest.raises(Blocked, match=r"KES 2\.00 of KES 5\.00"):
        beside.join()
    assert [one.status for one in Campaign.objects.order_by("pk")] == ["active", "draft"]


def test_a_single_text_waits_for_the_launch_beside_it(mary):
    sender = make_sender()
    limit(mary, 3)
    with transaction.atomic():
        launch.launch(campaign_for().pk, user=mary)
        beside = Beside(
            partial(
                single.queue_single,
                "254712345678",
                "Hi",
                sender,
                source="person",
                kind="transactional",
                created_by=mary,
            )
        )
        until_somebody_waits_for_a_lock()
    with pytest.raises(single.OverLimit, match=r"You have KES 0\.00 of KES 3\.00 left"):
        beside.join()


def test_a_key_spends_what_its_owner_may(mary):
    script = Script(owner=mary)
    limit(mary, 4)
    make_sender("LENDER", is_default=True)
    first, second = campaign_for(), campaign_for()
    assert "mary has KES 4.00 of KES 4.00" not in str(script.call("GET", f"campaigns/{first.pk}/preview"))
    assert script.call("POST", f"campaigns/{first.pk}/launch")[0] == 200
    status, answer = script.call("POST", f"campaigns/{second.pk}/launch")
    assert (status, answer["error"]["code"]) == (422, "over_limit")
    assert "mary has KES 1.00 of KES 4.00 left" in answer["error"]["message"]
    assert (
        "mary has KES 1.00 of KES 4.00 left" in script.call("GET", f"campaigns/{second.pk}/preview")[1]["blockers"][0]
    )
    body = {"to": "0712345678", "message": "Your parcel is here."}
    assert script.call("POST", "messages", body, **{"Idempotency-Key": "a"})[0] == 201
    status, answer = script.call("POST", "messages", body, **{"Idempotency-Key": "b"})
    assert (status, answer["error"]["code"]) == (422, "over_limit")
    assert "mary has KES 0.40 of KES 4.00 left" in answer["error"]["message"]
    assert Message.objects.filter(run=None).count() == 1
    # A key that acts for nobody has nobody's limit.
    assert Script().call("POST", f"campaigns/{second.pk}/launch")[0] == 200


def test_single_texts_tests_and_codes_count_once_and_nothing_is_sent_over_it(mary):
    confirm_phone("mary")
    limit(mary, Decimal("1.80"))
    sender = make_sender()
    single.queue_test("Hello", sender, fresh(mary), kind="transactional")
    for source in ("code", "person"):
        single.queue_single("254712345678", "Hi", sender, source=source, kind="transactional", created_by=mary)
    assert spent(mary) == 1.8
    typed = {"to": "0712 345 679", "sender": sender.pk, "text": "one more"}
    opened = mary.client.post(reverse("message-create"), typed).context["opened"]
    refused = words(mary.client.post(reverse("message-create"), typed | {"opened": opened}))
    assert "You have KES 0.00 of KES 1.80 left" in refused
    assert "this text would cost about KES 0.60. An administrator can raise the limit." in refused
    assert "one more" in refused, "what was typed is not lost"
    assert Message.objects.count() == 3
    # A new month.
    SingleCount.objects.update(day=timezone.localdate().replace(day=1) - timezone.timedelta(days=1))
    assert spent(mary) == 0


def test_a_run_of_what_recurs_waits_over_the_limit_until_an_administrator_raises_it(mary, sign_in):
    campaign = campaign_for(schedule={"rrule": "FREQ=DAILY", "time": "09:00"})
    with time_machine.travel(at(hour=8), tick=False):
        launch.launch(campaign.pk, user=mary)
        assert spent(mary) == 0
    tick(at(hour=9, second=1))
    tick(at(days=1, hour=9, second=1))
    assert told(campaign)[:2] == [("05-01", "sending"), ("05-02", "held")]
    held = campaign.runs.get(status="held")
    assert held.reason == (
        "mary has KES 2.00 of KES 5.00 left in May; this run would cost about KES 3.00. An administrator can raise "
        "the limit."
    )
    assert held.reason in read(mary.client.get("/"))
    with time_machine.travel(at(days=1, hour=10), tick=False):
        # Nobody lets it go over the limit, neither the person nor somebody else.
        steer.resume(campaign, user=mary)
        assert not start_runs.start_run(fresh(held))
        assert (fresh(held).status, fresh(held).reason) == ("held", held.reason)
        boss = sign_in("administrator")
        staff.set_monthly_limit(mary, Decimal(6), User.objects.get(username="a administrator"))
        boss.post(f"/campaigns/{campaign.pk}/resume")
        assert start_runs.start_run(fresh(held))
        assert spent(mary) == 6
    # In June it begins anew.
    tick(at(days=31, hour=9, second=1))
    assert told(campaign)[-2][1] == "sending"


def test_who_asked_for_approval_pays_and_not_who_approves(mary):
    set_rules.set_rule("approval", "always")
    boss, _ = person("boss", Role.ADMINISTRATOR)
    limit(boss, 1)
    first, second, dear = campaign_for(), campaign_for(), campaign_for(people=10)
    for one in (first, second):
        assert launch.launch(one.pk, user=mary) is None
    assert spent(mary) == 0
    with pytest.raises(Blocked, match=r"You have KES 5\.00 of KES 5\.00"):
        launch.launch(dear.pk, user=mary)
    approve.approve(first.pk, first.version, user=boss)
    assert (spent(mary), spent(boss)) == (3, 0)
    with pytest.raises(Blocked, match=r"mary has KES 2\.00 of KES 5\.00"):
        approve.approve(second.pk, second.version, user=boss)
    assert fresh(second).is_awaiting


@pytest.mark.parametrize(
    ("status", "counts"),
    [("planned", 3), ("sending", 3), ("paused", 3), ("finished", 3), ("held", 0), ("skipped", 0), ("cancelled", 0)],
)
def test_what_went_or_is_on_its_way_counts(mary, status, counts):
    run = make_run(campaign_for(spender=mary))
    planning.plan_run(run.pk)
    Run.objects.update(status=status)
    assert spent(mary) == counts


def test_of_a_cancelled_run_what_had_gone_counts_and_its_texts_by_their_actual_cost(mary):
    run = make_run(campaign_for(spender=mary))
    planning.plan_run(run.pk)
    Run.objects.update(status="cancelled")
    Batch.objects.update(status="settled", cost=Decimal("2.75"))
    assert spent(mary) == 2.75


def test_a_run_counts_in_the_month_of_the_portals_zone_in_which_it_begins(mary):
    begun = datetime.fromisoformat("2026-11-30T21:30:00+00:00")
    run = make_run(campaign_for(spender=mary), scheduled_for=begun)
    planning.plan_run(run.pk)
    november = datetime.fromisoformat("2026-11-30T20:59:59+00:00")
    assert [float(spent_by(mary, moment)) for moment in (november, begun)] == [0, 3]


def test_what_is_for_next_month_is_of_next_month(mary):
    with time_machine.travel(at(hour=8), tick=False):
        launch.launch(campaign_for(send_at=at(days=31)).pk, user=mary)
        assert spent(mary) == 0
        launch.launch(campaign_for().pk, user=mary)
        with pytest.raises(Blocked, match="left in June"):
            launch.launch(campaign_for(send_at=at(days=32)).pk, user=mary)


def test_what_has_grown_since_its_launch_waits(mary):
    campaign = campaign_for()
    run = launch.launch(campaign.pk, user=mary)
    limit(mary, 2)
    assert not plan_and_start(run)
    assert "mary has KES 2.00 of KES 2.00 left" in fresh(run).reason
    assert spent(mary) == 0


def test_who_has_no_limit_is_asked_nothing(mary):
    limit(mary, None)
    page = words(mary.client.get(f"/campaigns/{campaign_for(people=20).pk}/check"))
    assert "left in" not in page
    assert launch.launch(Campaign.objects.get().pk, user=mary)


def test_a_draft_made_of_a_run_counts_for_whoever_sends_it(mary):
    draft = make_draft(make_run(campaign_for(spender=mary), status=Run.Status.FINISHED), Campaign.Only.FAILED, None)
    assert (draft.spender, draft.expected_cost) == (None, None)


def test_keys_of_others_do_not_count(mary):
    omar = User.objects.create(username="omar")
    for owner in (omar, None):
        key = ApiKey.make("test", owner=owner, created_by=mary)[0]
        single.queue_single("254712345678", "Hi", make_sender(), source="api", kind="transactional", api_key=key)
    assert (spent(mary), spent(omar)) == (0, 0.6)
