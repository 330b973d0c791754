"""Calls of the gateway over HTTP. What becomes of a failed one is told by where it failed, not by an exception's name.

Until the connection stands nothing can have been sent; from the first byte on it may have been. So the connection
itself says when it stands, and asks the caller at that moment.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager

from campaigns.gateway import deadlines
from campaigns.gateway.codes import Verdict
from campaigns.gateway.contact_replies import read_contacts, reason_in
from campaigns.gateway.errors import Refused, Silent, Unreachable, Unreadable
from campaigns.gateway.loose import phone_of
from campaigns.gateway.replies import parse, read_balance, read_multiple, read_single, read_status
from campaigns.gateway.wire import (
    Balance,
    CallReply,
    ContactsReply,
    ItemReply,
    Postable,
    StatusReply,
    contacts_request,
    multiple_request,
    nairobi_stamp,
    single_request,
)

LONGEST_REPLY = 1 << 20
# A connection that the gateway may have closed meanwhile is not tried: a request into it could be lost or not.
FRESH_SECONDS = 1.0
SLACK_SECONDS = 2.0

T = TypeVar("T")
_this_thread = threading.local()


class _Answer(NamedTuple):
    """A whole HTTP reply."""

    status: int
    headers: Any
    content: bytes


class _Call:
    """One call under way in this thread: whether its first byte has left, and what may end it."""

    def __init__(self, before_first_byte: Callable[[], None] | None) -> None:
        self.before_first_byte = before_first_byte
        self.begun = False
        self.hook_error: BaseException | None = None
        self.connection: HTTPConnection | None = None
        self.ended = False

    def first_byte(self, connection: HTTPConnection) -> None:
        self.connection = connection
        if self.begun:
            return
        if self.before_first_byte is not None:
            try:
                self.before_first_byte()
            except BaseException as error:
                self.hook_error = error
                raise
        self.begun = True

    def end(self) -> None:
        """At the deadline: whoever reads or writes on the connection finds it closed."""
        self.ended = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(2)
            except OSError:
                return


# For type checkers a mixin has the class that it is mixed into.
if TYPE_CHECKING:
    _Connection = HTTPConnection
    _Pool = HTTPConnectionPool
else:
    _Connection = _Pool = object


class _Watched(_Connection):
    """Of a connection: tells the call when it stands, before the first byte; and how long it has been idle."""

    idle_since = 0.0

    def connect(self) -> None:
        _this_thread.call.connection = self
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _this_thread.call.first_byte(self)
        super().send(data)


class _Http(_Watched, HTTPConnection):
    pass


class _Https(_Watched, HTTPSConnection):
    pass


class _Fresh(_Pool):
    """Of a pool: a connection that was idle for long is closed and opened anew."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if connection.sock is not None and time.monotonic() - connection.idle_since > FRESH_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.idle_since = time.monotonic()
        super()._put_conn(connection)


