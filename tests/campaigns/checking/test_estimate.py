"""What a campaign would come to, exactly and from a sample."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from campaigns import planning
from campaigns.audience import audience_of, sample
from campaigns.checking import estimate
from campaigns.checking.figures import Estimate, Shortening
from campaigns.models import Campaign, Message
from contacts.models import Contact, OptOut, PhoneStatus
from tests.makers import make_campaign, make_contact, make_group, make_mixed_group, make_run, make_sender

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


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
