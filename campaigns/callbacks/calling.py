"""Posting to addresses that others give us: to public ones, for five seconds at most, and believing nothing.

No redirect is followed and no proxy of the environment asked. The connection is made to the address that was looked at
(`lib.public_hosts`), while the host's name stands in the request and has to stand in the certificate.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from campaigns.gateway import deadlines
from lib.public_hosts import CallTarget, NotCallable, NotFound, addresses_of, read_target

SECONDS = 5.0
LONGEST_ANSWER = 1024
LONGEST_WORDS = 200
# A connection that its receiver may have closed meanwhile is not used again.
FRESH_SECONDS = 1.0
WHAT_BREAKS = (OSError, http.client.HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What came of a post. `status` is HTTP's, None where none came; `hung`: for want of an answer in time."""

    status: int | None
    words: str
    hung: bool = False

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class CallbackLine:
    """The way to one address, for some seconds: it is looked up once, and connections are used again.

    Any number of threads may post at once.
    """

    def __init__(self, url: str, listed: Sequence[str]) -> None:
        self.url = url
        self._listed = listed
        self._idle: deque[tuple[http.client.HTTPConnection, float]] = deque()
        self._looking_up = threading.Lock()
        self._leads_to: tuple[CallTarget, list[str]] | NotCallable | NotFound | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        """Post `body`; whatever happens is an answer, in five seconds."""
        call = _Call()
        alarm = deadlines.alarm(SECONDS, call.end)
        try:
            return self._post(call, body, headers)
        except (NotCallable, NotFound) as error:
            return CallbackAnswer(None, str(error)[:LONGEST_WORDS])
        except WHAT_BREAKS as error:
            hung = call.ended or isinstance(error, TimeoutError)
            return CallbackAnswer(None, _in_words(error, hung), hung)
        finally:
            alarm.cancel()

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    def _post(self, call: _Call, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        target, addresses = self._led_to()
        kept = self._kept()
        if kept is not None:
            try:
                return self._exchange(call, kept, target, body, headers)
            except WHAT_BREAKS:
                # Closed meanwhile, most likely; had it been taken after all, it comes twice, as it may.
                if call.ended:
                    raise
        return self._exchange(call, _connected(call, target, addresses), target, body, headers)

    def _led_to(self) -> tuple[CallTarget, list[str]]:
        """Also that it leads nowhere is found out once, or each thread would wait for it in turn."""
        with self._looking_up:
            if self._leads_to is None:
                try:
                    target = read_target(self.url)
                    self._leads_to = target, addresses_of(target, self._listed, SECONDS)
                except (NotCallable, NotFound) as error:
                    self._leads_to = error
        if isinstance(self._leads_to, Exception):
            raise self._leads_to
        return self._leads_to

    def _kept(self) -> http.client.HTTPConnection | None:
        """A connection that is fresh still."""
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - since < FRESH_SECONDS:
                return connection
            connection.close()

    def _exchange(
        self,
        call: _Call,
        connection: http.client.HTTPConnection,
        target: CallTarget,
        body: bytes,
        headers: Mapping[str, str],
    ) -> CallbackAnswer:
        keep = False
        try:
            call.takes(connection.sock)
            connection.request("POST", target.path, body, {"Host": target.host_header, **headers})
            response = connection.getresponse()
            content = response.read(LONGEST_ANSWER)
            keep = response.isclosed() and not response.will_close
        finally:
            if keep:
                self._idle.append((connection, time.monotonic()))
            else:
                connection.close()
        return CallbackAnswer(response.status, _shown(response.status, content))


class _Call:
    """One post under way, and what may end it."""

    def __init__(self) -> None:
        self.until = time.monotonic() + SECONDS
        self.sock: socket.socket | None = None
        self.ended = False

    @property
    def seconds_left(self) -> float:
        return max(0.01, self.until - time.monotonic())

    def takes(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(self.seconds_left)
        if self.ended:
            raise TimeoutError

    def end(self) -> None:
        """At the deadline, in another thread: who reads or writes finds the connection closed."""
        self.ended = True
        if self.sock is not None:
            try:
                # Not the one of TLS, which would take the session from under whoever reads.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return


def _connected(call: _Call, target: CallTarget, addresses: Sequence[str]) -> http.client.HTTPConnection:
    """To the first of these addresses that lets us, each with its share of the time."""
    for position, address in enumerate(addresses):
        try:
            sock = socket.create_connection(
                (address, target.port), timeout=call.seconds_left / (len(addresses) - position)
            )
        except OSError:
            if position == len(addresses) - 1:
                raise
            continue
        break
    try:
        # Head and body are two segments: the second would wait until the first is acknowledged, 40 ms and more.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        call.takes(sock)
        if target.scheme == "https":
            sock = _tls().wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)
            call.takes(sock)
            sock.do_handshake()
    except BaseException:
        sock.close()
        raise
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    # It would look the name up by itself and connect to whatever that means by then.
    connection.auto_open = 0
    return connection


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """This machine's authorities, and those that come with the portal."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


def _shown(status: int, content: bytes) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in content.decode(errors="replace"))
    text = " ".join(text.split())
    return f"HTTP {status}{': ' if text else ''}{text}"[:LONGEST_WORDS]


def _in_words(error: Exception, hung: bool) -> str:
    if hung:
        return f"No answer in {SECONDS:.0f} seconds."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Its certificate is not good: {error.verify_message}."[:LONGEST_WORDS]
    if isinstance(error, ssl.SSLError):
        return "TLS was not agreed on."
    if isinstance(error, ConnectionRefusedError):
        return "It takes no connection."
    if isinstance(error, http.client.HTTPException):
        return "What it answered is no HTTP."
    return f"The connection broke: {type(error).__name__}."
