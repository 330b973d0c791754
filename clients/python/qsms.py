"""Send texts by the QSMS Portal, or by the Q SMS gateway for what it has. Needs Python 3.11 and `requests`.

    client = Client("https://portal.example.co.ke", "qsms_live_...", sender="NAKURUSACCO")
    print(client.send_one("254712345678", "Your parcel is here."))

A call is made again only where nothing came of it: no connection could be made, or the answer was 429 with
`Retry-After`, 503 with `Retry-After` or 503 with the code 1005. After a broken connection or a time that ran out, only
what a repeat cannot do twice is asked again: what only reads, and the POSTs of `/v1/`, which carry an
`Idempotency-Key` that stays the same over the tries of one call.
"""

from __future__ import annotations

import email.utils
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NotRequired, TypedDict
from urllib.parse import quote

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
UNCERTAIN: Final = "uncertain"

State = Literal["accepted", "refused", "uncertain"]
Json = dict[str, Any]


class QsmsError(Exception):
    """A call that did not do what was asked.

    code: the answer's own word or number, such as `over_limit` or `1006`; empty where there was no answer.
    message: what it said, in words.
    fields: what was wrong, by the name of the field or parameter.
    status: the HTTP status, 0 where there was no answer.
    """

    def __init__(self, code: str, message: str, fields: Mapping[str, Any] | None = None, status: int = 0) -> None:
        super().__init__(f"{code or 'no answer'}: {message}")
        self.code, self.message, self.fields, self.status = code, message, dict(fields or {}), status


class Refused(QsmsError):
    """The answer said no: nothing was sent or changed. `code` says what to mend."""


class Unreachable(QsmsError):
    """No connection could be made: nothing was sent or changed. Call again later."""


class Unanswered(QsmsError):
    """The request went out, and no answer came that can be understood: it may have been done.

    Look before you call again, or call again with the same `idempotency_key` where the portal is asked.
    """


class Text(TypedDict):
    """One text of `send_many`; `client_ref` is your own name for it, and comes back with its result."""

    mobile: str
    message: str
    client_ref: NotRequired[str]


class MessageStatus(TypedDict):
    """What became of a text. Of the gateway only `status` and, once delivered, `delivered_at` come.

    status: queued, sent, delivered, failed or uncertain; of the gateway also pending.
    """

    id: NotRequired[int]
    status: str
    to: NotRequired[str]
    message: NotRequired[str]
    delivered_at: NotRequired[str | None]
    reason: NotRequired[str | None]


class Balance(TypedDict):
    """The portal writes money as texts ("4200.00"), the gateway as numbers; `as_of` is the portal's."""

    balance_kes: str | float | None
    sms_remaining: int | None
    rate_per_sms: str | float | None
    as_of: NotRequired[str]


class ContactsAdded(TypedDict, total=False):
    """What became of the contacts. `rejected` names each that was left out: index, phone, error."""

    group: str
    created: int
    updated: int
    unchanged: int
    duplicates: int
    rejected: list[Json]


@dataclass(frozen=True)
class Sent:
    """What became of one text.

    state: ACCEPTED, REFUSED (it was not sent and will not be) or UNCERTAIN (nobody knows: do not send it again, ask
        `message_status` for its `message_id`, which is empty where none came).
    cost: in credits; None where it was not told.
    """

    state: State
    mobile: str
    message_id: str
    client_ref: str = ""
    code: str = ""
    description: str = ""
    cost: float | None = None


