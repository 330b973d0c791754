"""Where a call over TLS broke: in the handshake nothing was sent, after it nobody knows. A redirect is not followed."""

import socket
import ssl
import subprocess
import threading

import pytest

from campaigns.gateway.client import Gateway
from campaigns.gateway.errors import Refused, Silent, Unreachable
from campaigns.gateway.wire import Text

TEXTS = [Text("254722000000", "Dear Jane", "1-1")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


class Server:
    """Takes one connection after another and does `act` with each; counts those whose request was read."""

    def __init__(self, act):
        self.act, self.read = act, 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection:
                self.act(self, connection)


def gateway_at(server, scheme="https"):
    url = f"{scheme}://127.0.0.1:{server.port}"
    return Gateway(url, url, "k", connect_timeout=2, read_timeout=2)


def request_of(connection):
    data = b""
    while b"Dear Jane" not in data:
        data += connection.recv(65536)
    return data


def test_a_handshake_that_breaks_means_that_nothing_was_sent(certificate):
    begun = []
    server = Server(lambda server, connection: connection.recv(10))
    with pytest.raises(Unreachable):
        gateway_at(server).send_multiple("S", TEXTS, before_first_byte=lambda: begun.append(True))
    assert begun == []


def test_a_certificate_that_is_not_trusted_means_that_nothing_was_sent(certificate):
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def act(server, connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(100)
                server.read += 1
        except OSError:
            return

    server = Server(act)
    with pytest.raises(Unreachable):
        gateway_at(server).send_multiple("S", TEXTS)
    assert server.read == 0


def test_a_server_that_breaks_after_reading_may_have_sent_it(certificate, monkeypatch):
    key, cert = certificate
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def act(server, connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            request_of(secure)
            server.read += 1

    server = Server(act)
    with pytest.raises(Silent):
        gateway_at(server).send_multiple("S", TEXTS)
    assert server.read == 1


def test_a_redirect_halts_and_is_not_followed():
    def act(server, connection):
        request_of(connection)
        server.read += 1
        where = f"http://127.0.0.1:{server.port}/elsewhere"
        connection.sendall(f"HTTP/1.1 307 T\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())

    server = Server(act)
    with pytest.raises(Refused, match="leads elsewhere"):
        gateway_at(server, scheme="http").send_multiple("S", TEXTS)
    assert server.read == 1
