"""A post to an address that somebody gave us: where it goes, how long it may take, what is believed of its answer."""

import socket
import ssl
import subprocess
import threading

import pytest

from campaigns.callbacks import calling
from campaigns.callbacks.calling import CallbackLine
from lib import public_hosts
from tests.receiving import Receiver

LISTED = ["127.0.0.0/8"]


class Raw:
    """Takes connections and does `act` with each, in threads."""

    def __init__(self, act):
        self.act, self.requests = act, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/sms"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=[connection], daemon=True).start()

    def one(self, connection):
        with connection:
            request = b""
            while not request.endswith(b"}"):
                request += connection.recv(65536)
            self.requests.append(request)
            self.act(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.close()


def post(url, listed=LISTED):
    line = CallbackLine(url, listed)
    try:
        return line.post(b'{"a": 1}', {"QSMS-Event": "test"})
    finally:
        line.close()


def test_it_goes_to_the_address_that_was_looked_at_with_the_name_in_it(monkeypatch):
    """A resolver that says something else the second time is asked once."""
    asked = []

    def ask(host, port, *_args, **_more):
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with Receiver() as receiver:
        monkeypatch.setattr(public_hosts.socket, "getaddrinfo", ask)
        line = CallbackLine(f"http://shop.test:{receiver.port}/sms?a=1", ["127.0.0.1"])
        monkeypatch.setattr(calling.socket, "create_connection", connect_without_a_resolver)
        assert line.post(b"{}", {}).taken
        assert line.post(b"{}", {}).taken
        line.close()
    assert asked == ["shop.test"]
    assert {one.headers["Host"] for one in receiver.posted} == {f"shop.test:{receiver.port}"}
    assert receiver.posted[0].path == "/sms?a=1"


def connect_without_a_resolver(address, timeout):
    sock = socket.socket(socket.AF_INET)
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


def test_a_body_does_not_wait_for_the_head_to_be_acknowledged(monkeypatch):
    """A post is two segments: with the usual delays of both ends each took 40 ms, 350 a second instead of 2,000."""
    connected = []
    connect = socket.create_connection
    monkeypatch.setattr(
        calling.socket, "create_connection", lambda *a, **more: connected.append(connect(*a, **more)) or connected[-1]
    )
    seen = []

    def look(connection):
        seen.append(connected[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Raw(look) as receiver:
        assert post(receiver.url).taken
    assert seen
    assert all(seen)


@pytest.mark.parametrize("leads_to", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_to_this_computer_is_not_connected_to(monkeypatch, leads_to):
    with Receiver() as receiver:
        family = socket.AF_INET6 if ":" in leads_to else socket.AF_INET
        monkeypatch.setattr(
            public_hosts.socket,
            "getaddrinfo",
            lambda _host, port, *_args, **_more: [(family, socket.SOCK_STREAM, 6, "", (leads_to, port))],
        )
        answer = post(f"http://shop.test:{receiver.port}/", listed=[])
    assert (answer.status, receiver.connections) == (None, 0)
    assert f"leads to {leads_to}, which is no public address" in answer.words


def test_the_environment_s_proxy_and_netrc_are_not_asked(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.url).taken
    assert (proxy.connections, len(receiver.posted)) == (0, 1)
    assert "Authorization" not in receiver.posted[0].headers


def trickle(connection):
    """A whole answer in four seconds, none of which is silent."""
    try:
        for one in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
            connection.sendall(bytes([one]))
            threading.Event().wait(0.1)
    except OSError:
        return


@pytest.mark.parametrize("act", [lambda connection: connection.recv(1), trickle], ids=["says nothing", "trickles"])
def test_a_call_ends_at_its_deadline_whatever_comes(monkeypatch, act):
    monkeypatch.setattr(calling, "SECONDS", 1.0)
    with Raw(act) as raw:
        answer = post(raw.url)
    assert (answer.status, answer.hung, answer.taken) == (None, True, False)
    assert "No answer in" in answer.words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "no HTTP"),
        (b"hello\r\n\r\n", "no HTTP"),
    ],
)
def test_what_is_no_answer_is_not_taken(said, words):
    with Raw(lambda connection: connection.sendall(said)) as raw:
        answer = post(raw.url)
    assert (answer.status, answer.taken) == (None, False)
    assert words in answer.words


def test_of_a_long_answer_the_beginning_is_read():
    endless = b"HTTP/1.1 500 No\r\nContent-Length: 100000000\r\n\r\n" + b"a\0\n\xff<b>" * 10_000
    with Raw(lambda connection: connection.sendall(endless)) as raw:
        answer = post(raw.url)
    assert (answer.status, len(answer.words)) == (500, 200)
    assert answer.words.startswith("HTTP 500: a �<b>a")
    assert answer.words.isprintable()


def test_nobody_there_is_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/").words == "It takes no connection."


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_anew():
    def once(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Raw(once) as raw:
        line = CallbackLine(raw.url, LISTED)
        assert [line.post(b"{}", {}).taken for _ in range(3)] == [True] * 3
        line.close()
    assert len(raw.requests) == 3


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


@pytest.fixture
def over_tls(certificate):
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Receiver() as receiver:
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        yield receiver


def test_a_certificate_that_nobody_vouches_for_is_not_taken(over_tls):
    answer = post(f"https://localhost:{over_tls.port}/", ["localhost"])
    assert answer.words.startswith("Its certificate is not good: self-signed certificate")
    assert over_tls.posted == []


def test_the_name_has_to_stand_in_the_certificate(over_tls, certificate, monkeypatch):
    monkeypatch.setattr(calling, "_tls", lambda: ssl.create_default_context(cafile=str(certificate[1])))
    assert post(f"https://localhost:{over_tls.port}/", ["localhost"]).taken
    answer = post(f"https://127.0.0.1:{over_tls.port}/")
    assert answer.words.startswith("Its certificate is not good: IP address mismatch")
    assert len(over_tls.posted) == 1
