"""Bodies in pieces, as proxies hand them on today: reports, replies, the API, forms and uploads, over real servers."""

import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from django.contrib.auth.models import Group

from accounts.models import ApiKey, User
from accounts.roles import Role
from campaigns import delivery
from campaigns.models import DeliveryReport, Message, Reply
from campaigns.sending import settle
from contacts.models import Contact, OptOut, StoredFile, Upload
from tests.calls import accept_all, begin_call, make_sending_run
from tests.servers.nginx import HOST, NGINX, environment, running
from tests.servers.rechunking import rechunking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

RIGHT = "a long enough password"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def portal(django_db_setup, tmp_path_factory):
    if not Path(NGINX).exists():
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(f"{NGINX} is missing: apt install nginx")
        pytest.skip(f"{NGINX} is missing")
    folder = tmp_path_factory.mktemp("chunked")
    with running(folder, environment(PUBLIC_URL=f"http://{HOST}", TRUSTED_PROXIES="127.0.0.1"), at_once=True) as found:
        yield found[0]


def in_pieces(body):
    body = body if isinstance(body, bytes) else body.encode()
    return (body[at : at + 7_000] for at in range(0, len(body), 7_000))


def sender(port, pieces):
    """Posts the pieces of a body to a path there."""
    session = requests.Session()
    # Cookies are written by hand.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def post(path, body, **headers):
        headers = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        address = f"http://127.0.0.1:{port}{path}"
        return session.post(address, data=pieces(body), headers=headers, allow_redirects=False, timeout=60)

    post.session, post.port = session, port
    return post


@pytest.fixture(params=["a proxy that chunks", "nginx", "no proxy"])
def chunked(request, portal):
    """Posts a body that reaches the web server in pieces."""
    if request.param == "a proxy that chunks":
        with rechunking(portal.direct) as port:
            yield sender(port, lambda body: body)
    else:
        yield sender(portal.http if request.param == "nginx" else portal.direct, in_pieces)


def test_a_thousand_reports_and_a_hundred_stops_are_all_applied(chunked):
    make_sending_run(contacts=1000)
    while Message.objects.filter(status="queued").exists():
        claim = begin_call()
        settle.settle(claim, accept_all(claim))
    texts = list(Message.objects.values_list("gateway_id", "phone"))

    def report(text):
        body = {"messageId": text[0], "destaddr": text[1], "dlrDesc": "DeliveredToTerminal"}
        return chunked("/dlr/receive/secret", json.dumps(body), Content_Type="application/json")

    def stop(text):
        return chunked("/inbound/secret", urlencode({"mobile": text[1], "message": "STOP"}), Content_Type=FORM)

    with ThreadPoolExecutor(8) as pool:
        assert {one.text.split(";")[0] for one in pool.map(report, texts)} == {"OK"}
        assert {one.json()["result_desc"] for one in pool.map(stop, texts[:100])} == {"OK"}
    while delivery.apply_waiting():
        pass
    assert len(texts) == Message.objects.filter(status="delivered").count() == 1000
    assert set(OptOut.objects.values_list("phone", flat=True)) == {phone for _, phone in texts[:100]}


def sign_in(post):
    """The cookie and the token of somebody who has signed in; cookies of HOST are no address's of this computer."""
    page = post.session.get(f"http://127.0.0.1:{post.port}/sign-in", headers={"Host": HOST}, timeout=60)
    token = page.cookies["csrftoken"]
    fields = urlencode({"username": "olive", "password": RIGHT, "csrfmiddlewaretoken": token})
    answer = post("/sign-in", fields, Content_Type=FORM, Cookie=f"csrftoken={token}")
    assert answer.status_code == 302, answer.text
    cookies = answer.cookies
    return f"csrftoken={cookies['csrftoken']}; sessionid={cookies['sessionid']}", cookies["csrftoken"]


def encoded(fields, file):
    """A form with a file, as a browser sends it."""
    made = requests.Request("POST", "http://portal/", data=fields, files={"file": ("people.csv", file)}).prepare()
    return made.body, made.headers["Content-Type"]


@pytest.fixture
def olive(db):
    olive = User.objects.create_user("olive", password=RIGHT)
    olive.groups.set([Group.objects.get_or_create(name=Role.ADMINISTRATOR.value)[0]])
    return olive


def test_one_signs_in_and_uploads_five_megabytes(chunked, olive):
    cookie, token = sign_in(chunked)
    people = "Phone,Name,Note\n" + "".join(f"07{n:08},Jane {n},{'n' * 480}\n" for n in range(10_500))
    file = people.encode()
    assert len(file) > 5 << 20
    body, kind = encoded({"csrfmiddlewaretoken": token, "new_group": "Five"}, file)
    answer = chunked("/contacts/upload", body, Content_Type=kind, Cookie=cookie)
    assert answer.status_code == 302, answer.text
    assert Upload.objects.get().group.name == "Five"
    assert b"".join(bytes(one) for one in StoredFile.objects.get().pieces()) == file


def test_an_upload_that_breaks_off_is_none(portal, olive):
    with rechunking(portal.direct) as port:
        through = sender(port, lambda body: body)
        cookie, token = sign_in(through)
        body, kind = encoded({"csrfmiddlewaretoken": token, "new_group": "Half"}, b"Phone,Name\n0712345678,Jane\n" * 90)
        head = f"POST /contacts/upload HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\nContent-Type: {kind}\r\n"
        with socket.create_connection(("127.0.0.1", portal.direct), timeout=30) as one:
            one.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body[:-300])
            one.shutdown(socket.SHUT_WR)
            assert b"400 Bad Request" in one.recv(1 << 16)
    assert not Upload.objects.exists()


def test_the_api_reads_them(chunked, olive):
    _, key = ApiKey.make("script", owner=olive)
    contact = {"group": "Loans", "create_group": True, "contacts": [{"phone": "0712345678", "name": "Jane"}]}
    answer = chunked("/v1/contacts", json.dumps(contact), Authorization=f"Bearer {key}")
    assert answer.status_code == 200, answer.text
    assert Contact.objects.get().name == "Jane"


@pytest.mark.parametrize(
    "path, bytes_, status, words",
    [
        ("/dlr/receive/secret", 2 << 20, 400, "FAILED;larger than 1 MB"),
        ("/inbound/secret", 2 << 20, 400, "larger than 1 MB"),
        ("/v1/contacts", 24 << 20, 413, "too_large"),
    ],
)
def test_what_is_too_large_is_refused_in_the_words_of_its_address(chunked, path, bytes_, status, words):
    answer = chunked(path, b'{"messageId": "1", "x": "' + b"x" * bytes_)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert not DeliveryReport.objects.exists()
    assert not Reply.objects.exists()


@pytest.mark.parametrize("written", ["X_FORWARDED_FOR", "X-Forwarded_For", "x_forwarded-for"])
def test_what_looks_like_the_proxy_s_own_header_does_not_pass_it(portal, written):
    address, headers = f"http://127.0.0.1:{portal.http}/metrics", {"Host": HOST, written: "10.9.8.7"}
    assert {requests.get(address, headers=headers, timeout=60).status_code for _ in range(20)} == {200}
