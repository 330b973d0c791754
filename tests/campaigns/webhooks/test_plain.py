"""Plain reports go past the view, and nobody can tell: the same answers to the letter, the same rows."""

import io
import json
import sys
from queue import SimpleQueue

import pytest
from django.conf import settings
from django.db import connection

from campaigns.models import DeliveryReport
from campaigns.webhooks.plain import take
from qsms_portal import answered_later
from qsms_portal.answered_later import Reception
from qsms_portal.wsgi import application
from tests.calls import Beside

pytestmark = pytest.mark.django_db(transaction=True)

PATH = f"/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}"
DOCUMENTED = {
    "messageId": "75", "dlrTime": "2024-09-25 20:24:18", "dlrStatus": "1", "dlrDesc": "DeliveredToTerminal", "tat": 6,
    "network": "", "destaddr": "254722322095", "sourceaddr": "533", "origin": "Safaricom",
}  # fmt: skip

PLAIN = [
    DOCUMENTED,
    DOCUMENTED | {"messageId": 75, "dlrStatus": 16, "tat": -3, "dlrTime": "2024-09-25T20:24:18+00:00:30"},
    DOCUMENTED | {"messageId": "0", "dlrDesc": "SenderName Blacklisted", "network": "a;b\nc  d", "dlrTime": "soon"},
    DOCUMENTED | {"dlrDesc": "d" * 500, "messageId": "m" * 500, "destaddr": "0722 322 095", "dlrStatus": "016"},
    {},
    {"messageId": 2**64 - 1, "destaddr": -(2**63)},
    {"x": "'; DROP TABLE campaigns_deliveryreport; --", "messageId": "<script>", "dlrDesc": "%s %(x)s {0} $1 \\"},
    '{"messageId": "é😀\x7f\u2028\ufeff", "destaddr": "٢٥٤٧", "dlrDesc": "\\"\\\\\\/\\b"}',
    '{"messageId": "1", "messageId": "2", "messageId": -0}',
    ' \r\n\t{ "messageId" :\t"75" }\n ',
]
NOT_PLAIN = [
    [DOCUMENTED, "nonsense", DOCUMENTED],
    [],
    DOCUMENTED | {"tat": 6.5},
    DOCUMENTED | {"tat": None, "network": True},
    DOCUMENTED | {"messageId": ["75"], "network": {"a": "b"}},
    {"messageId": 2**64, "destaddr": -(2**63) - 1},
    '{"messageId": 1e400}',
    '{"messageId": 1E2}',
    '{"messageId": NaN, "tat": -Infinity}',
    '{"messageId": "\\u0000\\ud800", "dlrDesc": "\\u00e9"}',
    '{"messageId": "a\\u0000b", "x\\u0000": "\\u0000"}',
    '{"messageId": "1", "x": 1e999999, "x": 1}',
    '{"messageId": "1", "x": ' + "[" * 900 + "]" * 900 + "}",
    '{"messageId": "1", "x": ' + "[" * 9000 + "]" * 9000 + "}",
    '{"messageId": "75", "destaddr": "2547223',
    '{"messageId": "75",}',
    '{"messageId": 075}',
    '{"messageId": "a\nb"}',
    "messageId=9&dlrDesc=a;b%0Ac&destaddr=0722322095",
    "5",
    '"text"',
    "{}{}",
    "",
    b"\xef\xbb\xbf" + json.dumps(DOCUMENTED).encode(),
    json.dumps(DOCUMENTED).encode("utf-16"),
    b'{"messageId": "\xed\xa0\x80"}',
    b'{"messageId": "\xff"}',
    b'{"messageId": "\0"}',
    json.dumps(DOCUMENTED | {"x": "x" * (1 << 15)}),
    json.dumps(DOCUMENTED | {"x": "x" * (1 << 20)}),
]


