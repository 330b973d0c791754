"""Behind nginx as deploy/ ships it: who is who, what is led to https, what is kept nowhere, over real connections."""

import http.client
import os
import socket
from pathlib import Path

import pytest
import requests
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from campaigns.models import DeliveryReport
from contacts.models import Job, StoredFile
from contacts.models.files import CHUNK_BYTES
from lib.downloads import NOT_WHOLE
from tests.makers import make_group
from tests.servers.conftest import cut_off
from tests.servers.nginx import HOST, NGINX, Somebody, environment, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

PROXY, ME, ELSEWHERE, PROMETHEUS, GATEWAY = (f"127.0.0.{number}" for number in range(1, 6))
LISTED = {"METRICS_ALLOWED_IPS": f"{PROXY},{PROMETHEUS}", "QSMS_DLR_ALLOWED_IPS": f"{PROXY},{GATEWAY}"}
RIGHT = "a long enough password"
REPORT = {"messageId": "1", "dlrDesc": "DELIVRD", "destaddr": "254712345678"}
REPLY = {"message": "Thank you", "shortcode": "70700", "mobile": "254712345678", "inbox_id": "1"}


@pytest.fixture(scope="module")
def portals(django_db_setup, tmp_path_factory):
    """One that trusts its nginx and one that does not."""
    if not Path(NGINX).exists():
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(f"{NGINX} is missing: apt install nginx")
        pytest.skip(f"{NGINX} is missing")
    with running(
        tmp_path_factory.mktemp("nginx"),
        environment(PUBLIC_URL=f"https://{HOST}", TRUSTED_PROXIES=PROXY, **LISTED),
        environment(PUBLIC_URL=f"http://{HOST}", TRUSTED_PROXIES="", **LISTED),
    ) as portals:
        yield portals


@pytest.fixture
def trusting(portals):
    return portals[0]


@pytest.fixture
def distrusting(portals):
    return portals[1]


@pytest.fixture
def olive(db):
    olive = User.objects.create_user("olive", password=RIGHT)
    olive.groups.set([Group.objects.get_or_create(name=Role.ADMINISTRATOR.value)[0]])


def olive_may_sign_in(portal, address):
    return Somebody(portal, address).sign_in("olive", RIGHT).status_code == 302


def test_whoever_guesses_is_shut_out_where_they_are_whatever_they_say_of_it(trusting, olive):
    for number in range(11):
        answer = Somebody(trusting).sign_in("olive", "a guess", **{"X-Forwarded-For": f"198.51.100.{number}"})
    assert "Too many tries" in answer.text
    assert not olive_may_sign_in(trusting, ME)
    assert olive_may_sign_in(trusting, ELSEWHERE)


def test_an_address_that_tries_one_name_after_another_is_shut_out_by_itself(trusting, olive):
    for number in range(60):
        assert Somebody(trusting).sign_in(f"somebody {number}", "a guess").status_code != 302
    assert not olive_may_sign_in(trusting, ME)
    assert olive_may_sign_in(trusting, ELSEWHERE)


def test_a_portal_that_does_not_know_its_proxy_takes_everybody_for_one(distrusting, olive):
    for _ in range(11):
        Somebody(distrusting).sign_in("olive", "a guess")
    assert not olive_may_sign_in(distrusting, ELSEWHERE)


def test_cookies_are_sent_over_https_alone(trusting, olive):
    somebody = Somebody(trusting)
    cookies = somebody.sign_in("olive", RIGHT).raw.headers.getlist("Set-Cookie")
    assert {one.split("=")[0] for one in cookies} == {"sessionid", "csrftoken"}
    assert all("; Secure" in one for one in cookies)
    assert somebody.ask("/").status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/contacts/", "/v1/campaigns", "/messages/?status=failed"])
def test_pages_and_the_api_are_led_to_https_and_browsers_keep_to_it(trusting, path):
    for headers in ({}, {"X-Forwarded-Proto": "https"}):
        answer = Somebody(trusting).ask(path, "http", headers=headers)
        assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{HOST}{path}")
    answer = Somebody(trusting).ask(path)
    assert answer.status_code != 301
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_page_is_compressed_once(trusting):
    answer = Somebody(trusting).ask("/sign-in")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "<html" in answer.text


@pytest.mark.parametrize("way", ["http", "https", "direct"])
def test_what_the_gateway_posts_and_what_watches_is_answered_as_it_comes(trusting, way):
    for path in ("/dlr/receive/secret", "/dlr/receive/secret/"):
        assert Somebody(trusting).post(path, REPORT, way).status_code == 200
    assert Somebody(trusting).post("/inbound/secret", REPLY, way).status_code == 200
    assert DeliveryReport.objects.count() == 2
    for path in ("/healthz", "/readyz"):
        assert Somebody(trusting).ask(path, way).status_code == 200
    assert Somebody(trusting, PROXY).ask("/metrics", way).status_code == 200


