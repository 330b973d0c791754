"""Segments and uploads in the builder, and the pages of segments."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from campaigns.audience import chosen
from campaigns.models import Campaign
from contacts.models import ContactField, Segment
from tests.makers import make_campaign
from tests.segments import campaign_to, segment_of, uploaded

pytestmark = pytest.mark.django_db


def post_who(client, campaign, **body):
    return client.post(reverse("campaign-who", args=[campaign.pk]), {"version": campaign.version, **body}, follow=True)


def test_segments_exclusions_and_an_upload_are_chosen_in_the_builder(sign_in, loans, shops):
    owing, paid = segment_of(loans), segment_of(loans, filter=[], name="Paid")
    upload = uploaded(loans)
    campaign, client = make_campaign(), sign_in(Role.COMPOSER)
    body = {"segments": [owing.pk], "exclude_segments": [paid.pk], "upload": upload.pk, "groups": [shops.pk]}
    post_who(client, campaign, **body, field_0="town", op_0="=", value_0="Nakuru")
    choice = chosen(campaign := Campaign.objects.get(pk=campaign.pk))
    assert (choice.groups, choice.segments, choice.exclude_segments) == ([shops], [owing], [paid])
    assert choice.upload == upload.pk
    assert campaign.filter == [{"field": "town", "op": "=", "value": "Nakuru"}]
    page = client.get(reverse("campaign-who", args=[campaign.pk])).content.decode()
    assert "monday.csv into Loans" in page
    assert page.count("checked") == 3


def test_what_does_not_go_together_is_told_and_nothing_is_lost(sign_in, loans, shops):
    upload = uploaded(loans)
    campaign, client = make_campaign(), sign_in(Role.COMPOSER)
    page = post_who(client, campaign, groups=[shops.pk], upload=upload.pk).content.decode()
    assert "This upload went into “Loans”" in page
    page = post_who(client, campaign, field_0="town", op_0="=", value_0="Kisumu").content.decode()
    assert "Choose whom to send to" in page
    assert "Kisumu" in page
    ContactField.objects.create(group=loans, key="town", label="Town", type="date")
    page = post_who(client, campaign, groups=[shops.pk, loans.pk], field_0="town", op_0="is set").content.decode()
    assert "in one group and" in page


def test_the_builder_counts_while_it_is_filled_in(sign_in, loans, shops):
    campaign, client = make_campaign(), sign_in(Role.COMPOSER)
    address = reverse("campaign-who-count", args=[campaign.pk])
    body = {"segments": [segment_of(loans).pk], "groups": [shops.pk]}
    assert "<strong>4</strong> people fit" in client.post(address, body).content.decode()
    assert "Choose whom" in client.post(address, {}).content.decode()
    assert not chosen(campaign).groups
    assert client.get(address).status_code == 405
    assert sign_in(Role.VIEWER).post(address).status_code == 403
    assert sign_in().post(address).status_code == 302
    assert client.post(reverse("campaign-who-count", args=[10**17])).status_code == 404


def test_a_segment_whose_field_is_gone_blocks_and_breaks_no_page(sign_in, loans):
    campaign = campaign_to(segment_of(loans))
    ContactField.objects.filter(key="balance").delete()
    client = sign_in(Role.MANAGER)
    for name in ("who", "what", "when", "check"):
        assert client.get(reverse(f"campaign-{name}", args=[campaign.pk])).status_code == 200, name
    assert (
        "No group of the audience has a field"
        in client.get(reverse("campaign-check", args=[campaign.pk])).content.decode()
    )
    page = client.get(reverse("segment-detail", args=[Segment.objects.get().pk]))
    assert "nothing can be sent to it" in page.content.decode()


# Pages of segments


def test_a_filter_of_a_group_s_page_is_saved_as_a_segment(sign_in, loans):
    client = sign_in(Role.COMPOSER)
    asked = {"field_0": "balance", "op_0": ">", "value_0": "100"}
    page = client.get(reverse("group-detail", args=[loans.pk]), asked).content.decode()
    start = f"{reverse('segment-create')}?group={loans.pk}&amp;field_0=balance&amp;op_0=%3E&amp;value_0=100"
    assert start.replace("&amp;", "&") in page.replace("&amp;", "&")
    form = client.get(start.replace("&amp;", "&"))
    assert 'value="100.00"' in form.content.decode()
    body = {"name": "Owing", "groups": [loans.pk], **asked}
    page = client.post(reverse("segment-create"), body, follow=True).content.decode()
    assert "balance is more than 100.00" in page
    assert Segment.objects.get().filter == [{"field": "balance", "op": ">", "value": "100.00"}]
    assert "already" in client.post(reverse("segment-create"), body).content.decode()
    body["field_0"], body["value_0"] = "nothing", ""
    assert "invalid-feedback" in client.post(reverse("segment-create"), body | {"name": "b"}).content.decode()


def test_a_segment_that_a_campaign_needs_stays_and_says_which(sign_in, loans):
    owing = segment_of(loans)
    campaign = campaign_to(owing, name="November")
    client, address = sign_in(Role.COMPOSER), reverse("segment-delete", args=[owing.pk])
    assert "the campaign “November”" in client.post(address).content.decode()
    assert Segment.objects.exists()
    Campaign.objects.update(status="finished")
    assert client.post(address)["Location"] == reverse("segment-list")
    assert not Segment.objects.exists()
    assert not campaign.chosen_segments.exists()
