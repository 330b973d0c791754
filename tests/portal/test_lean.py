"""What the gateway posts, as the web server hands it over: past Django's handler, many at once."""

import io
import json
import sys
import threading

import pytest
from django.conf import settings
from django.db import connection

from campaigns.models import DeliveryReport, Reply
from qsms_portal.wsgi import application
from tests.calls import Beside

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = settings.QSMS_DLR_TOKENS[0]
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.gateway_id = 'bad' THEN
        RAISE EXCEPTION 'not this one';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse BEFORE INSERT ON campaigns_deliveryreport FOR EACH ROW EXECUTE FUNCTION refuse();
"""

END_WRITER = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE 'SELECT campaigns_store_reports%'
"""


def post(path, body, method="POST", **extra):
    """What the server gets: status, headers, body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "web",
        "SERVER_PORT": "80", "HTTP_HOST": "any.example", "REMOTE_ADDR": "10.1.2.3", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)), "wsgi.input": io.BytesIO(raw), "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr, **extra,
    }  # fmt: skip
    started = []
    answer = application(environ, lambda status, headers: started.append((status, dict(headers))))
    content = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    ((status, headers),) = started
    return int(status.split()[0]), headers, content


def report(gateway_id="75", **fields):
    return {
        "messageId": gateway_id,
        "dlrDesc": "DeliveredToTerminal",
        "destaddr": "254722322095",
        "network": "",
        **fields,
    }


def ids():
    return set(DeliveryReport.objects.values_list("gateway_id", flat=True))


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_report_is_stored_and_answered_whatever_host_was_asked(slash):
    status, headers, content = post(f"/dlr/receive/{TOKEN}{slash}", report())
    assert (status, content) == (200, b"OK;75;DeliveredToTerminal;")
    assert headers["Content-Length"] == str(len(content))
    assert set(headers) <= {"Content-Type", "Content-Length", "X-Content-Type-Options"}
    assert ids() == {"75"}


@pytest.mark.parametrize(
    "path, body, method, status",
    [
        ("/dlr/receive/wrong", report(), "POST", 403),
        ("/dlr/receive", report(), "POST", 403),
        (f"/dlr/receive/{TOKEN}", b"{broken", "POST", 400),
        (f"/dlr/receive/{TOKEN}", b"", "GET", 405),
        ("/dlr/receive/\0", report(), "POST", 403),
        ("/dlr/other", report(), "POST", 400),
        ("/healthz", b"", "GET", 400),
    ],
)
def test_what_is_no_report_is_answered_as_ever(path, body, method, status):
    assert post(path, body, method)[0] == status
    assert not ids()


def test_a_reply_comes_the_same_way():
    status, headers, content = post(
        f"/inbound/{TOKEN}", {"message": "STOP", "mobile": "254722322095", "shortcode": "1"}
    )
    assert (status, json.loads(content)["result_desc"]) == (200, "OK")
    assert "Set-Cookie" not in headers
    assert Reply.objects.get().did == "opted_out"


def test_reports_that_come_at_once_are_all_kept_before_each_is_answered():
    there = []

    def send(part):
        for number in range(10):
            status, _, _ = post(f"/dlr/receive/{TOKEN}", report(f"{part}-{number}"))
            there.append(status == 200 and f"{part}-{number}" in ids())

    for one in [Beside(lambda part=part: send(part)) for part in range(12)]:
        one.join()
    assert there == [True] * 120
    assert DeliveryReport.objects.count() == 120


def test_one_that_cannot_be_kept_does_not_take_the_others_with_it():
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
    answers = {}
    begin = threading.Barrier(16)

    def send(name):
        begin.wait()
        answers[name] = post(f"/dlr/receive/{TOKEN}", report(name))[0]

    names = ["bad", *(str(number) for number in range(1, 16))]
    try:
        for one in [Beside(lambda name=name: send(name)) for name in names]:
            one.join()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse ON campaigns_deliveryreport; DROP FUNCTION refuse")
    assert {name for name, status in answers.items() if status != 200} == {"bad"}
    assert answers["bad"] == 503
    assert ids() == set(names) - {"bad"}


def test_a_connection_that_broke_since_the_last_report_is_not_noticed():
    assert post(f"/dlr/receive/{TOKEN}", report("before"))[0] == 200
    with connection.cursor() as cursor:
        cursor.execute(END_WRITER)
        assert cursor.fetchall() == [(True,)]
    assert post(f"/dlr/receive/{TOKEN}", report("after"))[0] == 200
    assert ids() == {"before", "after"}


@pytest.mark.parametrize("beside", [b"", b'"y": "\\u0000", '])
@pytest.mark.parametrize("depth", [300, 700, 900, 5000])
def test_a_report_with_a_pit_in_it_is_kept_as_far_as_can_be(depth, beside):
    body = b'{"messageId": "75", ' + beside + b'"x": ' + b"[" * depth + b"]" * depth + b"}"
    status, _, _ = post(f"/dlr/receive/{TOKEN}", body)
    assert status == (400 if depth == 5000 else 200)
    assert DeliveryReport.objects.count() == (status == 200)
