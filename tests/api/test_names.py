"""Every name that a script or a page gives is one line, whatever was written, and an empty one is refused."""

import pytest
from django.urls import reverse

from accounts.forms import ApiKeyForm, ProfileForm
from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns.models import Campaign, MessageTemplate
from contacts.models import Contact, ContactField, ContactGroup, Segment, Upload
from lib.names import NameField
from tests.api.test_api import Script
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = "  November\r\nBcc:\tx\u200b \u0007 y  "
KEPT = "November Bcc: x y"
NOTHING = " \n\u200b\t"


@pytest.fixture
def script(db):
    return Script()


def test_a_script_s_names(script):
    group = {"name": WRITTEN, "fields": [{"name": "town", "label": WRITTEN}]}
    status, told = script.call("POST", "groups", group)
    assert (status, told["name"], told["fields"][0]["label"]) == (201, KEPT, KEPT)
    status, told = script.call("PATCH", f"groups/{KEPT.replace(' ', '%20')}", {"name": f"{WRITTEN}2"})
    assert (status, told["name"]) == (200, f"{KEPT} 2")
    contact = {"phone": "0712345678", "name": WRITTEN, "home\ntown": "Nakuru"}
    status, told = script.call("POST", "contacts", {"group": WRITTEN, "contacts": [contact]})
    assert (status, told["group"], told["rejected"]) == (200, KEPT, [])
    assert Contact.objects.get().name == KEPT
    assert ContactField.objects.get(key="home_town").label == "home town"
    campaign = {"name": WRITTEN, "group": KEPT, "text": "t", "kind": "transactional"}
    status, told = script.call("POST", "campaigns", campaign)
    assert (status, told["name"]) == (201, KEPT)
    status, told = script.call("PATCH", f"campaigns/{told['id']}", {"name": f"{WRITTEN}2"})
    assert (status, told["name"]) == (200, f"{KEPT} 2")
    status, told = script.call("POST", "templates", {"name": WRITTEN, "text": "t"})
    assert (status, told["name"]) == (201, KEPT)
    status, told = script.call("POST", "segments", {"name": WRITTEN, "groups": [KEPT]})
    assert (status, told["name"]) == (201, KEPT)
    for model in (ContactGroup, Campaign, MessageTemplate, Segment):
        assert all(one.name.startswith(KEPT) for one in model.objects.all())


@pytest.mark.parametrize(
    "path, body",
    [
        ("groups", {}),
        ("campaigns", {"group": "g", "text": "t", "kind": "transactional"}),
        ("templates", {"text": "t"}),
        ("segments", {"groups": ["g"]}),
    ],
)
def test_a_name_of_which_nothing_is_left_is_refused(script, path, body):
    make_group("g")
    status, told = script.call("POST", path, {"name": NOTHING, **body})
    assert (status, list(told["error"]["fields"])) == (422, ["name"])


def test_names_that_are_typed_on_pages(sign_in):
    client, group = sign_in(Role.ADMINISTRATOR), make_group("g", fields={})
    client.post(reverse("group-create"), {"name": WRITTEN})
    client.post(reverse("group-fields", args=[group.pk]), {"label": WRITTEN, "type": "text"})
    client.post(reverse("contact-create", args=[group.pk]), {"phone": "0712345678", "name": WRITTEN})
    client.post(reverse("campaign-create"), {"name": WRITTEN, "kind": "transactional"})
    client.post(reverse("template-create"), {"name": WRITTEN, "text": "t", "language": "en"})
    client.post(reverse("segment-create"), {"name": WRITTEN, "groups": [group.pk]})
    client.post(reverse("upload-create"), {"new_group": f"{WRITTEN}2", "pasted": "phone\n0712345678\n"})
    client.post(reverse("api-keys"), {"name": WRITTEN, "role": "viewer"})
    client.post(reverse("profile"), {"first_name": WRITTEN, "last_name": "b", "email": "", "phone": ""})
    assert set(ContactGroup.everything.exclude(pk=group.pk).values_list("name", flat=True)) == {KEPT, f"{KEPT} 2"}
    for model in (Contact, Campaign, MessageTemplate, Segment, ApiKey):
        assert model.objects.get().name == KEPT
    assert group.fields.get().label == KEPT
    assert User.objects.get().first_name == KEPT


def test_a_page_refuses_a_name_of_which_nothing_is_left(sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    for page, more in (("group-create", {}), ("campaign-create", {"kind": "transactional"})):
        answer = client.post(reverse(page), {"name": NOTHING, **more})
        assert "This field is required." in answer.content.decode()
    assert not ContactGroup.objects.exists() and not Campaign.objects.exists()
    assert "name" in ApiKeyForm({"name": NOTHING, "role": "viewer"}).errors
    assert ProfileForm({"first_name": WRITTEN}, instance=User.objects.get()).fields["first_name"].clean(WRITTEN) == KEPT


def test_whoever_writes_a_name_it_is_kept_clean():
    """By any way of Django's; and the object that was saved has it as it is kept."""
    group = ContactGroup.objects.create(name=WRITTEN)
    assert group.name == KEPT
    ContactGroup.objects.filter(pk=group.pk).update(name=f"{WRITTEN}2")
    group.refresh_from_db()
    assert group.name == f"{KEPT} 2"
    ContactGroup.objects.bulk_create([ContactGroup(name=f"{WRITTEN}3")])
    assert ContactGroup.objects.filter(name=f"{KEPT} 3").exists()
    assert make_contact(group, "254712345678", WRITTEN).name == KEPT


def test_every_name_of_every_table_is_of_that_kind():
    named = {
        model: ["name"] for model in (ApiKey, Campaign, Contact, ContactGroup, MessageTemplate, Segment, Upload)
    } | {ContactField: ["label"], User: ["first_name", "last_name"]}
    for model, names in named.items():
        for name in names:
            assert isinstance(model._meta.get_field(name), NameField), (model, name)
