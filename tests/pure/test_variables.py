"""What the environment's variables are read as, and the sentence where they cannot be read."""

from datetime import timedelta

import pytest

from qsms_portal.embedded import Addresses
from qsms_portal.variables import Variables, host_of

HOURS = ("span", 72, "hours")


def read(kind, *arguments):
    env = Variables()
    value = getattr(env, kind)("NAME", *arguments)
    env.refuse()
    return value


@pytest.mark.parametrize(
    "written, read_as, value",
    [
        ("a word", ("text",), "a word"),
        ("$OTHER", ("text",), "another's"),
        ("a,b", ("listed",), ["a", "b"]),
        ("", ("listed", ["c"]), []),
        ("yes", ("truth", False), True),
        ("OFF", ("truth", True), False),
        ("0", ("truth", True), False),
        ("", ("truth", True), True),
        ("7", ("whole", 100), 7),
        (" 7 ", ("whole", 100), 7),
        ("-7", ("whole", 100), -7),
        ("", ("whole", 100), 100),
        ("2.5", ("number", 60), 2.5),
        (".5", ("number", 60), 0.5),
        ("90", ("span", 900), timedelta(seconds=90)),
        ("1.5", HOURS, timedelta(minutes=90)),
        ("", HOURS, timedelta(hours=72)),
        ("json", ("choice", "line", ("line", "json")), "json"),
        ("Africa/Kampala", ("zone", "Africa/Nairobi"), "Africa/Kampala"),
        ("", ("zone", "Africa/Nairobi"), "Africa/Nairobi"),
        ("", ("mail",), {}),
        ("a=viewer,cn=b=manager, c d = composer", ("pairs",), {"a": "viewer", "cn=b": "manager", "c d": "composer"}),
        ("", ("pairs",), {}),
    ],
)
def test_a_variable_is_read_as_what_it_should_be(written, read_as, value, monkeypatch):
    monkeypatch.setenv("OTHER", "another's")
    monkeypatch.setenv("NAME", written)
    assert read(*read_as) == value


@pytest.mark.parametrize(
    "written, read_as, hint",
    [
        ("ture", ("truth", False), "Write 1 or 0."),
        ("abc", ("whole", 100), "Write a whole number, such as 100."),
        ("1_000", ("whole", 100), "such as 100."),
        ("10.0", ("whole", 100), "such as 100."),
        ("٧", ("whole", 100), "such as 100."),
        ("60s", ("number", 60), "Write a number in digits, such as 60."),
        ("1e3", ("number", 60), "such as 60."),
        ("1,000", ("number", 60), "such as 60."),
        ("inf", ("number", 60), "such as 60."),
        ("15m", ("span", 900), "Write a number of seconds in digits, such as 900."),
        ("9" * 30, ("span", 900), "such as 900."),
        ("three days", HOURS, "Write a number of hours in digits, such as 72."),
        ("admins", ("pairs",), "Write NAME=VALUE, with commas between them."),
        ("admins=", ("pairs",), "Write NAME=VALUE"),
        ("=viewer", ("pairs",), "Write NAME=VALUE"),
        ("JSON", ("choice", "line", ("line", "json")), "Write one of line, json."),
        ("Nairobi", ("zone", "Africa/Nairobi"), "Write a time zone as Africa/Nairobi is written."),
        ("Africa", ("zone", "Africa/Nairobi"), "Write a time zone"),
        ("../../etc/passwd", ("zone", "Africa/Nairobi"), "Write a time zone"),
    ],
)
def test_what_cannot_be_read_ends_the_process_with_a_sentence(written, read_as, hint, monkeypatch):
    monkeypatch.setenv("NAME", written)
    with pytest.raises(SystemExit) as ended:
        read(*read_as)
    assert f"NAME is “{written}”. " in ended.value.code
    assert hint in ended.value.code


@pytest.mark.parametrize(
    "kind, written",
    [
        ("database", "mysql://root:hidden@host/name"),
        ("database", "postgres://root:hidden@host:port/name"),
        ("database", "postgres://root:hidden@host"),
        ("database", "hidden"),
        ("mail", "mail://user:hidden@host"),
        ("mail", "smtp://user:hidden@host:port"),
        ("mail", "hidden"),
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(kind, written, monkeypatch):
    monkeypatch.setenv("NAME", written)
    with pytest.raises(SystemExit) as ended:
        read(kind, *([""] if kind == "database" else []))
    assert "NAME is no address that can be used. Write " in ended.value.code
    assert "hidden" not in ended.value.code


def test_all_that_cannot_be_read_is_said_at_once(monkeypatch):
    monkeypatch.setenv("ONE", "x")
    monkeypatch.setenv("TWO", "$NOWHERE_AT_ALL")
    env = Variables()
    assert env.whole("ONE", 1) == 1
    assert env.text("TWO", "") == ""
    with pytest.raises(SystemExit) as ended:
        env.refuse()
    assert [line.split()[0] for line in ended.value.code.splitlines()] == ["The", "ONE", "TWO"]
    assert env.names == {"ONE", "TWO"}


def test_a_database_is_the_one_that_is_set_else_the_embedded_one(monkeypatch):
    embedded = Addresses("postgres://me:word@/portal?host=/run/sockets", "", "").database_url
    here = Variables().database("NAME", embedded)
    assert (here["NAME"], here["OPTIONS"]) == ("portal", {"host": "/run/sockets"})
    monkeypatch.setenv("NAME", "postgresql://me:word@db.example.com:6432/other")
    there = Variables().database("NAME", embedded)
    assert (there["NAME"], there["HOST"], there["PORT"]) == ("other", "db.example.com", 6432)


def test_a_folder_that_cannot_be_used_is_named_and_so_is_its_variable(tmp_path):
    (tmp_path / "file").write_text("")
    used = pytest.raises(SystemExit, match=r"The folder of NAME, .*file, cannot be used")
    with used, Variables().usable("NAME", tmp_path / "file"):
        (tmp_path / "file" / "secret").write_text("")


@pytest.mark.parametrize(
    "url, host",
    [
        ("https://Portal.example.com:8443/x", "portal.example.com"),
        ("http://[::1]:8000", "[::1]"),
        ("http://[::1", ""),
        ("portal.example.com", ""),
    ],
)
def test_the_host_of_an_address(url, host):
    assert host_of(url) == host