class Client:
    """Calls of one account.

    base_url: where `/api/sms/...` is: your portal, or the gateway's sending host.
    api_key: a key of Settings, API keys.
    account_url: where `/v1/...` is, if that is another host, as with the gateway.
    sender: the sender ID where a call names none.
    connect_timeout, read_timeout: seconds. The portal answers a text within 25.
    retries: how often a call of which nothing came is made again.
    longest_wait: seconds; where `Retry-After` says more, the call is not made again.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        account_url: str | None = None,
        sender: str = "",
        service_id: str = "0",
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        retries: int = 3,
        longest_wait: float = 60.0,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.account_url = (account_url or base_url).rstrip("/")
        self.api_key, self.sender, self.service_id = api_key, sender, service_id
        self.timeouts = (connect_timeout, read_timeout)
        self.retries, self.longest_wait = retries, longest_wait

    def send_one(
        self,
        mobile: str,
        message: str,
        *,
        sender: str | None = None,
        client_ref: str = "",
        date_send: str = "",
        idempotency_key: str = "",
    ) -> Sent:
        """Send one text; `date_send` ("2026-12-04 09:00:00", Nairobi) lets it wait.

        Returns ACCEPTED or UNCERTAIN. Raises Refused (1003 the number, 1012 opted out, ...), Unreachable, Unanswered.
        """
        body = {"api_key": self.api_key, "service_id": self.service_id, "mobile": mobile, "response_type": "json"}
        body |= {"shortcode": sender or self.sender, "message": message, "date_send": date_send}
        body |= {"client_ref": client_ref} if client_ref else {}
        status, answer = self._ask("POST", self.base_url + "/api/sms/sendsms", body, idempotency_key)
        text: Text = {"mobile": mobile, "message": message, "client_ref": client_ref}
        sent = _result(_items(status, answer)[0], text)
        if sent.state == REFUSED:
            raise Refused(sent.code, sent.description, status=status)
        if sent.state == UNCERTAIN and not sent.message_id:
            raise _unanswered(status)
        return sent

    def send_many(
        self, texts: Iterable[Text], *, sender: str | None = None, date_send: str = "", idempotency_key: str = ""
    ) -> list[Sent]:
        """Send up to 1,000 texts in one call.

        Returns a result for each, in their order. Raises Refused where the call as a whole was refused, Unreachable,
        Unanswered.
        """
        texts = list(texts)
        body: Json = {"api_key": self.api_key, "serviceId": self.service_id, "from": sender or self.sender}
        body |= {"date_send": date_send, "messages": texts}
        status, answer = self._ask("POST", self.base_url + "/api/sms/sendmultiple", body, idempotency_key)
        return _matched(texts, _items(status, answer))

    def add_contacts(self, group: str, contacts: Sequence[Mapping[str, Any]]) -> ContactsAdded:
        """Add and update up to 10,000 contacts: `{"phone", "name", any field...}`. The group is made where needed."""
        added: ContactsAdded = self.call("POST", "/v1/contacts", {"group": group, "contacts": list(contacts)})
        return added

    def launch_campaign(self, name: str, *, group: str, text: str, kind: str, **options: Any) -> Json:
        """Make a campaign and launch it at once, or at `send_at`. Returns the campaign: `id`, `status`, `run`, ...

        kind: transactional or promotional. options: whatever else `POST /v1/campaigns` takes; `launch=False` leaves
        it a draft.
        """
        asked = {"name": name, "group": group, "text": text, "kind": kind, "launch": True, **options}
        campaign: Json = self.call("POST", "/v1/campaigns", asked)
        return campaign

    def campaign_status(self, campaign_id: int) -> Json:
        """The campaign with its `status`, its latest `run` and its `totals`."""
        campaign: Json = self.call("GET", f"/v1/campaigns/{campaign_id}")
        return campaign

    def message_status(self, message_id: str | int) -> MessageStatus:
        """What became of a text that `send_one` or `send_many` returned the id of."""
        status: MessageStatus = self.call("GET", f"/v1/messages/{quote(str(message_id), safe='')}")
        return status

    def balance(self) -> Balance:
        """What is left of the account."""
        balance: Balance = self.call("GET", "/v1/balance")
        return balance

    def call(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None, key: str = ""
    ) -> Any:
        """Any call of `/v1/`. Returns its JSON, None for 204. Raises Refused, Unreachable, Unanswered.

        key: the `Idempotency-Key` of a POST; a new one where none is given.
        """
        if method == "POST" and not key:
            key = str(uuid.uuid4())
        is_safe = method in ("GET", "POST")
        status, answer = self._ask(method, self.account_url + path, body, key, query, is_safe=is_safe)
        _check(status, answer)
        if isinstance(answer, dict) and _text(answer, "status_code") not in ("", "1", "1000"):
            raise Refused(_text(answer, "status_code"), _text(answer, "status_desc"), status=status)
        return answer

    def _ask(
        self, method: str, url: str, body: Any, key: str, query: Mapping[str, Any] | None = None, is_safe: bool = False
    ) -> tuple[int, Any]:
        """HTTP status and JSON (None where it is none); asked again where nothing came of it, or where `is_safe`."""
        headers = {"Connection": "close"} | ({"Idempotency-Key": key} if key else {})
        for left in range(self.retries, -1, -1):
            wait = 2.0 ** (self.retries - left)
            try:
                # A connection of its own each time: one that was kept may have been closed at the other end.
                response = requests.request(
                    method, url, json=body, params=query, headers=headers, auth=_Bearer(self.api_key),
                    timeout=self.timeouts, allow_redirects=False,
                )  # fmt: skip
            except requests.RequestException as error:
                unmade = _was_never_made(error)
                if left and (unmade or is_safe):
                    time.sleep(wait)
                    continue
                raise (Unreachable if unmade else Unanswered)("", str(error)) from error
            answer = _json(response)
            after = _seconds(response.headers.get("Retry-After"))
            again = response.status_code in (429, 503) and after is not None
            again = again or (response.status_code == 503 and _text(answer, "status_code") == "1005")
            if left and again and (after or 0) <= self.longest_wait:
                time.sleep(wait if after is None else after)
                continue
            return response.status_code, answer
        raise AssertionError("the last try answers or raises")


def verify_signature(
    header: str, body: bytes, secret: str, *, tolerance: float = 300.0, now: float | None = None
) -> bool:
    """Whether a callback is the portal's: `header` is its `QSMS-Signature`, `body` the bytes as they came.

    tolerance: seconds that the time in the header may lie before or after `now`.
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if not secret or len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or len(times[0]) > 15:
        return False
    if abs((time.time() if now is None else now) - int(times[0])) > tolerance:
        return False
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    signatures = [value for name, _, value in parts if name == "v1"]
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures)