def request(body, path=PATH, method="POST", **extra):
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return {
        "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "web",
        "SERVER_PORT": "80", "REMOTE_ADDR": "10.1.2.3", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)), "wsgi.input": io.BytesIO(raw), "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr, **extra,
    }  # fmt: skip


def by_the_view(environ):
    started = []
    content = b"".join(application(environ, lambda status, headers: started.append((status, dict(headers)))))
    ((status, headers),) = started
    return int(status.split()[0]), headers, content


def at_once(environ):
    """The answer of `take`; None where it takes nothing."""
    answers = SimpleQueue()
    if not take(environ, lambda status, headers, content: answers.put((status, dict(headers), content))):
        return None
    return answers.get(timeout=60)


def rows_made():
    fields = [one.name for one in DeliveryReport._meta.fields if one.name not in ("id", "received_at", "next_try_at")]
    made = list(DeliveryReport.objects.order_by("id").values(*fields))
    DeliveryReport.objects.all().delete()
    return made


@pytest.mark.parametrize("body", PLAIN, ids=lambda one: str(one)[:40])
def test_what_is_plain_is_answered_and_kept_as_by_the_view(body):
    said, kept = by_the_view(request(body)), rows_made()
    assert at_once(request(body)) == said
    assert rows_made() == kept
    assert (said[0], len(kept)) == (200, 1)


@pytest.mark.parametrize("body", NOT_PLAIN, ids=lambda one: str(one)[:40])
def test_what_is_not_plain_is_left_for_the_view_as_it_came(body):
    said, kept = by_the_view(request(body)), rows_made()
    environ = request(body)
    assert at_once(environ) is None
    assert not rows_made()
    assert by_the_view(environ) == said
    assert rows_made() == kept


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "PUT"},
        {"method": "GET"},
        {"path": "/dlr/receive/wrong"},
        {"path": f"{PATH}x"},
        {"path": f"{PATH}\n"},
        {"path": "/dlr/receive/"},
        {"path": "/dlr/receive"},
        {"path": "/dlr/receive/\xe9\xff"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "0"},
        {"CONTENT_LENGTH": "500"},
    ],
    ids=str,
)
def test_who_may_not_and_what_broke_off_is_left_for_the_view(changes):
    environ = request(DOCUMENTED, **changes)
    assert at_once(environ) is None
    assert by_the_view(environ)[0] != 200
    assert not rows_made()


@pytest.mark.parametrize("path", [f"{PATH}//", f"/inbound/{settings.QSMS_DLR_TOKENS[0]}", "/healthz"])
def test_other_addresses_are_not_even_read(path):
    environ = request(DOCUMENTED, path=path)
    assert at_once(environ) is None
    assert environ["wsgi.input"].tell() == 0


def test_a_slash_at_the_end_and_any_content_type_are_plain_too():
    environ = request(DOCUMENTED, path=f"{PATH}/", CONTENT_TYPE="application/x-www-form-urlencoded")
    assert at_once(environ)[0] == 200
    assert len(rows_made()) == 1


def test_what_cannot_be_stored_is_told_in_the_words_of_the_view():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_deliveryreport RENAME TO away")
    try:
        said = by_the_view(request(DOCUMENTED))
        assert at_once(request(DOCUMENTED)) == said
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO campaigns_deliveryreport")
    assert said[0] == 503


def test_of_threads_that_take_at_the_same_moment_one_stays_awake(monkeypatch):
    monkeypatch.setattr(answered_later, "LATELY_SECONDS", 600)

    class Protocol:
        response_bytes = None

    awake = []
    reception = Reception(lambda *_: True, lambda *_: None)

    def take_some(times):
        for _ in range(times):
            reception(Protocol, {})
        awake.append(dict(reception._took_at))

    take_some(2)
    # It finds that another has just taken something, sleeps, and leaves the post to that one.
    Beside(lambda: take_some(1)).join()
    assert len(awake[0]) == 1
    assert awake[1].keys() == awake[0].keys()