@pytest.mark.parametrize("way", ["http", "https"])
@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": f"{PROMETHEUS}, {GATEWAY}, {PROXY}"}])
def test_the_lists_mean_who_asks_the_proxy(trusting, way, headers):
    for address, metrics, report in [(ME, 403, 403), (PROMETHEUS, 200, 403), (GATEWAY, 403, 200)]:
        somebody = Somebody(trusting, address)
        assert somebody.ask("/metrics", way, headers=headers).status_code == metrics
        assert somebody.post("/dlr/receive", REPORT, way, **headers).status_code == report


@pytest.mark.parametrize("way", ["http", "https"])
@pytest.mark.parametrize("address", [PROXY, ME, PROMETHEUS, GATEWAY])
def test_through_a_proxy_that_is_not_trusted_nobody_is_loopback_or_listed(distrusting, way, address):
    somebody = Somebody(distrusting, address)
    assert somebody.ask("/metrics", way).status_code == 403
    assert somebody.post("/dlr/receive", REPORT, way).status_code == 403
    assert somebody.post("/dlr/receive/secret", REPORT, way).status_code == 200


def test_past_the_proxy_an_address_counts_unless_it_hands_on(trusting, distrusting):
    for portal, believed in [(trusting, 200), (distrusting, 403)]:
        for address, plain, handing_on in [(PROXY, 200, believed), (ME, 403, 403), (PROMETHEUS, 200, 403)]:
            somebody = Somebody(portal, address)
            assert somebody.ask("/metrics", "direct").status_code == plain
            handed_on = {"X-Forwarded-For": PROMETHEUS}
            assert somebody.ask("/metrics", "direct", headers=handed_on).status_code == handing_on


def test_pages_with_people_and_keys_and_exports_are_kept_nowhere(trusting, olive):
    group = make_group("Loans", contacts=5000)
    somebody = Somebody(trusting)
    somebody.sign_in("olive", RIGHT)
    for path in (f"/contacts/{group.pk}", "/messages/", "/settings/keys", "/profile", "/v1/campaigns"):
        assert somebody.ask(path).headers["Cache-Control"] == "no-store"
    export = somebody.ask(f"/contacts/{group.pk}/export")
    assert (export.headers["Cache-Control"], export.headers["Transfer-Encoding"]) == ("no-store", "chunked")
    assert len(export.text.splitlines()) == 5001


@pytest.mark.parametrize("way", ["direct", "http"])
def test_an_export_that_breaks_off_is_a_failed_download(distrusting, olive, way):
    group = make_group("Loans", contacts=3)
    somebody = Somebody(distrusting)
    somebody.sign_in("olive", RIGHT)
    with pytest.raises(requests.RequestException):
        cut_off(lambda: somebody.ask(f"/contacts/{group.pk}/export", way).raise_for_status())
    assert len(somebody.ask(f"/contacts/{group.pk}/export", way).text.splitlines()) == 4


class OldConnection(http.client.HTTPConnection):
    _http_vsn, _http_vsn_str = 10, "HTTP/1.0"


def test_over_the_older_http_its_last_line_tells(distrusting, olive):
    group = make_group("Loans", contacts=3)
    somebody = Somebody(distrusting)
    somebody.sign_in("olive", RIGHT)

    def download():
        old = OldConnection("127.0.0.1", distrusting.direct, timeout=60)
        cookie = f"sessionid={somebody.cookies['sessionid']}"
        old.request("GET", f"/contacts/{group.pk}/export", headers={"Host": HOST, "Cookie": cookie})
        return old.getresponse().read().decode("utf-8-sig")

    assert cut_off(download) == f"Phone,Name,balance,due_date,Opted out\r\n{NOT_WHOLE}"


@pytest.mark.parametrize("way", ["direct", "http"])
def test_a_kept_file_of_which_a_part_is_gone_is_a_failed_download(distrusting, olive, way):
    group = make_group("Loans")
    file = StoredFile.store("group.csv", [b"a line\n" * CHUNK_BYTES])
    job = Job.objects.create(kind=Job.Kind.EXPORT, group=group, format="csv", file=file, status=Job.Status.DONE)
    somebody = Somebody(distrusting)
    somebody.sign_in("olive", RIGHT)
    address = f"/contacts/jobs/{job.pk}/file"
    assert len(somebody.ask(address, way).content) == file.size
    file.chunks.filter(number=3).delete()
    with pytest.raises(requests.RequestException):
        somebody.ask(address, way)


@pytest.mark.parametrize(("megabytes", "status"), [(200, b"100"), (211, b"413")])
def test_an_upload_may_have_two_hundred_megabytes(trusting, megabytes, status):
    length = (megabytes << 20) + 1000
    head = f"POST /contacts/upload HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", trusting.http), timeout=30) as one:
        one.sendall(head.encode())
        assert one.makefile("rb").readline().split()[1] == status
