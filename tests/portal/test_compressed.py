"""Answers go out compressed where the browser takes that; downloads as they are made."""

import gzip
import json

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.models import ApiKey
from accounts.roles import Role
from lib.downloads import stored_download
from qsms_portal.compressed import Compressed
from tests.makers import make_group

pytestmark = pytest.mark.django_db
GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def test_a_page_is_compressed_for_whoever_takes_it(sign_in):
    client = sign_in(Role.VIEWER)
    packed, plain = client.get("/help", headers=GZIP), client.get("/help")
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 2
    assert not plain.has_header("Content-Encoding")
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer["Vary"]
    assert gzip.decompress(packed.content)[:100] == plain.content[:100]


def test_how_long_a_page_is_tells_nothing_of_what_stands_in_it():
    """BREACH guesses a secret by what the page shrinks to: the same page has many lengths."""
    page = Compressed(lambda _: HttpResponse("The same words. " * 100))
    assert len({page(RequestFactory().get("/", headers=GZIP))["Content-Length"] for _ in range(12)}) > 3


def test_errors_and_calls_are_compressed_too():
    key = ApiKey.make("crm", role=Role.VIEWER)[1]
    make_group("Loans")
    missing = Client().get("/sign-in/nowhere", headers=GZIP)
    assert (missing.status_code, missing["Content-Encoding"]) == (404, "gzip")
    answer = Client().get(
        "/v1/reports?from=2026-11-01&to=2026-11-30", headers={"Authorization": f"Bearer {key}"} | GZIP
    )
    assert (answer.status_code, answer["Content-Encoding"]) == (200, "gzip")
    assert json.loads(gzip.decompress(answer.content))


def test_a_download_goes_out_as_it_is_made(sign_in):
    make_group("Loans", contacts=50)
    answer = sign_in(Role.MANAGER).get("/replies/export?show=open&q=", headers=GZIP)
    assert answer.streaming
    assert not answer.has_header("Content-Encoding")


def test_a_stored_file_tells_its_length():
    asked = RequestFactory().get("/", headers=GZIP)
    answer = Compressed(lambda _: stored_download("list.csv", 4000, [b"phone\n" * 500, b"phone\n" * 500]))(asked)
    assert (answer["Content-Length"], b"".join(answer)[:6]) == ("4000", b"phone\n")


def test_what_is_short_stays_plain():
    assert not Client().get("/healthz", headers=GZIP).has_header("Content-Encoding")
