"""Where reports are posted to, and one kept-alive connection to it that carries one report at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from campaigns.gateway.simulator.http_reply import BadReply, Reply, read_reply


@dataclass(frozen=True, slots=True)
class Receiver:
    """An address taken apart; `head` is what every request begins with, up to the number of its body's bytes."""

    url: str
    host: str
    port: int
    encrypted: bool
    head: bytes

    @classmethod
    def at(cls, url: str) -> Receiver:
        """Raises ValueError, in words for whoever gave the address."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or set(url) & set(" \r\n"):
            raise ValueError("the address for delivery reports must be like http://127.0.0.1:8000/dlr/receive/...")
        encrypted = parts.scheme == "https"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nUser-Agent: gateway-simulator\r\n"
            "Accept: */*\r\nContent-Type: application/json\r\nContent-Length: "
        )
        return cls(url, parts.hostname, port or (443 if encrypted else 80), encrypted, head.encode())


class Connection(asyncio.Protocol):
    """Bare asyncio: a full client took four times as long for each report, and there is one post a report.

    `answered(connection, reply)` is called once for each post; reply None: the connection ended without one.
    """

    def __init__(self, receiver: Receiver, answered: Callable[[Connection, Reply | None], None]) -> None:
        self.receiver = receiver
        self.answered = answered
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.busy_since: float | None = None
        self.idle_since = 0.0
        self.carries: object = None

    @classmethod
    async def to(cls, receiver: Receiver, answered: Callable[[Connection, Reply | None], None]) -> Connection:
        """Raises OSError where nobody listens."""
        secure = ssl.create_default_context() if receiver.encrypted else None
        loop = asyncio.get_running_loop()
        _, connection = await asyncio.wait_for(
            loop.create_connection(lambda: cls(receiver, answered), receiver.host, receiver.port, ssl=secure), 10
        )
        return connection

    @property
    def is_open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    def post(self, body: bytes, carries: object, now: float) -> None:
        assert self.transport is not None and self.busy_since is None
        self.carries, self.busy_since, self.received = carries, now, b""
        self.transport.write(b"%b%d\r\n\r\n%b" % (self.receiver.head, len(body), body))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, received: bytes) -> None:
        if self.busy_since is None:
            self.close()  # nobody asked anything
            return
        self.received = self.received + received if self.received else received
        self.read(closed=False)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self.busy_since is not None:
            self.read(closed=True)

    def read(self, closed: bool) -> None:
        try:
            reply = read_reply(self.received, closed)
        except BadReply:
            self.close()
            self.end(None)
            return
        if reply is None:
            return
        if not reply.keeps_alive:
            self.close()
        self.end(reply)

    def end(self, reply: Reply | None) -> None:
        self.busy_since = None
        self.answered(self, reply)