class _HttpPool(_Fresh, HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(_Fresh, HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """requests over our pools: no retry, and without a session no redirect, no cookie, no proxy of the environment."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


class Gateway:
    """The gateway's account that `api_key` opens. May be used by many threads at once.

    Of their calls that send at most `posts_at_once` are under way at the same time, 0: as many as there are threads.
    The others claim and write down meanwhile, which takes about as long as a call.
    """

    def __init__(
        self,
        base_url: str,
        account_url: str,
        api_key: str,
        service_id: str = "0",
        *,
        connect_timeout: float = 10,
        read_timeout: float = 60,
        posts_at_once: int = 0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._account_url = (account_url or base_url).rstrip("/")
        self._api_key = api_key
        self._service_id = service_id
        self._timeouts = (connect_timeout, read_timeout)
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "QSMS-Portal",
        }
        # What never changes is put together once for an address, not for each call.
        self._without_body = lru_cache(maxsize=8)(self._prepared)
        self._adapters = threading.local()
        self._room: AbstractContextManager[Any] = (
            threading.BoundedSemaphore(posts_at_once) if posts_at_once else nullcontext()
        )

    def __repr__(self) -> str:
        return f"Gateway({self._base_url!r})"

    @property
    def deadline(self) -> timedelta:
        """How long a call may take in all, from the first try to connect to the last byte of the reply."""
        return timedelta(seconds=sum(self._timeouts) + SLACK_SECONDS)

    def send_multiple(
        self,
        sender: str,
        texts: Sequence[Postable],
        *,
        service_id: str | None = None,
        before_first_byte: Callable[[], None] | None = None,
    ) -> CallReply:
        """Post a batch. `before_first_byte` is called once the connection stands; what it raises ends the call unsent.

        Raises Unreachable (nothing was sent), Refused (nothing was accepted), Silent (it may have been sent).
        """
        body = multiple_request(
            texts,
            api_key=self._api_key,
            sender=sender,
            service_id=service_id or self._service_id,
            date_send=nairobi_stamp(datetime.now(UTC)),
        )
        url = f"{self._base_url}/api/sms/sendmultiple"
        with self._room:
            answer = self._call("POST", url, body, before_first_byte)
        return _read(answer, lambda answered: read_multiple(answered, texts))

    def send_one(
        self,
        sender: str,
        text: Postable,
        *,
        service_id: str | None = None,
        before_first_byte: Callable[[], None] | None = None,
    ) -> ItemReply:
        """Post one text by `sendsms`. Raises as `send_multiple` does."""
        body = single_request(
            text,
            api_key=self._api_key,
            sender=sender,
            service_id=service_id or self._service_id,
            date_send=nairobi_stamp(datetime.now(UTC)),
        )
        with self._room:
            answer = self._call("POST", f"{self._base_url}/api/sms/sendsms", body, before_first_byte)
        return _read(answer, read_single)

    def balance(self) -> Balance:
        """What the account holds. Raises GatewayError."""
        return _read(self._call("GET", f"{self._account_url}/v1/balance"), read_balance)

    def message_status(self, message_id: str) -> StatusReply:
        """What the gateway knows of one message. Raises GatewayError."""
        url = f"{self._account_url}/v1/messages/{quote(message_id, safe='')}"
        return _read(self._call("GET", url), read_status)

    def push_contacts(self, group: str, contacts: Sequence[Mapping[str, str]]) -> ContactsReply:
        """Put contacts, each with its `phone`, into a group of the account. The same may be posted again and again.

        Raises Unreachable and Silent, after which it may be repeated, and Refused, after which it would be in vain.
        """
        body = contacts_request(group, contacts, api_key=self._api_key)
        answer = self._call("POST", f"{self._account_url}/v1/contacts", body)
        if refused := _contacts_refused(answer):
            raise refused
        phones = [phone_of(one["phone"]) for one in contacts]
        return _read(answer, lambda answered: read_contacts(answered, phones))

    def _call(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        before_first_byte: Callable[[], None] | None = None,
    ) -> _Answer:
        call = _this_thread.call = _Call(before_first_byte)
        deadline = deadlines.alarm(self.deadline.total_seconds(), call.end)
        try:
            return self._exchange(method, url, body)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if call.hook_error is not None:
                raise call.hook_error from None
            # What the libraries say may hold the address and more; the kind of failure is enough for a log.
            kind = "the deadline passed" if call.ended else type(error).__name__
            if not call.begun:
                raise Unreachable(f"No connection to the gateway: {kind}.") from None
            raise Silent(f"The connection to the gateway broke: {kind}.") from None
        finally:
            deadline.cancel()

    def _exchange(self, method: str, url: str, body: bytes | None) -> _Answer:
        with self._adapter().send(self._request(method, url, body), stream=True, timeout=self._timeouts) as response:
            content = response.raw.read(LONGEST_REPLY + 1, decode_content=True)
            if len(content) > LONGEST_REPLY:
                raise ValueError("longer than a reply may be")
            return _Answer(response.status_code, response.headers, content)

    def _request(self, method: str, url: str, body: bytes | None) -> requests.PreparedRequest:
        if body is None:
            return self._prepared(method, url)
        request = self._without_body(method, url).copy()
        request.prepare_body(body, None)
        return request

    def _prepared(self, method: str, url: str) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.prepare_method(method)
        request.prepare_url(url, None)
        request.prepare_headers(self._headers)
        return request

    def _adapter(self) -> _Adapter:
        """This thread's, with its one connection."""
        adapter = getattr(self._adapters, "adapter", None)
        if adapter is None:
            adapter = self._adapters.adapter = _Adapter(pool_connections=2, pool_maxsize=1)
        return adapter


def _read(answer: _Answer, read: Callable[[Any], T]) -> T:
    """What a whole HTTP reply proves, read by `read` where it is the gateway's own."""
    try:
        return _judged(*answer, read)
    except Unreadable as error:
        raise Silent(str(error), error.code, error.words) from None


def _judged(status: int, headers: Any, content: bytes, read: Callable[[Any], T]) -> T:
    if 200 <= status < 300:
        return read(parse(content))
    if 300 <= status < 400:
        raise _settings_fault("redirect", "The gateway's address leads elsewhere. Check QSMS_BASE_URL.", status)
    after = _seconds(headers.get("Retry-After"))
    if status == 429:
        raise Unreachable("The gateway asks us to go slower (HTTP 429).", after)
    if status == 503 and (after is not None or _is_object(content)):
        raise Unreachable("The gateway is busy (HTTP 503).", after)
    if status >= 500:
        raise Silent(f"The gateway failed (HTTP {status}).")
    if _is_object(content) and "status_code" in (answer := json.loads(content)):
        read(answer)
        raise Silent(f"The gateway said both yes and no (HTTP {status}).")
    if status in (401, 403):
        raise _settings_fault("bad_credentials", "The gateway does not know this API key.", status)
    if status in (400, 404, 405, 413, 415):
        raise _settings_fault("bad_address", "The gateway does not take calls at this address.", status)
    raise Silent(f"The gateway gave an answer that is not understood (HTTP {status}).")


def _contacts_refused(answer: _Answer) -> Refused | None:
    """What is said by the HTTP status alone, whatever stands in the body: here no text hangs on how it is read."""
    if answer.status in (401, 403):
        return _settings_fault("bad_credentials", "The gateway does not know this API key.", answer.status)
    if answer.status in (400, 404, 405, 409, 413, 415, 422):
        words = reason_in(json.loads(answer.content)) if _is_object(answer.content) else ""
        said = f"The gateway takes no contacts here: {words}" if words else "The gateway takes no contacts here."
        return _settings_fault("bad_request", f"{said} Check QSMS_ACCOUNT_URL.", answer.status)
    return None


def _settings_fault(reason: str, words: str, status: int) -> Refused:
    return Refused(Verdict.HALT_ACCOUNT, reason, f"{words} (HTTP {status})")


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


def _seconds(written: str | None) -> float | None:
    """Retry-After: seconds, or a date."""
    if not written:
        return None
    if written.strip().isdecimal():
        return float(written)
    try:
        at = parsedate_to_datetime(written)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(at.tzinfo or UTC)).total_seconds())
