"""A campaign used again, kept from going, and changed while it is scheduled: by its pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions.launch import launch
from campaigns.models import Campaign, Rules, Run
from tests.makers import make_campaign, make_group, make_run, make_sender
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

SOON = timedelta(days=1)


@pytest.fixture
def manager(sign_in):
    return sign_in(Role.MANAGER)


def scheduled(**fields):
    campaign = make_campaign(make_group("Loans", contacts=3), send_at=timezone.now() + SOON, **fields)
    launch(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def finished():
    campaign = make_campaign(make_group("Loans", contacts=3), name="Balances", status="finished")
    run = make_run(campaign)
    planning.plan_run(run.pk)
    Run.objects.update(status="finished", finished_at=timezone.now())
    return campaign


def detail(campaign):
    return reverse("campaign-detail", args=[campaign.pk])


def test_one_that_is_over_offers_its_people_of_then_and_of_now(sign_in):
    campaign, client = finished(), sign_in(Role.COMPOSER)
    address = reverse("campaign-copy", args=[campaign.pk])
    assert address in client.get(detail(campaign)).content.decode()
    page = read(client.get(address))
    assert "The same 3 people as last time" in page
    assert 'value="Balances 2"' in page
    led = client.post(address, {"name": "January", "people": "same"})
    draft = Campaign.objects.get(name="January")
    assert led["Location"] == reverse("campaign-check", args=[draft.pk])
    assert draft.of_run == campaign.runs.get()
    shown = read(client.get(led["Location"]))
    assert "To the people of" in shown
    assert "who are still in these groups" in shown


def test_one_that_was_not_sent_offers_its_groups_alone(manager):
    campaign = scheduled()
    address = reverse("campaign-copy", args=[campaign.pk])
    assert "The same" not in manager.get(address).content.decode()
    assert "Select a valid choice" in manager.post(address, {"name": "x", "people": "same"}).content.decode()
    manager.post(address, {"name": "x", "people": "now"})
    assert Campaign.objects.get(name="x").is_draft


def test_of_one_that_went_to_a_part_of_its_groups_the_same_people_are_proposed(manager):
    """Or the text for some of a group would go to all of it before one has seen how many they are."""
    campaign = finished()
    make_group("Others", contacts=1)
    address = reverse("campaign-copy", args=[campaign.pk])
    page = read(manager.get(address))
    assert "Whoever is in its groups when it goes: now 3 people in them" in page
    assert manager.get(address).context["form"].initial["people"] == "now"
    Campaign.objects.update(only="same", of_run=campaign.runs.get())
    assert manager.get(address).context["form"].initial["people"] == "same"


def test_a_viewer_uses_nothing_again(sign_in):
    campaign = finished()
    client = sign_in(Role.VIEWER)
    assert client.post(reverse("campaign-copy", args=[campaign.pk]), {"name": "x", "people": "now"}).status_code == 403
    assert "Use again" not in client.get(detail(campaign)).content.decode()


def test_what_is_scheduled_says_do_not_send_and_to_how_many_it_would_be(manager):
    page = read(manager.get(detail(scheduled())))
    assert "Do not send to up to 3 people" in page
    assert "Cancel the" not in page


def test_what_is_prepared_says_how_many_texts_it_would_be(manager):
    campaign = scheduled(audience="frozen")
    planning.plan_run(campaign.runs.get().pk)
    assert "Do not send these 3 texts" in read(manager.get(detail(campaign)))


def test_what_is_being_sent_is_cancelled(manager):
    campaign = scheduled(audience="frozen")
    planning.plan_run(campaign.runs.get().pk)
    Run.objects.update(status="sending", started_at=timezone.now())
    page = read(manager.get(detail(campaign)))
    assert "Cancel the 3 texts that wait" in page
    assert "Make it a draft again" not in page


def test_what_was_not_sent_says_so(manager):
    campaign = scheduled()
    page = manager.post(reverse("campaign-cancel", args=[campaign.pk]), follow=True)
    assert "It was cancelled before it began: nothing was sent." in read(page)


def test_it_is_made_a_draft_again_and_keeps_its_time(manager):
    campaign = scheduled()
    assert "Make it a draft again" in manager.get(detail(campaign)).content.decode()
    page = manager.post(reverse("campaign-set-back", args=[campaign.pk]), follow=True)
    assert page.redirect_chain[-1][0] == reverse("campaign-check", args=[campaign.pk])
    assert "It is a draft again" in read(page)
    after = Campaign.objects.get()
    assert (after.is_draft, after.send_at) == (True, campaign.send_at)


def test_what_has_begun_stays_as_it_is(manager):
    campaign = scheduled()
    Run.objects.update(status="sending", started_at=timezone.now())
    page = manager.post(reverse("campaign-set-back", args=[campaign.pk]), follow=True)
    assert "It has begun and cannot be changed any more." in read(page)
    assert Campaign.objects.get().is_active


def what(campaign, **more):
    return {
        "version": campaign.version, "text": "Hello <name>", "sender": campaign.sender_id, "kind": "transactional",
        "missing_values": "skip", "language": "en", **more,
    }  # fmt: skip


def test_its_text_is_changed_where_it_stands(manager):
    campaign = scheduled()
    address = reverse("campaign-what", args=[campaign.pk])
    assert "This campaign is scheduled. What you save here is what goes." in read(manager.get(address))
    page = read(manager.post(address, what(campaign), follow=True))
    assert "Saved. It goes on" in page
    after = Campaign.objects.get()
    assert (after.text, after.status, after.send_at) == ("Hello <name>", "active", campaign.send_at)
    assert after.runs.get().status == Run.Status.SCHEDULED


def test_its_sender_and_people_are_changed_where_it_stands(manager):
    campaign, other = scheduled(), make_sender("OTHER")
    manager.post(reverse("campaign-what", args=[campaign.pk]), what(campaign, sender=other.pk))
    campaign.refresh_from_db()
    group = make_group("Shops", contacts=2)
    manager.post(reverse("campaign-who", args=[campaign.pk]), {"version": campaign.version, "groups": [group.pk]})
    campaign.refresh_from_db()
    assert (campaign.sender, [one.group for one in campaign.chosen_groups.all()]) == (other, [group])
    assert "up to 2 people" in read(manager.get(detail(campaign)))


def when(campaign, **more):
    return {"version": campaign.version, "uncertain": "hold", "zone": "Africa/Nairobi", "audience": "live", **more}


def test_its_time_is_changed_where_it_stands(manager):
    campaign = scheduled()
    address = reverse("campaign-when", args=[campaign.pk])
    later = timezone.localtime(campaign.send_at + SOON).replace(second=0, microsecond=0)
    manager.post(address, when(campaign, when="later", at=f"{later:%Y-%m-%dT%H:%M}"))
    assert Run.objects.get().scheduled_for == later


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"when": "now"}, "It is scheduled: give its time."),
        ({"when": "again", "repeat": "daily", "time": "09:00", "ends": "never"}, "It goes out once."),
    ],
)
def test_it_is_not_sent_at_once_nor_made_to_recur_by_a_change_of_its_time(manager, chosen, words):
    campaign = scheduled()
    page = manager.post(reverse("campaign-when", args=[campaign.pk]), when(campaign, **chosen), follow=True)
    assert words in read(page)
    assert Run.objects.get().scheduled_for == campaign.send_at


def test_a_change_of_somebody_else_is_not_lost(manager):
    campaign = scheduled()
    address = reverse("campaign-what", args=[campaign.pk])
    manager.post(address, what(campaign))
    page = manager.post(address, what(campaign, text="Other"), follow=True)
    assert "Somebody else changed this campaign meanwhile." in read(page)
    assert Campaign.objects.get().text == "Hello <name>"


def test_a_change_that_has_to_be_approved_waits_for_that(sign_in):
    campaign = scheduled()
    Rules.objects.update(approval="always")
    page = sign_in(Role.MANAGER).post(reverse("campaign-what", args=[campaign.pk]), what(campaign), follow=True)
    assert "Saved. It goes when somebody else has approved the change." in read(page)
    assert Campaign.objects.get().awaits_approval
    assert not Run.objects.exists()


def test_a_composer_changes_nothing_that_a_manager_has_scheduled(sign_in):
    campaign, client = scheduled(), sign_in(Role.COMPOSER)
    assert "Change the text" not in client.get(detail(campaign)).content.decode()
    assert client.post(reverse("campaign-what", args=[campaign.pk]), what(campaign)).status_code == 403
    assert client.post(reverse("campaign-set-back", args=[campaign.pk])).status_code == 403
    assert Campaign.objects.get().text == campaign.text