class _Bearer(requests.auth.AuthBase):
    """Set so, because requests would put a password of ~/.netrc over a header that is only given."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.key}"
        return request


def _was_never_made(error: requests.RequestException) -> bool:
    """`requests.ConnectionError` also means a connection that broke after the request had left."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _unanswered(status: int) -> Unanswered:
    return Unanswered("", "The answer does not say whether it was done.", status=status)


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _seconds(retry_after: str | None) -> float | None:
    """Of seconds or of a date; None where it is neither."""
    if retry_after is None:
        return None
    if retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


def _text(told: Any, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    return "" if value is None else str(value)


def _check(status: int, answer: Any) -> None:
    """Raises what an answer says that did not do what was asked, in the shape of `/v1/` or in none."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if status in (500, 502, 504) or (status != 204 and status < 300 and answer is None):
        raise _unanswered(status)
    if status >= 300 and not isinstance(error, dict):
        kind = Unanswered if status >= 500 else Refused
        raise kind(str(status), str(error or "The answer says no more than this."), status=status)
    if isinstance(error, dict):
        raise Refused(_text(error, "code"), _text(error, "message"), error.get("fields"), status)


def _items(status: int, answer: Any) -> list[Json]:
    """What was said of each text: a list, a list in an object, or one object. Raises where the whole call failed."""
    items: Any = answer
    if isinstance(answer, dict):
        lists = [answer[name] for name in ("schedule_details", "messages", "responses", "data") if name in answer]
        items = lists[0] if lists else [answer] if "message_id" in answer else []
    if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
        return items
    code = _text(answer, "status_code")
    if _refuses(code):
        raise Refused(code, _text(answer, "status_desc"), status=status)
    _check(status, answer)
    raise _unanswered(status)


def _matched(texts: Sequence[Text], items: list[Json]) -> list[Sent]:
    """Each text's result: by `client_ref`, by mobile, by place where neither is told. What is not told is UNCERTAIN."""
    left, results = list(items), []
    by_place = len(items) == len(texts) and not any(_text(item, "client_ref") or _mobile(item) for item in items)
    for text in texts:
        item = next((item for item in left if by_place or _is_of(item, text)), None)
        if item is not None:
            left.remove(item)
        results.append(_result(item or {}, text))
    return results


def _is_of(item: Json, text: Text) -> bool:
    told, ref = _text(item, "client_ref"), text.get("client_ref", "")
    return told == ref if told and ref else _tail(_mobile(item)) == _tail(text["mobile"])


def _result(item: Json, text: Text) -> Sent:
    scheduled = _text(item, "schedule_status")
    code = _text(item, "status_code") or ("1000" if scheduled.lower() in ("1", "success") else scheduled)
    state: State = ACCEPTED if code in ("1", "1000") else REFUSED if _refuses(code) else UNCERTAIN
    message_id = _text(item, "message_id")
    description = _text(item, "schedule_desc") or _text(item, "status_desc")
    return Sent(
        state, _mobile(item) or text["mobile"], "" if message_id == "0" else message_id,
        _text(item, "client_ref") or text.get("client_ref", ""), code, description, _number(item.get("message_cost")),
    )  # fmt: skip


def _refuses(code: str) -> bool:
    """The vendor's codes that say no; of any other nobody knows what it means."""
    return code.isdigit() and 1001 <= int(code) <= 1016


def _mobile(item: Json) -> str:
    return _text(item, "mobile") or _text(item, "mobile_number")


def _tail(mobile: str) -> str:
    """What 0712345678, +254 712 345 678 and 254712345678 have in common."""
    return "".join(letter for letter in str(mobile) if letter.isdigit())[-9:]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
