"""Posts ready-made bodies over kept-alive connections, with as little of a client as can be: it shares two cores."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit


class NotTaken(Exception):
    """An answer was not 200; its words are in it."""


def post_all(url: str, bodies: list[bytes], in_flight: int) -> None:
    """Post all `bodies` to `url`, so many at a time. Raises NotTaken where one is not answered 200."""
    parts = urlsplit(url)
    requests = iter([_request(parts.netloc, parts.path, body) for body in bodies])
    with selectors.DefaultSelector() as selector:
        for _ in range(in_flight):
            connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
            _next(selector, connection, requests)
        while selector.get_map():
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                _read(key.fileobj)
                _next(selector, key.fileobj, requests)


def _request(host: str, path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _next(selector: selectors.BaseSelector, connection: socket.socket, requests: Iterator[bytes]) -> None:
    request = next(requests, None)
    if request is None:
        selector.unregister(connection)
        connection.close()
    else:
        connection.sendall(request)


def _read(connection: socket.socket) -> None:
    answer = connection.recv(4096)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(4096)
    if not head.startswith(b"HTTP/1.1 200"):
        raise NotTaken(f"{head.decode()}\n{body.decode()}")
