"""Calls with a slip of the pen are refused and name it, whichever call it is."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.roles import Role
from qsms_portal.api import api
from tests.api.test_api import Script
from tests.makers import make_campaign, make_contact, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

CASE = json.loads((Path(__file__).parents[1] / "data/cases/api_query_unknown.json").read_text())
PATHS = api.get_openapi_schema()["paths"]
CALLS = [(method.upper(), path) for path, calls in PATHS.items() for method in calls]


@pytest.fixture
def script(db):
    return Script()


def address(path):
    return re.sub(r"\{\w+\}", "1", path.replace("{act}", "pause")).removeprefix("/v1/")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_call_takes_a_parameter_that_it_does_not_know(script, method, path):
    status, told = script.call(method, f"{address(path)}?limt=5&phone[]=1")
    assert status == 422
    assert list(told["error"]["fields"]) == ["limt", "phone[]"]
    assert "limt" in told["error"]["message"]
    assert Script(key="none of ours").call(method, f"{address(path)}?limt=5")[0] == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_is_described_with_what_it_is_refused_with(method, path):
    answers = PATHS[path][method.lower()]["responses"]
    for status in (401, 403, 404, 409, 422):
        assert answers[status]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")


def test_the_calls_of_the_case_name_their_parameter(script):
    campaign = make_campaign(make_group("loans", contacts=2), pk=20)
    make_run(campaign)
    other = make_run(make_campaign(make_group("others"), name="other"))
    for call in CASE["calls"]:
        method, path = call.split(" ")
        status, told = script.call(method, path.removeprefix("/v1/"))
        name = re.search(r"\?(\w+)=", path)[1]
        assert status == (404 if name == "run" else 422), call
        assert list(told["error"]["fields"]) == [name]
    assert script.call("GET", f"campaigns/20/messages?run={other.pk}")[0] == 404
    assert script.call("GET", "campaigns/20/messages?status=queued")[0] == 200


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("campaigns?status=", "status"),
        ("campaigns?status=Draft", "status"),
        ("campaigns?status=draft&status=active", "status"),
        ("campaigns?limit=0", "limit"),
        ("campaigns?limit=many", "limit"),
        ("campaigns?cursor=1_0", "cursor"),
        ("contacts?phone=", "phone"),
        ("contacts?phone=jane", "phone"),
        ("contacts?Group=loans", "Group"),
        ("opt-outs?phone=07", "phone"),
        ("opt-outs?phone=", "phone"),
    ],
)
def test_a_value_that_is_none_is_named(script, query, name):
    status, told = script.call("GET", query)
    assert status == 422
    assert list(told["error"]["fields"]) == [name]


def test_nobody_is_taken_out_of_all_groups_by_an_empty_group(script):
    make_contact(make_group("a"), "254712345678")
    status, told = script.call("DELETE", "contacts?phone=0712345678&group=")
    assert (status, list(told["error"]["fields"])) == (404, ["group"])


@pytest.mark.parametrize("name", ["Loans 2026/11", "/", "a/b/c", "Fees 50%/term", "campaigns/1"])
def test_names_with_a_slash_are_found_in_an_address(script, name):
    make_group(name)
    for written in (quote(name), quote(name, safe="")):
        status, told = script.call("PATCH", f"groups/{written}", {"fields": [{"name": "balance"}]})
        assert (status, told.get("name")) == (200, name)
    assert script.call("GET", f"contacts?group={quote(name, safe='')}")[0] == 200
    script.call("POST", "segments", {"name": name, "groups": [name]})
    assert script.call("PATCH", f"segments/{quote(name)}", {"filter": []})[0] == 200
    assert script.call("DELETE", f"segments/{quote(name, safe='')}")[0] == 204


def test_the_documented_description_is_served(script):
    described = json.loads(Client().get("/v1/openapi.json").content)
    assert "Error" in described["components"]["schemas"]
    assert Script(Role.VIEWER).call("GET", "campaigns?limt=1")[0] == 422
