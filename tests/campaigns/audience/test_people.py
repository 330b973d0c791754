"""Segments and uploads as an audience: always live, each number once, and nobody who is left out."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from campaigns import planning
from campaigns.actions import retry
from campaigns.audience import audience_of, chosen
from campaigns.checking import cautions
from campaigns.checking.estimate import estimate_exactly
from campaigns.maintenance import retention
from campaigns.models import Campaign, CampaignSegment, Message
from contacts import usage
from contacts.filters.segments import save_segment
from contacts.models import ContactField, ContactGroup, Segment, Upload, UploadedPeople
from contacts.people.merge import Incoming, merge
from tests.makers import make_campaign, make_contact, make_group, make_run

pytestmark = pytest.mark.django_db

OWING = [{"field": "balance", "op": ">", "value": "100"}]


@pytest.fixture
def loans():
    group = make_group("Loans")
    for number, balance in enumerate((0, 50, 500, 5000)):
        make_contact(group, f"25471100000{number}", f"Loan {number}", balance=f"{balance}.00", due_date="2026-12-01")
    return group


@pytest.fixture
def shops():
    """A group without a balance; two of its people have loans too."""
    group = make_group("Shops", fields={"town": "text"})
    for number in (3, 4, 5):
        make_contact(group, f"25471100000{number}", f"Shop {number}", town="Nakuru")
    return group


def segment_of(*groups, filter=OWING, name="Owing"):
    return save_segment(None, name, groups, filter)


def campaign_to(*segments, groups=(), without=(), **fields):
    campaign = make_campaign(*groups, text="Hello <name>", **fields)
    for position, one in enumerate(segments):
        CampaignSegment.objects.create(campaign=campaign, segment=one, position=position)
    campaign.exclude_segments.set(without)
    return campaign


def meant(campaign):
    found, audience = {}, audience_of(campaign)
    for group in audience.groups:
        for one in audience.members(group, date(2026, 11, 26)):
            found.setdefault(int(one.phone[-1]), one.name)
    return found


def test_a_segment_means_who_fits_now(loans):
    campaign = campaign_to(segment_of(loans))
    assert meant(campaign) == {2: "Loan 2", 3: "Loan 3"}
    loans.contacts.filter(phone__endswith="2").update(values={"balance": "0.00"})
    loans.contacts.filter(phone__endswith="0").update(values={"balance": "9000.00"})
    assert set(meant(campaign)) == {0, 3}


def test_a_segment_over_groups_of_which_one_lacks_the_field(loans, shops):
    assert set(meant(campaign_to(segment_of(loans, shops)))) == {2, 3}
    without = [{"field": "balance", "op": "is not set"}]
    assert set(meant(campaign_to(segment_of(loans, shops, filter=without, name="None")))) == {3, 4, 5}


def test_a_group_that_is_named_itself_is_meant_wholly_and_segments_add_others(loans, shops):
    campaign = campaign_to(segment_of(loans), groups=[shops])
    assert meant(campaign) == {3: "Shop 3", 4: "Shop 4", 5: "Shop 5", 2: "Loan 2"}


def test_two_segments_of_one_group_are_its_people_of_either(loans):
    poor = segment_of(loans, filter=[{"field": "balance", "op": "=", "value": "0"}], name="Paid")
    assert set(meant(campaign_to(segment_of(loans), poor))) == {0, 2, 3}


def test_the_campaign_s_own_filter_holds_for_segments_too(loans):
    campaign = campaign_to(segment_of(loans), filter=[{"field": "balance", "op": "<", "value": "1000"}])
    assert set(meant(campaign)) == {2}


def test_who_is_in_a_segment_that_is_left_out_gets_nothing_whichever_group_has_the_number(loans, shops):
    campaign = campaign_to(groups=[shops], without=[segment_of(loans)])
    assert set(meant(campaign)) == {4, 5}


def test_days_from_run_in_a_segment_go_by_the_run_s_day(loans):
    soon = segment_of(loans, filter=[{"field": "due_date", "op": "days from run", "value": 5}])
    assert len(meant(campaign_to(soon))) == 4
    assert not audience_of(campaign_to(soon)).members(loans, date(2026, 11, 27)).exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_goes_to_the_segment_once_a_number_and_estimates_the_same(loans, shops):
    campaign = campaign_to(segment_of(loans, name="a"), segment_of(shops, filter=[], name="b"), status="active")
    told = estimate_exactly(audience_of(campaign), date(2026, 11, 26))
    run = make_run(campaign)
    assert planning.plan_run(run.pk)
    phones = [int(one.phone[-1]) for one in Message.objects.order_by("phone")]
    assert phones == [2, 3, 4, 5]
    assert (told.people, told.merged) == (4, 1)


def test_a_claim_looks_again_whether_a_person_is_still_in_the_segment(loans):
    campaign = campaign_to(segment_of(loans))
    everybody = loans.contacts.all()
    assert set(audience_of(campaign).still_meant(everybody, date(2026, 11, 26))) == {
        one.pk for one in everybody if one.phone[-1] in "23"
    }


def test_a_draft_made_of_a_run_keeps_segments_exclusions_and_the_upload(loans):
    upload = Upload.objects.create(group=loans, name="x")
    campaign = campaign_to(segment_of(loans), without=[segment_of(loans, name="not")], upload=upload)
    draft = retry.make_draft(make_run(campaign), Campaign.Only.FAILED, None)
    choice = chosen(draft)
    assert [one.name for one in choice.segments] == ["Owing"]
    assert [one.name for one in choice.exclude_segments] == ["not"]
    assert choice.upload == upload.pk


# Only the people in one upload


def test_only_the_people_in_an_upload_those_too_whom_it_did_not_change(loans):
    upload = Upload.objects.create(group=loans, name="monday.csv", status="done")
    people = [Incoming("254711000000", None, {"balance": "0.00"}), Incoming("254711000001", None, {"balance": "7.00"})]
    assert merge(loans, people, upload=upload).unchanged == 1
    later = Upload.objects.create(group=loans, name="tuesday.csv", status="done")
    merge(loans, [Incoming("254711000001", None, {"balance": "8.00"})], upload=later)
    assert set(meant(make_campaign(loans, upload=upload))) == {0, 1}
    assert set(meant(make_campaign(loans, upload=later))) == {1}


def test_an_upload_that_is_gone_means_nobody_and_not_everybody(loans):
    upload = Upload.objects.create(group=loans, name="x")
    campaign = make_campaign(loans, upload=upload)
    upload.delete()
    campaign.refresh_from_db()
    assert meant(campaign) == {}


def test_the_list_of_an_old_upload_goes_unless_a_campaign_needs_it(loans):
    old, needed, new = (uploaded(loans) for _ in range(3))
    Upload.objects.exclude(pk=new.pk).update(created_at=timezone.now() - timedelta(days=31))
    make_campaign(loans, upload=needed)
    make_campaign(loans, upload=old, status="finished")
    retention.keep_house(seconds=5)
    assert set(UploadedPeople.objects.values_list("upload", flat=True)) == {needed.pk, new.pk}


# The builder


def uploaded(group):
    upload = Upload.objects.create(group=group, name="monday.csv", status="done", finished_at=timezone.now())
    merge(group, [Incoming("254711000001", None, {"balance": "50.00"})], upload=upload)
    return upload


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


def test_a_field_that_a_segment_compares_is_used_by_it(loans, shops):
    segment_of(loans)
    assert usage.uses_of_field(loans.fields.get(key="balance")) == ["the segment “Owing”"]
    assert usage.uses_of_field(loans.fields.get(key="due_date")) == []
    assert usage.uses_of_field(shops.fields.get(key="town")) == []


# How old the values are


def test_old_values_are_said_before_a_text_with_amounts_goes_out(sign_in, loans):
    ContactGroup.objects.update(changed_at=timezone.now() - timedelta(days=23, hours=1))
    campaign = make_campaign(loans, text="Dear <name>, KES <balance>")
    client = sign_in(Role.COMPOSER)
    words = "balance in “Loans” was last updated 23 days ago."
    assert words in client.get(reverse("campaign-check", args=[campaign.pk])).content.decode()
    who = client.get(reverse("campaign-who", args=[campaign.pk])).content.decode()
    assert "“Loans” was last updated 23 days ago" in who
    assert not [one for one in said(make_campaign(loans, text="Happy new year")) if "last updated" in one]
    Upload.objects.create(group=loans, name="x", status="done", finished_at=timezone.now())
    assert words not in said(campaign)


def said(campaign):
    return cautions.cautions_of(
        audience_of(campaign), estimate_exactly(audience_of(campaign), timezone.localdate()), timezone.now()
    )
