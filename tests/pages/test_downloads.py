"""Files that are sent as they are made: where the database goes away meanwhile, they say that they are not whole."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from accounts.roles import Role
from campaigns import planning
from campaigns.models import Campaign
from campaigns.reporting import export
from lib.downloads import NOT_WHOLE, BrokenOff
from tests.contacts.uploads import imported, people
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["group-export", "campaign-export", "upload-rejects"])
def address(request, monkeypatch):
    """Of each such file, with three rows under its headings, read one by one."""
    monkeypatch.setattr(export, "AT_ONCE", 1)
    group = make_group(contacts=3)
    if request.param == "group-export":
        return reverse(request.param, args=[group.pk])
    if request.param == "upload-rejects":
        numbers = [f"07123456{number}" for number in range(70, 77)] + ["1", "2", "3"]
        upload = imported(make_group(fields={}), "phone\n" + "\n".join(numbers))
        return reverse(request.param, args=[upload.pk])
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    return reverse(request.param, args=[run.campaign_id])


def lose_the_database():
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def broken_off(address, sign_in):
    """What comes over this version of HTTP, and what the server is to break the connection by."""

    def break_off(version):
        response = sign_in(Role.MANAGER).get(address, SERVER_PROTOCOL=version)
        lines, error = [], None
        try:
            for line in response.streaming_content:
                lines.append(line.decode())
                if len(lines) == 3:
                    lose_the_database()
        except Exception as raised:
            error = raised
        return lines, error

    yield break_off
    connection.close()


def test_the_last_line_says_so_and_the_connection_is_broken(broken_off, caplog):
    lines, error = broken_off("HTTP/1.1")
    assert lines[-1] == NOT_WHOLE
    # A row or two more may have been read before.
    assert len(lines) in (4, 5)
    assert isinstance(error, BrokenOff)
    # The web server writes it into a log that nobody makes discreet.
    assert error.__suppress_context__
    assert [(one.levelname, one.exc_info[0]) for one in caplog.records if one.name == "lib.downloads"] == [
        ("ERROR", OperationalError)
    ]


@pytest.mark.parametrize("version", ["HTTP/1", "HTTP/1.0"])
def test_where_no_break_is_seen_the_line_comes_for_certain(broken_off, version):
    lines, error = broken_off(version)
    assert (lines[-1], error) == (NOT_WHOLE, None)


def test_a_whole_file_says_nothing(address, sign_in):
    lines = list(sign_in(Role.MANAGER).get(address).streaming_content)
    assert len(lines) == 4
    assert NOT_WHOLE.encode() not in lines


def test_the_line_is_nobody_where_the_file_is_uploaded():
    group = make_group(fields={})
    upload = imported(group, f"Phone,Name\r\n0712345678,Jane\r\n{NOT_WHOLE}")
    assert people(group) == {"254712345678": {"name": "Jane"}}
    assert upload.counts["rejected"] == 1
