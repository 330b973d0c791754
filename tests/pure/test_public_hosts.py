"""Which addresses may be called: what is public, and what is listed; a name is what it leads to."""

import socket
import threading

import pytest

from lib import public_hosts
from lib.public_hosts import (
    NotCallable,
    NotFound,
    addresses_of,
    check_url,
    may_be_called,
    read_target,
)

NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.7", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.5",
    "::ffff:7f00:1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.5", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:5::",
    "2001:0:1:2::3", "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_may_not_be_called(address):
    assert not may_be_called(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_called(address):
    assert may_be_called(address)


@pytest.mark.parametrize(
    ("address", "listed", "may"),
    [
        ("10.0.0.5", ["10.0.0.0/8"], True),
        ("10.0.0.5", ["192.168.0.0/16", " 10.0.0.5 "], True),
        ("11.0.0.5", ["10.0.0.0/8"], True),  # public anyway
        ("192.168.1.1", ["10.0.0.0/8", "shop"], False),
        ("::ffff:10.0.0.5", ["10.0.0.0/8"], True),
        ("fd12::1", ["fd00::/8"], True),
        ("::1", ["127.0.0.0/8"], False),
    ],
)
def test_networks_that_are_listed_may_be_called(address, listed, may):
    assert may_be_called(address, listed) is may


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/sms", "http://127.0.0.1:8000/", "http://127.1/", "http://0/",
        "http://2130706433/", "http://0x7f.0.0.1/", "http://017700000001/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "https://10.0.0.5/sms", "http://169.254.169.254/latest/", "http://[fe80::1]/",
    ],
)  # fmt: skip
def test_however_it_is_written_it_is_refused_with_a_word(url):
    with pytest.raises(NotCallable, match=r"leads to .+, which is no public address"):
        check_url(url, [], 5)


def test_a_listed_host_may_be_called_by_its_name_alone():
    check_url("http://localhost/sms", ["LocalHost"], 5)
    with pytest.raises(NotCallable):
        check_url("http://127.0.0.1/sms", ["localhost"], 5)
    check_url("http://127.0.0.1/sms", ["127.0.0.0/8"], 5)


@pytest.fixture
def resolver(monkeypatch):
    """Names of a zone of our own; the machine's resolver is asked for nothing else."""
    zone = {}

    def ask(host, port, *_args, **_more):
        if host not in zone:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in zone[host]]

    monkeypatch.setattr(public_hosts.socket, "getaddrinfo", ask)
    return zone


@pytest.mark.parametrize("leads_to", [["10.0.0.5"], ["8.8.8.8", "10.0.0.5"], ["::ffff:127.0.0.1"], ["8.8.8.8", "::1"]])
def test_a_name_that_leads_there_too_is_refused(resolver, leads_to):
    resolver["shop.test"] = leads_to
    with pytest.raises(NotCallable, match=r"“shop\.test” leads to"):
        addresses_of(read_target("https://shop.test/sms"), [], 5)


def test_a_name_that_is_public_gives_its_addresses_and_one_that_is_none_is_looked_at_later(resolver):
    resolver["shop.test"] = ["8.8.8.8", "1.1.1.1", "8.8.8.8"]
    assert addresses_of(read_target("https://shop.test/sms"), [], 5) == ["8.8.8.8", "1.1.1.1"]
    check_url("https://nobody.test/sms", [], 5)
    with pytest.raises(NotFound, match="No address is known"):
        addresses_of(read_target("https://nobody.test/sms"), [], 5)


def test_a_resolver_that_says_nothing_is_not_waited_for(monkeypatch):
    let_go = threading.Event()
    monkeypatch.setattr(public_hosts.socket, "getaddrinfo", lambda *_args, **_more: let_go.wait(60) and [])
    with pytest.raises(NotFound, match="Nobody said in time"):
        addresses_of(read_target("https://shop.test/sms"), [], 0.05)
    let_go.set()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://shop.test/", "https:// or http://"), ("shop.test/sms", "https:// or http://"), ("http://", "the host"),
        ("http:///sms", "the host"), ("http://shop.test:0/", "the host"), ("http://shop.test:99999/", "no address"),
        ("http://shop .test/", "a blank"), ("http://shop.test/a\nb", "a blank"),
        ("http://8.8.8.8\\@10.0.0.5/", "a blank"),
        ("http://me:secret@shop.test/", "name and password"), ("http://8.8.8.8@10.0.0.5/", "name and password"),
        ("http://shop.test/#part", "#"), ("http://[::1/", "no address"),
        ("http://" + "a" * 70 + ".test/", "no address"),
        ("http://shop.test/" + "a" * 500, "longer than 500"), ("javascript:alert(1)", "https:// or http://"),
        ("http://shop..test/", "no address"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_word(url, words):
    with pytest.raises(NotCallable) as refused:
        read_target(url)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("url", "port", "host", "path", "header"),
    [
        ("https://shop.test", 443, "shop.test", "/", "shop.test"),
        ("http://Shop.Test:8080/a b".replace(" ", "%20"), 8080, "shop.test", "/a%20b", "shop.test:8080"),
        ("http://shop.test/ä?q=ü&r=1", 80, "shop.test", "/%C3%A4?q=%C3%BC&r=1", "shop.test"),
        ("https://käse.test/", 443, "xn--kse-qla.test", "/", "xn--kse-qla.test"),
        ("http://[2606:4700::1]:81/", 81, "2606:4700::1", "/", "[2606:4700::1]:81"),
        ("https://shop.test:443/?a", 443, "shop.test", "/?a", "shop.test"),
    ],
)
def test_the_parts_of_an_address(url, port, host, path, header):
    target = read_target(url)
    assert (target.port, target.host, target.path, target.host_header) == (port, host, path, header)
