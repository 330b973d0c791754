"""What a draft would come to: exact where it is small, from a sample and then exact where it is large."""

import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import launch
from campaigns.audience import audience_of, sample
from campaigns.checking import estimate, forecast
from campaigns.checking.estimate import Estimate, Shortening
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, CampaignSegment, Gate, KeptEstimate, Message, Run
from campaigns.sending.claim import claim_next
from contacts.models import Contact, ContactGroup, OptOut, PhoneStatus, Segment
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


@pytest.fixture
def large(monkeypatch):
    """Audiences of more than ten people are large ones."""
    monkeypatch.setattr(forecast, "AT_ONCE", 10)


def make_mixed_group(people=600):
    """Of ten people two have no balance and one a name that needs a second part."""
    group = make_group("Mixed")
    Contact.objects.bulk_create(
        Contact(
            group=group,
            phone=f"2547{number:08}",
            name="Jane" if number % 10 else "J" * 150,
            values={} if number % 10 in (3, 4) else {"balance": "5000.00"},
        )
        for number in range(people)
    )
    group.refresh_from_db()
    return group


def test_a_small_audience_is_looked_at_whole():
    found = forecast.forecast(audience_of(make_campaign(make_mixed_group(100))), TODAY())
    assert not found.is_coming
    assert found.estimate.exact
    assert (found.estimate.people, found.estimate.texts, found.estimate.missing) == (100, 80, 20)
    assert found.estimate.by_parts == {1: 70, 2: 10}
    assert found.estimate.cost == Decimal("54.00")
    assert KeptEstimate.objects.count() == 0


def test_a_large_one_is_told_from_a_sample_first_and_exactly_later(large, monkeypatch):
    monkeypatch.setattr(sample, "PEOPLE", 200)
    campaign = make_campaign(make_mixed_group(1000))
    first = forecast.forecast(audience_of(campaign), TODAY())
    assert (first.is_coming, first.to_begin, first.estimate.exact) == (True, True, False)
    assert first.estimate.looked_at < 300
    assert abs(first.estimate.missing - 200) < 100
    assert abs(first.estimate.texts + first.estimate.missing - 1000) < 100
    again = forecast.forecast(audience_of(campaign), TODAY())
    assert (again.is_coming, again.to_begin) == (True, False)
    assert forecast.work_out(campaign.pk)
    last = forecast.forecast(audience_of(campaign), TODAY())
    assert (last.is_coming, last.estimate.exact, last.estimate.by_parts) == (False, True, {1: 700, 2: 100})
    assert last.estimate == estimate.estimate_exactly(audience_of(campaign), TODAY())


@pytest.mark.parametrize(
    "change",
    [
        lambda campaign, group: Campaign.objects.update(text="Dear <name>"),
        lambda campaign, group: Campaign.objects.update(language="sw"),
        lambda campaign, group: Campaign.objects.update(kind="promotional"),
        lambda campaign, group: Campaign.objects.update(filter=[{"field": "balance", "op": "is set"}]),
        lambda campaign, group: campaign.sender.__class__.objects.update(price="0.70"),
        lambda campaign, group: make_contact(group, "254711999999", balance="1.00"),
        lambda campaign, group: Contact.objects.first().delete(),
        lambda campaign, group: ContactGroup.objects.update(changed_at=timezone.now()),
        lambda campaign, group: group.fields.update(type="text"),
        lambda campaign, group: OptOut.objects.create(phone=Contact.objects.first().phone),
        lambda campaign, group: campaign.exclude_groups.add(make_group()),
        lambda campaign, group: campaign.exclude_segments.add(Segment.objects.create(name="s")),
        lambda campaign, group: CampaignSegment.objects.create(
            campaign=campaign, segment=Segment.objects.create(name="s"), position=0
        ),
        lambda campaign, group: KeptEstimate.objects.update(done_at=timezone.now() - forecast.KEPT_FOR),
    ],
)
def test_what_was_worked_out_is_kept_until_something_changes(large, change):
    group = make_mixed_group(100)
    campaign = make_campaign(group)
    assert forecast.forecast(audience_of(campaign), TODAY()).to_begin
    assert forecast.work_out(campaign.pk)
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert not forecast.forecast(audience_of(campaign), TODAY()).is_coming
    change(campaign, group)
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert forecast.forecast(audience_of(campaign), TODAY()).to_begin


