"""A NUL, which PostgreSQL cannot keep, in every address, form and body that there is: refused, and never an error."""

import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from accounts.models import ApiKey
from accounts.roles import Role
from tests.makers import make_campaign, make_group

pytestmark = pytest.mark.django_db

REFUSED = (400, 404)
# Past all middleware; see `qsms_portal.lean`.
BY_THE_GATEWAY = ("/dlr/", "/inbound/")
SOURCES = [path for app in ("accounts", "campaigns", "contacts", "qsms_portal") for path in Path(app).rglob("*.py")]


def routes(resolver=None, before=""):
    """Every address as its pattern writes it, those of the admin and of the API too."""
    for one in (resolver or get_resolver()).url_patterns:
        address = before + str(one.pattern).lstrip("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(one, URLPattern):
            yield address
        else:
            yield from routes(one, address)


def filled(address, text):
    """With `text` in each place that takes text, and 1 where a number goes."""
    address = re.sub(r"<int:\w+>", "1", address)
    address = re.sub(r"<(?:str:|path:|slug:)?\w+>|\(\?P<\w+>[^)]*\)+\+?", text, address)
    return "/" + re.sub(r"[\\^$?]", "", address)


ROUTES = sorted(set(routes()))
TEXTUAL = [one for one in ROUTES if filled(one, "A") != filled(one, "B")]
# What any code asks an address or a form for.
ASKED = sorted(
    {name for path in SOURCES for name in re.findall(r'(?:GET|POST)(?:\.get|\.getlist)?[(\[]"(\w+)"', path.read_text())}
    | {"q", "filter", "field_1", "op_1", "value_1", "cursor", "limit", "phone", "group", "name", "text", "reason"}
)


@pytest.fixture
def administrator(sign_in):
    make_campaign(make_group("g", contacts=1))
    client = sign_in(Role.ADMINISTRATOR)
    assert client.raise_request_exception
    return client


def test_the_routes_are_all_there():
    assert len(ROUTES) > 150
    assert {"people/<str:phone>", "campaigns/<int:pk>/export", "v1/groups/<path:name>"} <= set(ROUTES)
    assert len(TEXTUAL) > 5
    assert {"q", "comment", "reason", "own_phone"} <= set(ASKED)


def refused(answers):
    """Whether all were, with those that were not."""
    answers = dict(answers)
    assert answers
    return {address: answer.status_code for address, answer in answers.items() if answer.status_code not in REFUSED}


def test_in_a_path(administrator):
    elsewhere = ["/campaigns/%00", "/contacts/1%00", "/static/%00.css", "/%00", "/v1/%00"]
    for text in ("%00", "a%00b"):
        for method in ("get", "post", "patch", "delete"):
            asked = [
                *(filled(one, text) for one in TEXTUAL if not filled(one, text).startswith(BY_THE_GATEWAY)),
                *elsewhere,
            ]
            assert not refused((one, getattr(administrator, method)(one)) for one in asked), method


def test_in_a_query(administrator):
    asked = [one for one in (filled(one, "x") for one in ROUTES) if not one.startswith(BY_THE_GATEWAY)]
    for query in ("&".join(f"{name}=%00" for name in ASKED), "%00=1", "a\0b=1"):
        assert not refused((one, administrator.get(one, QUERY_STRING=query)) for one in asked), query


def test_in_a_form(administrator):
    asked = [one for one in (filled(one, "x") for one in ROUTES) if not one.startswith(("/v1/", *BY_THE_GATEWAY))]
    names = dict.fromkeys(ASKED, "a\0b")
    assert not refused((one, administrator.post(one, names)) for one in asked)
    assert not refused((one, administrator.post(one, {"a\0b": "1"})) for one in asked)
    file = {**names, "file": io.BytesIO(b"phone\n0712345678\n")}
    assert not refused([("/contacts/upload", administrator.post("/contacts/upload", file))])


def test_in_what_the_gateway_posts(client):
    """Its reports are kept, without it; in an address it is a token that is none."""
    for address in ("/dlr/receive/%00", "/dlr/receive/a%00b/", "/inbound/%00"):
        assert client.post(address, {"message": "a"}).status_code == 403
    token = settings.QSMS_DLR_TOKENS[0]
    for posted in ({"message": "a\0b"}, {"a\0b": "1"}):
        for address in (f"/dlr/receive/{token}", f"/inbound/{token}"):
            assert client.post(address, posted).status_code < 500
            assert client.post(address, posted, "application/json").status_code < 500
            assert client.get(address, {"message": "a\0b"}).status_code < 500


def test_each_value_of_a_form_alone(administrator):
    for name in ASKED:
        assert administrator.post("/stop", {name: "a\0b"}).status_code == 400, name


def test_in_json(administrator):
    """Cleaned: it is a blank, in names and values, however deep."""
    _, key = ApiKey.make("script", Role.ADMINISTRATOR)
    headers = {"Authorization": f"Bearer {key}"}
    names = ["name", "group", "text", "phone", "reason", "to", "kind", "language", "schedule", "filter", "scope"]
    nul = "a\0b"
    for address in [filled(one, "x") for one in ROUTES if one.startswith("v1/")]:
        for body in (dict.fromkeys(names, nul), {name: [nul] for name in names}, {nul: {nul: nul}}, [nul], nul):
            for method in ("post", "put", "patch"):
                answer = getattr(administrator, method)(address, json.dumps(body), "application/json", headers=headers)
                assert answer.status_code < 500
                assert answer.status_code < 400 or answer.status_code == 405 or "error" in answer.json(), address


def test_a_contact_of_a_script_keeps_a_blank_for_it(administrator):
    _, key = ApiKey.make("script", Role.ADMINISTRATOR)
    body = {"group": "g\0roup", "contacts": [{"phone": "0712345678", "name": "Ja\0ne", "to\0wn": "Na\0kuru"}]}
    headers = {"Authorization": f"Bearer {key}"}
    answer = administrator.post("/v1/contacts", json.dumps(body), "application/json", headers=headers)
    assert (answer.status_code, answer.json()["group"]) == (200, "g roup")
    found = administrator.get("/v1/contacts", {"phone": "0712345678"}, headers=headers).json()["results"][0]
    assert (found["name"], found["to_wn"]) == ("Ja ne", "Na kuru")


def test_the_answer_is_a_page_of_the_house_or_json(administrator):
    page = administrator.get("/campaigns/?q=%00").content.decode()
    assert "<h1>This cannot be read</h1>" in page
    told = administrator.get("/v1/groups?x=%00").json()
    assert told["error"]["code"] == "not_json"


def test_it_is_looked_at_before_files_are_served():
    order = settings.MIDDLEWARE.index
    assert order("qsms_portal.wellformed.WellFormed") < order("whitenoise.middleware.WhiteNoiseMiddleware")
    assert order("qsms_portal.api.JsonErrors") < order("qsms_portal.wellformed.WellFormed")


@pytest.mark.parametrize("said", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain"])
def test_the_api_reads_json_whatever_it_is_said_to_be(client, said):
    _, key = ApiKey.make("script")
    body = json.dumps({"group": "Loans", "create_group": True, "contacts": [{"phone": "0712345678"}]})
    answer = client.generic("POST", "/v1/contacts", body, content_type=said, HTTP_AUTHORIZATION=f"Bearer {key}")
    assert (answer.status_code, answer.json()["created"]) == (200, 1)
    answer = client.generic(
        "POST", "/v1/contacts", "group=Loans", content_type=said, HTTP_AUTHORIZATION=f"Bearer {key}"
    )
    assert answer.status_code == 400
