"""From a group, a segment, an upload or a person straight to a text for them."""

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from campaigns.audience import audience_of
from campaigns.models import Campaign
from contacts.models import Upload, UploadedPeople
from tests.contacts.uploads import JANE, JOHN, imported, undone
from tests.makers import make_contact, make_family_group, make_group, make_sender
from tests.reading import read
from tests.segments import segment_of

pytestmark = pytest.mark.django_db(transaction=True)

FILE = f"phone,name,balance\n{JANE},Jane,5\n{JOHN},John,6\n"
MADE = {"name": "November", "kind": "transactional"}


@pytest.fixture
def composer(sign_in):
    return sign_in("composer")


def first_button(page):
    """The address and the words of the first button among those that the page ends with."""
    href, words = re.search(r'<a class="btn btn-primary" href="([^"]*)">(.*?)</a>', page, re.DOTALL).groups()
    return href, " ".join(re.sub(r"<svg.*?</svg>", "", words, flags=re.DOTALL).split())


def begun(client, address):
    answer = client.post(address, MADE)
    campaign = Campaign.objects.latest("pk")
    assert (answer.status_code, answer.url) == (302, reverse("campaign-what", args=[campaign.pk]))
    return campaign


def test_after_an_upload_its_people_are_texted_first_of_all(composer):
    group = make_group(fields={"balance": "money"}, contacts=3, balance="1.00")
    upload = imported(group, FILE)
    href, words = first_button(read(composer.get(reverse("upload-detail", args=[upload.pk]))))
    assert words == "Text these 2 people"
    page = read(composer.get(href))
    assert f"It goes to 2 people of the upload “{escape(upload.name)}”" in page
    assert f'value="{group.name}, ' in page
    campaign = begun(composer, href)
    audience = audience_of(campaign)
    assert (campaign.upload_id, audience.groups, audience.reach) == (upload.pk, [group], 2)


def test_whoever_changed_nothing_is_of_the_upload_too(composer):
    group = make_group(fields={"balance": "money"})
    imported(group, FILE)
    again = imported(group, FILE)
    assert again.counts["unchanged"] == 2
    assert first_button(read(composer.get(reverse("upload-detail", args=[again.pk]))))[1] == "Text these 2 people"


def test_of_a_group_with_a_key_it_is_rows_that_are_counted(composer):
    family = make_family_group([], fields={})
    upload = imported(family, f"phone,name,adm_no\n{JANE},A,1\n{JANE},B,2\n")
    words = first_button(read(composer.get(reverse("upload-detail", args=[upload.pk]))))[1]
    assert words == "Text the people of these 2 rows"


def test_an_upload_without_people_or_whose_list_has_gone_begins_nothing(composer):
    upload = imported(make_group(fields={}), FILE)
    address = reverse("campaign-create") + f"?upload={upload.pk}"
    UploadedPeople.objects.all().delete()
    assert first_button(read(composer.get(reverse("upload-detail", args=[upload.pk]))))[1] == "See the group"
    assert composer.get(address).status_code == composer.post(address, MADE).status_code == 404
    other = imported(make_group(fields={}), FILE)
    undone(other)
    assert composer.get(reverse("campaign-create") + f"?upload={other.pk}").status_code == 404
    assert not Campaign.objects.exists() and Upload.objects.count() == 2


def test_a_group_and_a_segment_are_texted_from_their_pages(composer):
    group = make_group(contacts=2)
    segment = segment_of(group)
    href, words = first_button(read(composer.get(reverse("group-detail", args=[group.pk]))))
    assert words == "Send a text"
    assert audience_of(begun(composer, href)).groups == [group]
    href, words = first_button(read(composer.get(reverse("segment-detail", args=[segment.pk]))))
    assert words == "Send a text"
    assert list(audience_of(begun(composer, href)).choice.segments) == [segment]


def test_an_empty_group_is_filled_first(composer):
    page = read(composer.get(reverse("group-detail", args=[make_group(fields={}).pk])))
    assert "Send a text" not in page


@pytest.mark.parametrize("asked", ["upload=9", "group=9", "segment=9", "group=x", "group="])
def test_what_is_not_there_begins_nothing(composer, asked):
    assert composer.get(reverse("campaign-create") + f"?{asked}").status_code == 404
    assert composer.post(reverse("campaign-create") + f"?{asked}", MADE).status_code == 404
    assert not Campaign.objects.exists()


def test_a_viewer_is_offered_nothing_of_it(sign_in):
    group = make_group(contacts=1)
    viewer = sign_in("viewer")
    for address in (
        reverse("group-detail", args=[group.pk]),
        reverse("segment-detail", args=[segment_of(group).pk]),
        reverse("person-detail", args=[group.contacts.get().phone]),
    ):
        assert "Send a text" not in read(viewer.get(address))


def test_a_person_is_texted_by_name(sign_in):
    make_sender()
    manager = sign_in("manager")
    make_contact(make_group(fields={}), JANE, name="Mrs Jane Wanjiru")
    make_contact(make_group(fields={}), JANE, name="Mrs Jane Wanjiru")
    href, _ = first_button(read(manager.get(reverse("person-detail", args=[JANE]))))
    page = read(manager.get(href))
    assert 'value="0712 345 678"' in page and "Dear Jane, " in page
    make_contact(make_group(fields={}), JANE, name="Somebody else")
    assert "Dear" not in read(manager.get(href))
    assert "Dear" not in read(manager.get(reverse("message-create") + "?to=12"))
