"""Behind proxies: whose word counts for where a request came from, what is led to https, and what nobody keeps."""

import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.roles import Role
from lib.client_address import FORWARDING
from tests.makers import make_campaign

pytestmark = pytest.mark.django_db
WATCHED = ["/healthz", "/readyz", "/metrics"]


@pytest.mark.parametrize("header", FORWARDING)
def test_what_an_untrusted_proxy_hands_on_is_neither_loopback_nor_listed(header):
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", headers={header: "127.0.0.1"}).status_code == 403
    with override_settings(QSMS_DLR_ALLOWED_IPS=["127.0.0.1"]):
        body = {"messageId": "1", "dlrDesc": "DELIVRD", "destaddr": "254712345678"}
        assert Client().post("/dlr/receive", body).status_code == 200
        assert Client().post("/dlr/receive", body, headers={header: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("10.1.2.3", 200),
        ("203.0.113.9", 403),
        ("10.1.2.3, 203.0.113.9", 403),
        ("203.0.113.9, 10.1.2.3", 200),
        ("x", 403),
    ],
)
def test_of_a_trusted_proxy_the_address_before_it_counts(forwarded, status):
    with override_settings(TRUSTED_PROXIES=["127.0.0.1"], METRICS_ALLOWED_IPS=["10.0.0.0/8"]):
        assert Client().get("/metrics", headers={"X-Forwarded-For": forwarded}).status_code == status


@pytest.mark.parametrize("path", ["/sign-in", "/", "/v1/campaigns", "/contacts/"])
def test_pages_and_the_api_of_an_https_portal_are_led_there(path):
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=60):
        response = Client().get(path)
        assert (response.status_code, response["Location"]) == (301, f"https://testserver{path}")
        assert Client().get(path, secure=True)["Strict-Transport-Security"].startswith("max-age=60")


@pytest.mark.parametrize("path", [*WATCHED, "/dlr/receive", "/dlr/receive/x", "/inbound/x"])
def test_what_the_gateway_posts_and_what_watches_is_answered_as_it_comes(path):
    with override_settings(SECURE_SSL_REDIRECT=True):
        ask = Client().get if path in WATCHED else Client().post
        assert ask(path).status_code not in (301, 302, 307, 308)


@pytest.mark.parametrize("path", ["/contacts/", "/messages/", "/settings/keys", "/profile", "/v1/campaigns"])
def test_pages_with_people_texts_and_keys_are_kept_nowhere(path, sign_in):
    assert sign_in(Role.ADMINISTRATOR).get(path)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["check", "preview", "messages", "why", "approval"])
def test_of_a_campaigns_pages_those_with_people_are_kept_nowhere(page, loans, sign_in):
    answer = sign_in(Role.COMPOSER).get(f"/campaigns/{make_campaign(loans).pk}/{page}")
    assert answer["Cache-Control"] == "no-store"


def test_a_page_that_somebody_writes_in_is_kept_for_the_way_back(sign_in):
    assert not sign_in(Role.COMPOSER).get("/campaigns/new").has_header("Cache-Control")


def test_plain_portals_are_led_nowhere():
    assert not settings.SECURE_SSL_REDIRECT
    assert Client().get("/sign-in").status_code == 200
