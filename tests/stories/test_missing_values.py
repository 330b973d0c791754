"""People without a value: what the page says of them, and what becomes of them."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import launch
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Message, Run
from campaigns.sending.claim import claim_next
from contacts.models import Contact
from tests.makers import make_campaign, make_contact, make_group
from tests.reading import read

pytestmark = pytest.mark.django_db


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
    assert "Send 180 texts for about KES 108.00" in (skip := read(client.get(page)))
    assert "20: has no balance" in skip
    assert "Poor 0" in skip
    assert "0110 000 019" in skip
    Campaign.objects.update(missing_values="block")
    block = read(client.get(page))
    assert "20 people have no value for a field of the text, and you chose not to send then." in block
    assert "btn-lg" not in block
    Campaign.objects.update(text="Dear <name>, <balance?KES <balance>|ask us for your balance>.")
    assert "Send 200 texts for about KES 120.00" in read(client.get(page))


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