def test_a_large_audience_with_a_filter_is_worked_out_too(large):
    campaign = make_campaign(make_mixed_group(100), filter=[{"field": "balance", "op": ">", "value": "10"}])
    assert forecast.forecast(audience_of(campaign), TODAY()).to_begin
    assert forecast.work_out(campaign.pk)
    assert forecast.forecast(audience_of(campaign), TODAY()).estimate.people == 80


def test_figures_of_a_draft_that_was_changed_meanwhile_are_not_kept(large):
    campaign = make_campaign(make_mixed_group(100))
    forecast.forecast(audience_of(campaign), TODAY())
    Campaign.objects.update(text="Dear <name>")
    assert not forecast.work_out(campaign.pk)
    assert KeptEstimate.objects.get().figures is None
    forecast.forecast(audience_of(Campaign.objects.get()), TODAY())
    asked = iter([True, False])
    with pytest.raises(estimate.NoLongerWanted):
        while True:
            estimate.estimate_exactly(audience_of(campaign), TODAY(), wanted=lambda: next(asked))


@pytest.mark.django_db(transaction=True)
def test_the_estimate_is_what_planning_then_makes():
    first, second = make_mixed_group(50), make_group("Second")
    for contact in Contact.objects.filter(group=first)[:20]:
        make_contact(second, phone=contact.phone, balance="1.00")
    make_contact(second, "254711999999", balance="7.00")
    out, dead = Contact.objects.filter(group=first)[5:7]
    OptOut.objects.create(phone=out.phone)
    PhoneStatus.objects.create(phone=dead.phone, dead_since=timezone.now())
    sender = make_sender(opt_out_text="STOP*456*9*5#")
    campaign = make_campaign(first, second, sender=sender, kind="promotional", status=Campaign.Status.ACTIVE)
    found = estimate.estimate_exactly(audience_of(campaign), TODAY())
    sampled = estimate.estimate_from_sample(audience_of(campaign), TODAY())
    assert sampled == found
    run = make_run(campaign)
    planning.plan_run(run.pk)
    run.refresh_from_db()
    texts = Message.objects.filter(run=run)
    assert (found.people, found.merged, found.parts, found.cost) == (run.audience, run.merged, run.parts, run.estimate)
    assert found.left_out == Counter(texts.filter(status="skipped").values_list("reason", flat=True))
    assert found.by_parts == Counter(texts.filter(status="queued").values_list("parts", flat=True))
    assert found.longest.text.endswith(" STOP*456*9*5#")


def test_what_is_kept_is_what_was_found():
    found = estimate.estimate_exactly(audience_of(make_campaign(make_mixed_group(30))), TODAY())
    assert Estimate.from_json(found.as_json()) == found


@pytest.mark.parametrize(
    "by_parts, over, told",
    [
        ({1: 100}, {}, None),
        ({1: 10, 2: 1204}, {(2, 7): 1204}, Shortening(7, 1204, True)),
        ({2: 1000}, {(2, 3): 850, (2, 29): 150}, Shortening(3, 850, True)),
        ({2: 500, 3: 500}, {(2, 4): 500, (3, 2): 500}, Shortening(4, 1000, False)),
        ({2: 1000}, {(2, 100): 1000}, None),
        ({1: 10_000, 2: 5}, {(2, 1): 5}, None),
    ],
)
def test_a_few_characters_less_are_told_where_they_spare_many_people_a_part(by_parts, over, told):
    assert Estimate(by_parts=Counter(by_parts), over=Counter(over)).shortening == told


def test_a_sample_is_taken_from_all_of_a_group():
    group = make_group(contacts=900)
    group.refresh_from_db()
    ids = sample.ids_of(group, 200)
    everybody = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    assert 150 < len(ids) <= 200
    assert ids == sample.ids_of(group, 200)
    assert ids[0] < everybody[100]
    assert ids[-1] > everybody[-100]


def make_two_hundred():
    """People of whom the last twenty have no balance."""
    group = make_group("Loans", contacts=180)
    for number in range(20):
        make_contact(group, f"2541100000{number:02}", name=f"Poor {number}")
    return group


