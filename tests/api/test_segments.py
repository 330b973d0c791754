"""Segments through the API, as an audience and as an exclusion; one contact deleted; filters that cannot be."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.roles import Role
from campaigns.audience import chosen
from campaigns.models import Campaign
from contacts import filters
from contacts.models import Contact, OptOut, Segment
from tests.api.test_api import Script
from tests.makers import make_campaign, make_contact, make_group, make_sender

pytestmark = pytest.mark.django_db

OWING = [{"field": "balance", "op": ">", "value": "100"}]
BODY = {"name": "Owing", "groups": ["Loans"], "filter": OWING}


@pytest.fixture
def script(db):
    return Script()


@pytest.fixture
def viewer(db):
    return Script(Role.VIEWER)


@pytest.fixture
def loans():
    group = make_group("Loans")
    make_contact(group, "254711000001", balance="5000.00")
    make_contact(group, "254711000002", balance="5.00")
    return group


def test_a_segment_is_made_listed_changed_and_deleted(script, loans):
    status, told = script.call("POST", "segments", BODY)
    assert (status, told["name"], told["groups"], told["filter"]) == (201, "Owing", ["Loans"], OWING)
    assert script.call("POST", "segments", BODY)[0] == 409
    status, told = script.call("PATCH", "segments/Owing", {"name": "Owing more", "filter": []})
    assert (status, told["name"], told["groups"], told["filter"]) == (200, "Owing more", ["Loans"], [])
    assert [one["name"] for one in script.call("GET", "segments")[1]["results"]] == ["Owing more"]
    make_campaign(loans, name="Left out").exclude_segments.add(Segment.objects.get())
    status, told = script.call("DELETE", "segments/Owing%20more")
    assert (status, "the campaign “Left out”" in told["error"]["message"]) == (409, True)
    Campaign.objects.all().delete()
    assert script.call("DELETE", "segments/Owing%20more")[0] == 204
    assert script.call("DELETE", "segments/Owing%20more")[0] == 404


@pytest.mark.parametrize(
    "change, field",
    [
        ({"groups": ["x"]}, "groups"),
        ({"groups": []}, "groups"),
        ({"filter": [{"field": "x", "op": "="}]}, "filter"),
        ({"filter": [5]}, "filter.0"),
        ({"name": "   "}, "name"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_a_segment_is_422(script, loans, change, field):
    status, told = script.call("POST", "segments", BODY | change)
    assert (status, told["error"]["code"]) == (422, "invalid")
    assert field in told["error"]["fields"]
    assert not Segment.objects.exists()


def test_a_viewer_s_key_sees_segments_and_changes_none(script, viewer, loans):
    script.call("POST", "segments", BODY)
    assert viewer.call("GET", "segments")[0] == 200
    for method, path, body in (
        ("POST", "segments", BODY),
        ("PATCH", "segments/Owing", {}),
        ("DELETE", "segments/Owing", None),
        ("DELETE", "contacts?phone=0711000001", None),
    ):
        assert viewer.call(method, path, body)[0] == 403
    assert script.call("PUT", "segments", None)[0] == 405


def test_a_campaign_goes_to_segments_and_leaves_others_out(script, loans):
    make_sender("S", is_default=True)
    script.call("POST", "segments", BODY)
    body = {"name": "c", "text": "Hello", "kind": "transactional", "segments": ["Owing"]}
    status, told = script.call("POST", "campaigns", body)
    assert status == 201
    assert [one.name for one in chosen(Campaign.objects.get()).segments] == ["Owing"]
    change = {"groups": ["Loans"], "segments": [], "exclude_segments": ["Owing"]}
    assert script.call("PATCH", f"campaigns/{told['id']}", change)[0] == 200
    choice = chosen(Campaign.objects.get())
    assert (choice.groups, choice.segments, len(choice.exclude_segments)) == ([loans], [], 1)
    status, told = script.call("POST", "campaigns", body | {"segments": ["x"]})
    assert (status, told["error"]["fields"]) == (422, {"segments": "There is no segment “x”."})


def test_a_filter_that_does_not_fit_is_422_when_it_is_written(script, loans):
    make_group("Other", fields={"balance": "text"})
    body = {"name": "c", "text": "Hello", "kind": "transactional", "group": "Loans", "filter": OWING}
    status, told = script.call("POST", "campaigns", body)
    assert status == 201
    for path, method, change in (
        ("campaigns", "POST", body | {"filter": [{"field": "x", "op": "is set"}]}),
        ("campaigns", "POST", body | {"groups": ["Other"]}),
        (f"campaigns/{told['id']}", "PATCH", {"groups": ["Loans", "Other"]}),
        (f"campaigns/{told['id']}", "PATCH", {"filter": [{"field": "balance", "op": "~", "value": 1}]}),
    ):
        status, answer = script.call(method, path, change)
        assert (status, list(answer["error"]["fields"])) == (422, ["filter"])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
condition = st.fixed_dictionaries(
    {"field": st.sampled_from(["balance", "due_date", "name"]) | anything, "op": st.sampled_from(filters.OPS)},
    optional={"value": anything},
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(condition | anything, max_size=3) | anything)
def test_any_filter_is_taken_or_422(script, loans, filter):
    Segment.objects.all().delete()
    assert script.call("POST", "segments", BODY | {"filter": filter})[0] in (201, 422)
    body = {"name": "c", "text": "Hello", "kind": "transactional", "group": "Loans", "filter": filter}
    assert script.call("POST", "campaigns", body)[0] in (201, 422)


# DELETE /v1/contacts


def test_a_contact_is_deleted_from_one_group_or_from_all(script, loans):
    other = make_group("Other")
    for group in (loans, other):
        make_contact(group, "254711000009")
    OptOut.objects.create(phone="254711000009")
    assert script.call("DELETE", "contacts?group=Other&phone=0711%20000%20009")[0] == 204
    assert Contact.objects.filter(phone="254711000009").count() == 1
    assert script.call("DELETE", "contacts?group=Other&phone=0711000009")[0] == 404
    make_contact(other, "254711000009")
    assert script.call("DELETE", "contacts?phone=%2B254711000009")[0] == 204
    assert not Contact.objects.filter(phone="254711000009").exists()
    assert OptOut.objects.exists()
    loans.refresh_from_db()
    assert loans.size == 2
    assert AuditEntry.objects.filter(act="contact deleted").count() == 3


@pytest.mark.parametrize(
    "query, status", [("", 422), ("group=Loans", 422), ("phone=abc", 422), ("phone=0711000001&group=x", 404)]
)
def test_what_cannot_be_deleted_is_told(script, loans, query, status):
    assert script.call("DELETE", f"contacts?{query}")[0] == status
    assert loans.contacts.count() == 2
