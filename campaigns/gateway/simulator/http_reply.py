"""Reading the receiver's HTTP reply to a posted report out of the bytes that came so far."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 65_536


class BadReply(ValueError):
    """These bytes are no HTTP reply to a report: close the connection, post the report again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`keeps_alive`: the connection may be used again."""

    status: int
    body: bytes
    keeps_alive: bool

    @property
    def acknowledges(self) -> bool:
        """Siblings of the gateway take 200 with a body that begins with OK as "stored", all else as "try again"."""
        return self.status == 200 and self.body.lstrip()[:2].upper() == b"OK"


def read_reply(received: bytes, closed: bool = False) -> Reply | None:
    """None while more must come; `closed` says that nothing more will. Raises BadReply."""
    if len(received) > LONGEST:
        raise BadReply("longer than any answer to a report")
    head, found, rest = received.partition(b"\r\n\r\n")
    if not found:
        if closed:
            raise BadReply("closed before the head was complete")
        return None
    lines = head.split(b"\r\n")
    status = status_in(lines[0])
    if 100 <= status < 200:
        return read_reply(rest, closed)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
    connection = headers.get(b"connection", b"").lower()
    keeps_alive = connection == b"keep-alive" or (lines[0].startswith(b"HTTP/1.1") and connection != b"close")
    if status in (204, 304):
        return Reply(status, b"", keeps_alive)
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        body = body_of_chunks(rest)
    elif b"content-length" in headers:
        body = body_of_length(rest, headers[b"content-length"])
    else:
        return Reply(status, rest, False) if closed else None
    if body is None:
        if closed:
            raise BadReply("closed before the body was complete")
        return None
    return Reply(status, body, keeps_alive and not closed)


def status_in(line: bytes) -> int:
    parts = line.split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit() or len(parts[1]) != 3:
        raise BadReply("not HTTP/1")
    return int(parts[1])


def body_of_length(rest: bytes, length: bytes) -> bytes | None:
    if not length.isdigit():
        raise BadReply("a length that is no number")
    wanted = int(length)
    return rest[:wanted] if len(rest) >= wanted else None


def body_of_chunks(rest: bytes) -> bytes | None:
    body = b""
    while True:
        size_line, found, rest = rest.partition(b"\r\n")
        if not found:
            return None
        try:
            size = int(size_line.split(b";")[0], 16)
        except ValueError:
            raise BadReply("a chunk size that is no number") from None
        if size == 0:
            # Trailers may follow; the reply is over at the empty line after them.
            return body if rest.startswith(b"\r\n") or b"\r\n\r\n" in rest else None
        if len(rest) < size + 2:
            return None
        body, rest = body + rest[:size], rest[size + 2 :]