def test_of_two_hundred_people_twenty_lack_a_balance_and_the_page_says_what_becomes_of_them(sign_in):
    client = sign_in(Role.MANAGER)
    campaign = make_campaign(make_two_hundred(), text="Dear <name>, KES <balance>.")
    page = f"/campaigns/{campaign.pk}/check"
    assert "Send 180 texts for about KES 108.00" in (skip := client.get(page).content.decode())
    assert "20: has no balance" in skip
    assert "Poor 0" in skip
    assert "0110 000 019" in skip
    Campaign.objects.update(missing_values="block")
    block = client.get(page).content.decode()
    assert "20 people have no value for a field of the text, and you chose not to send then." in block
    assert "btn-lg" not in block
    Campaign.objects.update(text="Dear <name>, <balance?KES <balance>|ask us for your balance>.")
    assert "Send 200 texts for about KES 120.00" in client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "text, policy, queued, skipped, status",
    [
        ("Dear <name>, KES <balance>.", "skip", 180, 20, "sending"),
        ("Dear <name>, KES <balance>.", "block", 180, 20, "held"),
        ("Dear <name>, KES <balance|0>.", "block", 200, 0, "sending"),
    ],
)
def test_of_two_hundred_people_twenty_lack_a_balance_and_that_is_what_becomes_of_them(
    text, policy, queued, skipped, status
):
    campaign = make_campaign(make_two_hundred(), text=text, missing_values=policy)
    run = launch.launch(campaign.pk)
    planning.begin_planning(run)
    assert planning.plan_run(run.pk)
    start_runs.start_run(Run.objects.select_related("campaign").get(pk=run.pk))
    run.refresh_from_db()
    assert run.status == status
    texts = Message.objects.filter(run=run)
    assert (texts.filter(status="queued").count(), texts.filter(status="skipped").count()) == (queued, skipped)
    assert {one.reason for one in texts.filter(status="skipped")} <= {"missing:balance"}
    people = {one.phone: one for one in Contact.objects.all()}
    for one in texts.filter(status="queued"):
        balance = "5,000.00" if people[one.phone].values else "0"
        assert one.text == f"Dear {people[one.phone].name}, KES {balance}."
    claimed = claim_next(timedelta(seconds=70))
    assert (claimed is None) is (status == "held")
    if status == "held":
        assert run.reason == "20 people have no value for a field of the text, so nothing was sent."


def test_where_everybody_is_left_out_there_is_nothing_to_send(sign_in):
    campaign = make_campaign(make_group(contacts=3, name=None, due_date="2026-12-01"))
    page = sign_in(Role.MANAGER).get(f"/campaigns/{campaign.pk}/check").content.decode()
    assert "Nobody would get a text: everybody is left out." in page
    assert "btn-lg" not in page


def test_the_page_asks_again_until_the_figures_are_exact(sign_in, large):
    client = sign_in(Role.MANAGER)
    campaign = make_campaign(make_mixed_group(600))
    page = f"/campaigns/{campaign.pk}/check"
    first = client.get(page).content.decode()
    assert "Told from" in first
    assert 'hx-trigger="every 2s"' in first
    forecast.work_out(campaign.pk)
    fragment = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "hx-trigger" not in fragment
    assert "420 people 1 part, 60 people 2 parts" in fragment
    assert "Send 480 texts for about KES 324.00" in fragment


def test_a_price_that_nobody_knows_is_not_called_nothing(sign_in):
    Gate.objects.update(rate=None)
    campaign = make_campaign(make_group(contacts=2), sender=make_sender(price=None))
    page = sign_in(Role.MANAGER).get(f"/campaigns/{campaign.pk}/check").content.decode()
    assert "of a price that nobody has set" in page
    assert "KES 0.00" not in page


def test_people_of_whom_some_need_more_parts_are_pointed_out(sign_in):
    page = sign_in(Role.MANAGER).get(f"/campaigns/{make_campaign(make_mixed_group(100)).pk}/check").content.decode()
    assert "12% of the texts need more parts than the others: 10 people." in page


def test_a_sample_of_chance_contacts_is_near_the_truth(monkeypatch):
    monkeypatch.setattr(sample, "PEOPLE", 1000)
    group = make_group("Chance")
    chance = random.Random(5)
    Contact.objects.bulk_create(
        Contact(
            group=group,
            phone=f"2547{number:08}",
            name="x",
            values={"balance": "1.00"} if chance.random() < 0.3 else {},
        )
        for number in range(5000)
    )
    group.refresh_from_db()
    campaign = make_campaign(group)
    whole, part = (
        estimate.estimate_exactly(audience_of(campaign), TODAY()),
        estimate.estimate_from_sample(audience_of(campaign), TODAY()),
    )
    assert abs(part.texts - whole.texts) < 0.15 * whole.texts
