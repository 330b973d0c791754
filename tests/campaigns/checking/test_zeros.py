"""People who would read KES 0.00: counted before a campaign goes, and left out or texted as was said."""

import pytest
from django.urls import reverse

from campaigns.audience import audience_of
from campaigns.checking.estimate import estimate_exactly, estimate_from_sample
from campaigns.checking.figures import Estimate
from campaigns.checking.forecast import forecast_key
from campaigns.models import Campaign, Message
from campaigns.planning import plan_run
from tests.api.test_api import Script
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender
from tests.recurring import DAY

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = DAY.date()


@pytest.fixture
def group():
    group = make_group("loans", fields={"balance": "money", "fine": "money", "visits": "integer"})
    for balance, fine in (("0.00", "5.00"), ("-0.00", "5.00"), ("12.00", "0.00"), ("0.50", "5.00"), (None, "0.00")):
        make_contact(group, fine=fine, visits="0", **({"balance": balance} if balance else {}))
    return group


def estimate(group, text, **fields):
    return estimate_exactly(audience_of(make_campaign(group, text=text, **fields)), TODAY)


@pytest.mark.parametrize(
    "text, zeros",
    [
        ("You owe KES <balance>.", 2),
        ("You owe KES <balance:0>.", 2),
        ("You owe KES <balance|0>.", 2),
        ("You owe KES <balance|0> and KES <fine>.", 4),
        ("<balance?You owe KES <balance>.|All paid.>", 0),
        ("<balance?You owe.|You owe KES <balance>.>", 2),
        ("<visits> visits", 0),
        ("Come.", 0),
    ],
)
def test_those_who_would_read_it_are_counted(group, text, zeros):
    found = estimate(group, text)
    assert found.zeros == zeros
    left_out = estimate(group, text, zero_amounts="skip")
    assert (left_out.zeros, left_out.left_out_for_zeros, left_out.texts) == (0, zeros, found.texts - zeros)
    assert estimate_from_sample(audience_of(Campaign.objects.order_by("pk")[0]), TODAY).zeros == zeros
    assert Estimate.from_json(found.as_json()).zeros == zeros


@pytest.mark.parametrize("answer, texts", [("", 4), ("text", 4), ("skip", 2)])
def test_they_are_texted_or_left_out_as_was_said(group, answer, texts):
    campaign = make_campaign(group, text="You owe KES <balance>.", zero_amounts=answer)
    assert plan_run(make_run(campaign).pk)
    assert Message.objects.filter(status="queued").count() == texts
    assert Message.objects.filter(reason="zero:balance").count() == 4 - texts


def test_the_kept_figures_hang_on_the_answer(group):
    campaign = make_campaign(group)
    before = forecast_key(audience_of(campaign), TODAY)
    Campaign.objects.update(zero_amounts="skip")
    assert forecast_key(audience_of(Campaign.objects.get()), TODAY) != before


def test_the_check_asks_and_send_waits_for_the_answer(group, sign_in):
    manager = sign_in("manager")
    campaign = make_campaign(group, text="You owe KES <balance>.", sender=make_sender())
    address = reverse("campaign-check", args=[campaign.pk])
    page = manager.get(address).content.decode()
    assert "2\n                  people would read <strong>KES 0.00</strong>" in page
    assert "Leave them out" in page and "Text them" in page
    assert "Say first what becomes" in page and reverse("campaign-launch", args=[campaign.pk]) not in page
    answer = {"zero_amounts": "skip", "version": campaign.version}
    assert manager.post(reverse("campaign-zeros", args=[campaign.pk]), answer).url == address
    page = manager.get(address).content.decode()
    assert "are left out" in page and "would read KES 0.00 for balance" in page
    assert reverse("campaign-launch", args=[campaign.pk]) in page
    campaign.refresh_from_db()
    manager.post(reverse("campaign-zeros", args=[campaign.pk]), {"zero_amounts": "text", "version": campaign.version})
    page = manager.get(address).content.decode()
    assert "are texted" in page and reverse("campaign-launch", args=[campaign.pk]) in page


def test_an_old_page_a_viewer_and_a_wrong_answer_change_nothing(group, sign_in):
    campaign = make_campaign(group, text="You owe KES <balance>.")
    address = reverse("campaign-zeros", args=[campaign.pk])
    assert sign_in("viewer").post(address, {"zero_amounts": "skip", "version": "1"}).status_code == 403
    composer = sign_in("composer")
    assert composer.get(address).status_code == 405
    composer.post(address, {"zero_amounts": "maybe", "version": "1"})
    Campaign.objects.update(version=7)
    composer.post(address, {"zero_amounts": "skip", "version": "1"})
    campaign.refresh_from_db()
    assert (campaign.version, campaign.zero_amounts) == (7, "")


def test_scripts_are_told_and_say(group):
    sender = make_sender()
    body = {"name": "Dues", "group": "loans", "kind": "transactional", "text": "You owe KES <balance>."}
    body["sender"] = sender.name
    _, made = Script().call("POST", "campaigns", body)
    _, told = Script().call("GET", f"campaigns/{made['id']}/preview")
    assert (told["zero_amounts"], told["messages"]) == (2, 4)
    Script().call("PATCH", f"campaigns/{made['id']}", {"zero_amounts": "skip"})
    _, told = Script().call("GET", f"campaigns/{made['id']}/preview")
    assert (told["zero_amounts"], told["left_out"]["zero:balance"], told["messages"]) == (0, 2, 2)
    assert Script().call("PATCH", f"campaigns/{made['id']}", {"zero_amounts": "maybe"})[0] == 422
