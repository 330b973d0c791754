"""At most so many marketing texts a person in seven days, over all campaigns, whoever sends them at once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from campaigns.actions import set_rules
from campaigns.audience import audience_of
from campaigns.checking import cautions, estimate, forecast
from campaigns.ledger.frequency import had_as_many
from campaigns.ledger.reasons import reason_in_words
from campaigns.ledger.tallies import recount, totals
from campaigns.maintenance import retention
from campaigns.models import Batch, ClaimedMarketing, Gate, Message, Rules, SingleCount
from campaigns.planning import single
from campaigns.sending import settle
from campaigns.sending.again import move_to_new_batches
from campaigns.sending.claim import claim_next, claim_up_to, mark_posted
from tests.api.test_api import Script
from tests.calls import CALL, Beside, accept_all, make_sending_run, make_sibling, wrong_tallies
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "254712345678"
LONG_AGO = "2020-01-01T00:00Z"
LATER = "2099-01-01T00:00Z"
READY = {"status": "ready", "not_before": LATER}


@pytest.fixture(autouse=True, params=["just set", "set for long"])
def the_rule(transactional_db, request, monkeypatch):
    """In its first week claims look through all texts of a number, later through those that were claimed lately."""
    set_rules.set_rule("quiet_hours", "off")
    if request.param == "set for long":
        usual = set_rules.set_rule

        def set_long_ago(name, text):
            usual(name, text)
            Rules.objects.filter(weekly_since__isnull=False).update(weekly_since=LONG_AGO)

        monkeypatch.setattr(set_rules, "set_rule", set_long_ago)


def had(
    phone=PHONE,
    *,
    status="accepted",
    kind="promotional",
    source="campaign",
    ago=timedelta(days=1),
    first_ago=None,
    **fields,
):
    """A text that the number had so long ago, by its first try so long ago."""
    at = timezone.now() - ago
    batch = fields.pop("batch", {})
    batch = Batch.objects.create(
        **{"kind": kind, "size": 1, "posted_at": at, "status": "settled", "sender": make_sender()} | batch
    )
    message = {"posted_at": timezone.now() - first_ago if first_ago else at, "text": "Sale", "parts": 1} | fields
    text = Message.objects.create(batch=batch, phone=phone, status=status, source=source, **message)
    recount([batch.pk])
    if batch.kind == "promotional":
        # As the claim of its last try left it.
        claimed = max(at, message["posted_at"] or at)
        ClaimedMarketing.objects.create(message=text, phone=phone, claimed_at=claimed)
    return text


def one_person(**campaign):
    group = make_group()
    make_contact(group, PHONE, balance="1.00")
    return make_sending_run(group, kind="promotional", **campaign)


def claim_all(most=1):
    claims = []
    while some := claim_up_to(most, CALL):
        claims += some
    return claims


def take(claim):
    """Post it, and have all of it accepted."""
    assert mark_posted(claim)
    settle.settle(claim, accept_all(claim))


def test_whoever_has_had_as_many_is_left_out_and_the_others_get_theirs():
    set_rules.set_rule("weekly_texts", "2")
    had(), had()
    group = make_group(contacts=3)
    make_contact(group, PHONE, balance="1.00")
    run = make_sending_run(group, kind="promotional")
    (claim,) = claim_all()
    assert len(claim.texts) == 3 and PHONE not in {one.phone for one in claim.texts}
    left_out = Message.objects.get(run=run, phone=PHONE)
    assert (left_out.status, left_out.reason) == ("skipped", "too_often")
    assert totals(run).left_out == {"too_often": 1}
    assert not wrong_tallies()
    assert Gate.objects.get().spent == sum(
        Message.objects.filter(batch=claim.batch, status="queued").values_list("cost", flat=True)
    )
    assert "within seven days" in reason_in_words("too_often")


def test_nobody_is_left_out_while_the_rule_is_off():
    assert Rules.objects.get().weekly_texts is None
    had(), had()
    one_person()
    assert len(claim_all()) == 1


def test_one_below_goes():
    set_rules.set_rule("weekly_texts", "3")
    had(), had()
    one_person()
    assert len(claim_all()) == 1
    one_person()
    assert claim_all() == [], "three, one of them under way"


def test_what_is_no_marketing_is_never_left_out():
    set_rules.set_rule("weekly_texts", "1")
    had(), had()
    group = make_group()
    make_contact(group, PHONE, balance="1.00")
    make_sending_run(group, kind="transactional")
    assert len(claim_all()) == 1


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        *[(True, {"status": status}) for status in ("accepted", "delivered", "undelivered", "expired")],
        *[(True, {"status": status}) for status in ("unknown", "uncertain")],
        *[(False, {"status": status}) for status in ("rejected", "skipped", "cancelled")],
        (False, {"status": "queued", "posted_at": None, "batch": READY}),
        (True, {"status": "queued", "posted_at": None, "batch": {"status": "sending"}}),
        # It may have gone by its first try.
        (True, {"status": "queued", "attempt": 2, "batch": READY | {"posted_at": None}}),
        # A report came before the answer did.
        (True, {"status": "delivered", "posted_at": None, "batch": {"status": "sending"}}),
        (False, {"kind": "transactional"}),
        (True, {"source": "person"}), (True, {"source": "api"}),
        (False, {"source": "test"}), (False, {"source": "answer"}), (False, {"source": "code"}),
        (True, {"ago": timedelta(days=6, hours=23)}),
        (False, {"ago": timedelta(days=7, minutes=1)}),
        (False, {"phone": "254712345679"}),
        # Sent again just now, after the first try of long ago.
        (True, {"attempt": 2, "first_ago": timedelta(days=9)}),
        (False, {"attempt": 2, "ago": timedelta(days=9)}),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_sent_or_may_have_been_counts(counts, text):
    set_rules.set_rule("weekly_texts", "1")
    had(**text)
    run = one_person()
    claim = claim_next(CALL)
    assert (Message.objects.get(run=run).status == "skipped") is counts
    assert bool(claim) is not counts


def test_a_text_that_is_sent_again_counts_once():
    set_rules.set_rule("weekly_texts", "2")
    run = one_person()
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle_in_doubt(claim, "connection_broke", "broke")
    _send_again(run)
    again = claim_next(CALL)
    assert [one.message for one in again.texts] == [one.message for one in claim.texts]
    take(again)
    one_person()
    (second,) = claim_all()
    take(second)
    one_person()
    assert claim_all() == []


def test_one_that_is_sent_again_goes_though_it_is_the_last_that_may():
    set_rules.set_rule("weekly_texts", "1")
    run = one_person()
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle_in_doubt(claim, "connection_broke", "broke")
    _send_again(run)
    assert claim_next(CALL)


def test_texts_of_one_batch_to_a_number_count_before_one_another():
    set_rules.set_rule("weekly_texts", "2")
    run = one_person()
    first = Message.objects.get(run=run)
    make_sibling(first, "2"), make_sibling(first, "3")
    claims = claim_all()
    assert sorted(len(one.texts) for one in claims) == [1, 1]
    assert sorted(Message.objects.filter(run=run).values_list("status", flat=True)) == ["queued", "queued", "skipped"]
    assert Message.objects.get(status="skipped").reference == "3"
    assert not wrong_tallies()


def test_two_batches_of_one_claim_see_each_other():
    set_rules.set_rule("weekly_texts", "1")
    one_person(), one_person()
    claims = claim_up_to(2, CALL)
    assert [len(one.texts) for one in claims] == [1]
    assert Counter(Message.objects.values_list("status", flat=True)) == {"queued": 1, "skipped": 1}


def test_one_that_comes_back_unsent_makes_room_for_another():
    set_rules.set_rule("weekly_texts", "1")
    one_person()
    claim = claim_next(CALL)
    Batch.objects.filter(pk=claim.batch).update(status="ready", lease_until=None, not_before=LATER)
    other = one_person()
    assert {one.phone for one in claim_next(CALL).texts} == {PHONE}
    Batch.objects.filter(pk=claim.batch).update(not_before=timezone.now())
    assert claim_next(CALL) is None
    assert Message.objects.exclude(run=other).get().reason == "too_often"


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("turn", range(4))
def test_of_campaigns_launched_at_once_no_four_workers_send_anybody_more(settings, turn, most):
    settings.QSMS_BATCH_SIZE = 5
    set_rules.set_rule("weekly_texts", str(most))
    group = make_group(contacts=40)
    runs = [make_sending_run(group, kind="promotional") for _ in range(3)]

    def work(settles):
        while claim := claim_next(CALL):
            assert mark_posted(claim)
            if settles:
                settle.settle(claim, accept_all(claim))

    # Two of them leave their calls open: what is under way counts like what has gone.
    for one in [Beside(lambda settles=settles: work(settles)) for settles in (True, False, True, False)]:
        one.join()
    sent = Counter(Message.objects.exclude(status="skipped").values_list("phone", flat=True))
    assert set(sent.values()) == {most} and len(sent) == 40
    assert Message.objects.filter(run__in=runs, reason="too_often").count() == 40 * (3 - most)
    assert not wrong_tallies()


def test_check_says_how_many_have_had_as_many():
    set_rules.set_rule("weekly_texts", "2")
    group = make_group(contacts=2)
    make_contact(group, PHONE, balance="1.00")
    had(), had(), had(group.contacts.first().phone)
    campaign = make_campaign(group, kind="promotional")
    audience, day = audience_of(campaign), timezone.localdate()
    found = estimate.estimate_exactly(audience, day)
    assert found.too_often == estimate.estimate_from_sample(audience, day).too_often == 1
    said = cautions.cautions_of(audience, found, timezone.now())
    assert "1 person has had 2 marketing texts or more within seven days. This one would be left out." in said
    found.exact, found.too_often = False, 12
    said = cautions.cautions_of(audience, found, timezone.now())
    assert "About 12 people have had 2 marketing texts or more within seven days. They would be left out." in said
    campaign.kind = "transactional"
    assert not estimate.estimate_exactly(audience_of(campaign), day).too_often


def test_check_looks_at_the_week_before_the_time_of_the_draft():
    set_rules.set_rule("weekly_texts", "1")
    group = make_group()
    make_contact(group, PHONE, balance="1.00")
    had()
    campaign = make_campaign(group, kind="promotional", send_at=timezone.now() + timedelta(days=6, hours=1))
    assert not estimate.estimate_exactly(audience_of(campaign), timezone.localdate()).too_often


def test_check_says_who_would_have_more_of_this_campaign_alone():
    set_rules.set_rule("weekly_texts", "1")
    group = make_family_group([(PHONE, [("1", "A", {"balance": "1.00"}), ("2", "B", {"balance": "2.00"})])])
    campaign = make_campaign(group, kind="promotional", one_text_for="row")
    found = estimate.estimate_exactly(audience_of(campaign), timezone.localdate())
    said = cautions.cautions_of(audience_of(campaign), found, timezone.now())
    assert any("0712 345 678 would get 2 texts of this campaign alone" in one for one in said)


def test_a_kept_estimate_is_worked_out_anew_when_the_rule_changes():
    campaign = make_campaign(make_group(contacts=1), kind="promotional")
    before = forecast.forecast_key(audience_of(campaign), timezone.localdate())
    set_rules.set_rule("weekly_texts", "3")
    assert forecast.forecast_key(audience_of(campaign), timezone.localdate()) != before


def test_a_single_marketing_text_is_refused_before_it_is_written():
    set_rules.set_rule("weekly_texts", "1")
    make_sender("SALES", use="promotional")
    script = Script()
    body = {"to": PHONE, "message": "Sale", "from": "SALES"}
    assert script.call("POST", "messages", body)[0] == 201
    (claim,) = claim_all()
    status, told = script.call("POST", "messages", body)
    assert (status, told["error"]["code"]) == (409, "too_often")
    assert "within seven days" in told["error"]["message"]
    assert Message.objects.count() == len(claim.texts) == 1


def test_a_second_click_leads_to_the_text_that_it_sent(sign_in):
    set_rules.set_rule("weekly_texts", "1")
    client, sender = sign_in(Role.MANAGER), make_sender("SALES", use="promotional")
    typed = {"to": "0712 345 678", "sender": sender.pk, "text": "Sale"}
    address = reverse("message-create")
    opened = client.post(address, typed).context["opened"]
    first = client.post(address, typed | {"opened": opened})
    assert claim_next(CALL)
    assert client.post(address, typed | {"opened": opened}).url == first.url
    assert "within seven days" in client.post(address, typed).content.decode()


def test_ones_own_test_goes_and_is_not_counted():
    set_rules.set_rule("weekly_texts", "1")
    mary = User.objects.create(username="mary", phone=PHONE, phone_confirmed_at=timezone.now())
    sender = make_sender("SALES", use="promotional")
    for text in ("one", "two"):
        single.queue_test(text, sender, mary, kind="promotional")
        take(claim_next(CALL))
    assert SingleCount.objects.exists()
    assert not had_as_many([PHONE], 1, timezone.now())
    one_person()
    assert claim_next(CALL)


def _send_again(run):
    old = list(Batch.objects.filter(run=run, status="uncertain").values_list("pk", flat=True))
    assert move_to_new_batches(old) == 1
    Gate.objects.update(recent_calls="", trips=0, open_until=None)


def test_what_is_claimed_is_written_down_while_the_rule_is_set_and_forgotten_after_a_week():
    one_person()
    take(claim_next(CALL))
    assert not ClaimedMarketing.objects.exists()
    set_rules.set_rule("weekly_texts", "5")
    run = one_person()
    claim = claim_next(CALL)
    kept = ClaimedMarketing.objects.get()
    assert (kept.message_id, kept.phone) == (Message.objects.get(run=run).pk, PHONE)
    # It came back unsent, and is claimed once more.
    Batch.objects.filter(pk=claim.batch).update(status="ready", lease_until=None)
    ClaimedMarketing.objects.update(claimed_at=LONG_AGO)
    assert claim_next(CALL)
    assert ClaimedMarketing.objects.get().claimed_at > kept.claimed_at
    retention.keep_house(60)
    assert ClaimedMarketing.objects.exists()
    ClaimedMarketing.objects.update(claimed_at=timezone.now() - timedelta(days=8, minutes=1))
    retention.keep_house(60)
    assert not ClaimedMarketing.objects.exists()


def test_what_went_before_the_rule_was_set_counts_in_its_first_week():
    one_person()
    take(claim_next(CALL))
    set_rules.set_rule("weekly_texts", "1")
    Rules.objects.update(weekly_since=timezone.now() - timedelta(days=7, minutes=59))
    one_person()
    assert claim_next(CALL) is None


def test_the_rules_week_begins_when_it_is_set_and_not_when_it_is_changed():
    set_rules.set_rule("weekly_texts", "1")
    Rules.objects.update(weekly_since=LONG_AGO)
    before = Rules.objects.get().weekly_since
    set_rules.set_rule("weekly_texts", "2")
    assert Rules.objects.get().weekly_since == before
    set_rules.set_rule("weekly_texts", "off")
    assert Rules.objects.get().weekly_since is None
    Rules.objects.filter(pk=1).update(**set_rules.BY_NAME["weekly_texts"].read("2"))
    assert abs(Rules.objects.get().weekly_since - timezone.now()) < timedelta(minutes=1)


def test_a_preview_of_the_api_tells_how_many():
    set_rules.set_rule("weekly_texts", "1")
    group = make_group(contacts=2)
    had(group.contacts.first().phone)
    campaign = make_campaign(group, kind="promotional")
    status, told = Script().call("GET", f"campaigns/{campaign.pk}/preview")
    assert (status, told["too_often"], told["messages"]) == (200, 1, 2)
