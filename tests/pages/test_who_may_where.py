"""Every address of contacts, as its list has them: a stranger, a viewer, what is not there, a wrong method."""

import pytest
from django.urls import reverse

from contacts import importing, urls
from contacts.filters import search
from contacts.models import Contact, ContactField, ContactGroup, OptOut, Segment, Upload
from contacts.people import jobs
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db

NAMES = [address.name for address in urls.urlpatterns]
SEEN_BY_VIEWERS = {
    "group-list", "people-search", "group-detail", "group-count", "segment-list", "segment-detail", "opt-out-list",
}  # fmt: skip
GET_ONLY = SEEN_BY_VIEWERS | {
    "group-export", "group-sample", "job-detail", "job-file", "upload-people", "upload-rejects",
}  # fmt: skip
POST_ONLY = {"group-key", "group-workbook", "upload-give-up", "upload-import", "upload-reading"}
NOWHERE = 10**17


@pytest.fixture
def parts():
    """What stands in an address of that name, so that it is there."""
    group = make_group("Loans", fields={"balance": "money"})
    contact = make_contact(group, "254711000001", "Jane", balance="5.00")
    field = ContactField.objects.get(group=group)
    own = {
        "segment": Segment.objects.create(name="s").pk,
        "opt-out": OptOut.objects.create(phone="254711000002", scope="all", source="reply").pk,
        "upload": importing.begin_upload(group, "list.csv", [b"phone\n0712345678\n"]).pk,
        "job": jobs.order_job("export", search.PeopleQuery(group), None, format="csv").pk,
        "group": group.pk,
    }
    below = {"field-edit": field.pk, "field-delete": field.pk, "contact-edit": contact.pk, "contact-delete": contact.pk}

    def found(name):
        count = len(next(one for one in urls.urlpatterns if one.name == name).pattern.converters)
        first = own["group"] if name in below or name == "contact-create" else own[own_kind(name)]
        return [first, below.get(name)][:count]

    return found


def own_kind(name):
    return next((kind for kind in ("opt-out", "segment", "upload", "job") if name.startswith(kind)), "group")


def kept():
    return [model.objects.count() for model in (ContactGroup, Contact, ContactField, Segment, OptOut, Upload)]


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_is_led_to_the_sign_in_page(sign_in, parts, name):
    address = reverse(name, args=parts(name))
    for method in ("post",) if name in POST_ONLY else ("get", "post"):
        response = getattr(sign_in(), method)(address)
        assert response.status_code in (302, 405), method
        assert response.status_code == 405 or response["Location"].startswith("/sign-in")


@pytest.mark.parametrize("name", NAMES)
def test_a_viewer_sees_and_changes_nothing(sign_in, parts, name):
    address, before, viewer = reverse(name, args=parts(name)), kept(), sign_in("viewer")
    if name not in POST_ONLY:
        assert viewer.get(address).status_code == (200 if name in SEEN_BY_VIEWERS else 403)
    assert viewer.post(address).status_code in (403, 405)
    assert kept() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_is_404(sign_in, parts, name):
    client, there = sign_in("administrator"), parts(name)
    method = "post" if name in POST_ONLY else "get"
    for wrong in range(len(there)):
        asked = [NOWHERE if place == wrong else part for place, part in enumerate(there)]
        assert getattr(client, method)(reverse(name, args=asked)).status_code == 404, asked


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_method_changes_nothing(sign_in, parts, name):
    address, before, client = reverse(name, args=parts(name)), kept(), sign_in("administrator")
    if name in GET_ONLY:
        assert client.post(address).status_code == 405
    if name in POST_ONLY:
        assert client.get(address).status_code == 405
    for method in ("put", "patch", "delete", "trace"):
        answer = getattr(client, method)(address)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST, OPTIONS"), method
    assert kept() == before
