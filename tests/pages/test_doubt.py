"""What the campaign page says of texts that are not known, of failures and waits, and what can be done from there."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.roles import Role
from campaigns import delivery, planning
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Campaign, Gate, Message, Rules, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.calls import CALL, begin_call, end_call, with_siblings
from tests.failures import ended_with_failures, report, started
from tests.makers import make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(transactional_db, settings):
    """150 texts: of the first call 100 are known to be taken but for 12, the second broke."""
    settings.QSMS_UNCERTAIN_WAIT = timedelta(seconds=900)
    run = started(make_group(contacts=150))
    first, second = claim_next(CALL), claim_next(CALL)
    mark_posted(first)
    mark_posted(second)
    settle.settle(first, [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in first.texts[12:]])
    settle.settle_in_doubt(second, "connection_broke", "broke")
    close_runs.close_finished_runs()
    return run


def page(client, run):
    return client.get(f"/campaigns/{run.campaign_id}").content.decode()


def test_the_two_counts_are_told_and_nobody_decides_before_the_time(run, sign_in):
    told = page(sign_in(Role.MANAGER), run)
    assert "Of 62 texts it is not known whether they went out." in told
    assert "12: Q SMS took their call" in told
    assert "50: nothing is known of their call" in told
    assert "You can decide" in told
    assert "Send again to these" not in told


def test_a_report_that_may_mean_either_of_two_texts_is_told(sign_in, transactional_db):
    run = with_siblings(started(make_group(contacts=20)))
    for _ in range(2):
        first = end_call(begin_call(), accepted=0)[0]
    close_runs.close_finished_runs()
    report(Message(gateway_id="?", phone=first.phone), "DeliveredToTerminal")
    delivery.apply_waiting()
    Gate.objects.update(doubt_clock=10_000)
    client = sign_in(Role.MANAGER)
    told = page(client, run)
    assert "2: a report came that may mean them or another text to their number." in told
    assert "38: nothing is known of their call" in told
    assert "Q SMS took their call" not in told
    asked = client.get(f"/campaigns/{run.campaign_id}/send-all-again").content.decode()
    assert "40 texts are sent again, also the 2 that were most likely sent." in " ".join(asked.split())


def test_send_again_asks_once_with_the_number_and_does_it_once(run, sign_in):
    Gate.objects.update(doubt_clock=901)
    client = sign_in(Role.MANAGER)
    assert "Send again to these 50" in page(client, run)
    assert "50 texts are sent again" in client.get(f"/campaigns/{run.campaign_id}/send-again").content.decode()
    assert Message.objects.filter(attempt=2).count() == 0
    client.post(f"/campaigns/{run.campaign_id}/send-again")
    client.post(f"/campaigns/{run.campaign_id}/send-again")
    assert Message.objects.filter(attempt=2).count() == 50
    client.post(f"/campaigns/{run.campaign_id}/leave")
    assert Message.objects.filter(status="unknown").count() == 12


@pytest.mark.parametrize("act", ["send-again", "send-all-again", "leave"])
def test_only_managers_decide(run, sign_in, act):
    Gate.objects.update(doubt_clock=901)
    address = f"/campaigns/{run.campaign_id}/{act}"
    assert sign_in().post(address).status_code == 302
    assert sign_in(Role.COMPOSER).post(address).status_code == 403
    assert sign_in(Role.MANAGER).get("/campaigns/999999/send-again").status_code == 404
    assert Message.objects.filter(status="uncertain").count() == 62


def test_scripts_resolve_and_are_told_to_wait(run, client):
    key = ApiKey.make("m", Role.MANAGER)[1]

    def call(action):
        address, headers = f"/v1/campaigns/{run.campaign_id}/resolve", {"Authorization": f"Bearer {key}"}
        return client.post(address, {"action": action}, content_type="application/json", headers=headers)

    early = call("resend")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "state")
    Gate.objects.update(doubt_clock=901)
    assert call("nonsense").status_code == 422
    assert call("resend").json()["totals"]["queued"] == 50
    assert call("leave").json()["totals"]["unknown"] == 12
    assert call("resend_all").status_code == 409


def test_failures_are_told_in_words_and_a_draft_goes_to_those_only(transactional_db, sign_in):
    group = make_group(contacts=5)
    run = started(group)
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts])
    close_runs.close_finished_runs()
    first, second, third, *_ = Message.objects.order_by("pk")
    report(first, "AbsentSubscriber")
    report(second, "AbsentSubscriber")
    report(third, "UserNotExist")
    delivery.apply_waiting()
    client = sign_in(Role.COMPOSER)
    told = page(client, run)
    assert "2: the phone was off or out of reach for a day" in told
    assert "1: no phone has this number" in told
    assert "Send again to the 2 who failed for a passing reason" in told
    listed = client.get(f"/campaigns/{run.campaign_id}/messages?reason=phone_off").content.decode()
    assert listed.count("<tr>") - 1 == 2
    client.post(f"/campaigns/{run.campaign_id}/again/failed")
    draft = Campaign.objects.latest("pk")
    assert (draft.status, draft.of_run_id) == ("draft", run.pk)
    report(second, "DeliveredToTerminal")
    again = make_run(draft)
    planning.plan_run(again.pk)
    assert {one.phone for one in Message.objects.filter(run=again)} == {first.phone, second.phone}


def test_asked_for_twice_there_is_one_draft(transactional_db, sign_in):
    run = ended_with_failures(2)
    client = sign_in(Role.COMPOSER)
    answers = [client.post(f"/campaigns/{run.campaign_id}/again/failed").url for _ in range(2)]
    assert answers[0] == answers[1]
    assert Campaign.objects.filter(of_run=run).count() == 1


def test_a_wait_for_quiet_hours_is_told_with_its_end(transactional_db, sign_in):
    run = started(make_group(contacts=3), kind="promotional")
    now = timezone.localtime()
    begin, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time()
    Rules.objects.update(quiet_from=time(begin.hour), quiet_until=time(end.hour))
    assert claim_next(CALL) is None
    told = page(sign_in(Role.VIEWER), run)
    assert "marketing does not go out in quiet hours" in told
    assert "Waits until" in told
    Rules.objects.update(quiet_from=time(0), quiet_until=time(0))
    assert claim_next(CALL)


def test_a_run_over_the_limit_is_held_until_a_person_lets_it_go(transactional_db, sign_in):
    Rules.objects.update(campaign_limit=1)
    run = started(make_group(contacts=3))
    run.refresh_from_db()
    assert run.status == Run.Status.HELD
    client = sign_in(Role.MANAGER)
    assert "It would cost KES 1.80, and the limit of a campaign is KES 1.00." in page(client, run)
    client.post(f"/campaigns/{run.campaign_id}/resume")
    run.refresh_from_db()
    assert (run.status, run.recheck) == (Run.Status.PLANNED, True)
    Rules.objects.update(campaign_limit=None)
    start_runs.start_planned_runs()
    assert len(claim_next(CALL).texts) == 3


@pytest.mark.parametrize("act", ["send-again", "send-all-again", "leave"])
@pytest.mark.parametrize("asked", ["", "?run={}"])
def test_a_link_to_decide_on_what_is_known_by_now_leads_to_the_campaign(sign_in, act, asked):
    run = started(make_group(contacts=1))
    address = f"/campaigns/{run.campaign_id}/{act}{asked.format(run.pk)}"
    answer = sign_in(Role.MANAGER).get(address, follow=True)
    assert answer.redirect_chain == [(f"/campaigns/{run.campaign_id}", 302)]
    assert "it is known by now what became of them" in answer.content.decode()
