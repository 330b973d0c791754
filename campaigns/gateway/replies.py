"""Reads the gateway's answers, whose shapes are documented only in part: lenient in form, strict in what they prove."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from campaigns.gateway.codes import Code, Verdict, code_for
from campaigns.gateway.errors import Refused, Unreadable
from campaigns.gateway.loose import amount_of, gateway_id_of, phone_of, text_of
from campaigns.gateway.reports import read_report
from campaigns.gateway.wire import Balance, CallReply, ItemReply, Postable, StatusReply

Entry = Mapping[str, Any]
LISTS = ("schedule_details", "messages", "responses", "data")
NAMES_OF_ONE = ("client_ref", "mobile", "mobile_number", "message_id")
# What an entry says beside whom it is of: in most calls the same of each.
SAID = ("schedule_status", "status_code", "schedule_desc", "status_desc", "message_cost", "network_id", "network")


def parse(body: bytes) -> Any:
    """The JSON in a reply's body; raises Unreadable, never with the body in its words."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("The reply is no JSON.") from None


def read_multiple(answer: Any, texts: Sequence[Postable]) -> CallReply:
    """The reply to sendmultiple, matched to its texts; raises Refused (nothing was accepted) or Unreadable.

    What is refused for a whole call is raised, and its verdict is never REJECTED; one message's refusal is its item.
    """
    alone = len(texts) == 1
    call, entries = _split(answer)
    entries = entries or _as_entries(call, alone)
    items = _matched(entries, texts)
    if not any(items):
        if any(_code_of(entry)[1].accepts for entry in entries):
            raise Unreadable("The reply accepts texts that are none of this call.")
        _raise_unless_accepted(_refusal_of_all(call, entries), alone=alone)
    elif not any(item and (item.code or item.message_id) for item in items):
        # Items that say nothing leave it to the call.
        _raise_unless_accepted(call, alone=alone)
    return CallReply(items, _balance(call, entries))


def read_single(answer: Any) -> ItemReply:
    """The reply to sendsms: accepted or rejected; raises Refused (nothing was accepted) or Unreadable."""
    call, entries = _split(answer)
    entry = {**call, **entries[0]} if len(entries) == 1 else call
    if _code_of(entry)[1].of_call is not Verdict.REJECTED:
        _raise_unless_accepted(entry, alone=True)
    return _item(entry)


def read_balance(answer: Any) -> Balance:
    """The reply to the balance call, with the names that siblings use; raises Refused or Unreadable."""
    call, _ = _split(answer)
    wallet = call.get("wallet")
    in_wallet = wallet.get("credit_balance") if isinstance(wallet, dict) else None
    places = (call.get("balance_kes"), call.get("credit_balance"), in_wallet, call.get("balance"))
    balance = next((amount for amount in map(amount_of, places) if amount is not None), None)
    remaining = amount_of(call.get("sms_remaining"))
    if balance is None and remaining is None:
        _raise_unless_accepted(call, alone=True)
        raise Unreadable("The reply names no balance.")
    return Balance(balance, None if remaining is None else int(remaining), amount_of(call.get("rate_per_sms")))


def read_status(answer: Any) -> StatusReply:
    """The reply about one message; its words are those of the delivery reports. Raises Refused or Unreadable."""
    call, entries = _split(answer)
    entry = entries[0] if len(entries) == 1 and "status" not in call else call
    status = text_of(entry.get("status"), 100)
    if not status:
        _raise_unless_accepted(entry, alone=True)
        raise Unreadable("The reply names no status.")
    # Where it says why beside "failed", that says more.
    words = text_of(entry.get("description"), 100) or status
    report = read_report({"dlrDesc": words, "dlrStatus": status, "dlrTime": entry.get("delivered_at")})
    return StatusReply(words, report.outcome, report.reason, report.words, report.known, report.at)


def _split(answer: Any) -> tuple[Entry, list[Entry]]:
    """What an answer says of the call, and its entries for single messages."""
    if isinstance(answer, list):
        return {}, _entries_of(answer)
    if not isinstance(answer, dict):
        raise Unreadable("The reply is neither an object nor a list.")
    return answer, _entries_in(answer)


def _entries_of(found: list[Any]) -> list[Entry]:
    # What is no object keeps its place, or the places of the others would shift.
    return [entry if isinstance(entry, dict) else {} for entry in found]


def _entries_in(answer: Entry) -> list[Entry]:
    for key in LISTS:
        found = answer.get(key)
        if isinstance(found, dict):
            inner = next((found[name] for name in LISTS if isinstance(found.get(name), list)), None)
            found = [found] if inner is None else inner
        if found and isinstance(found, list):
            return _entries_of(found)
    return []


def _as_entries(call: Entry, alone: bool) -> list[Entry]:
    """An answer without a list may itself speak of one message, as those of sendsms do."""
    code = _code_of(call)[1]
    if code.accepts:
        return [call] if any(call.get(name) for name in NAMES_OF_ONE) else []
    return [call] if alone and code.of_call is Verdict.REJECTED else []


def _refusal_of_all(call: Entry, entries: Sequence[Entry]) -> Entry:
    """A list of one refusal that names nobody is how siblings refuse a whole call."""
    if call or len(entries) != 1 or _names_somebody(entries[0]):
        return call
    return entries[0]


def _names_somebody(entry: Entry) -> bool:
    return bool(text_of(entry.get("client_ref")) or _phone(entry) or gateway_id_of(entry.get("message_id")))


def _phone(entry: Entry) -> str:
    return phone_of(entry.get("mobile") or entry.get("mobile_number"))


def _code_of(entry: Entry) -> tuple[str, Code]:
    """The status code as it came and its row; a platform writes it as one of two keys, or both."""
    return _judged(text_of(entry.get("schedule_status"), 40), text_of(entry.get("status_code"), 40))


@lru_cache(maxsize=256)
def _judged(schedule: str, status: str) -> tuple[str, Code]:
    if code_for(schedule).accepts:
        return schedule, code_for(schedule)
    return (status, code_for(status)) if status else (schedule, code_for(schedule))


def _words(entry: Entry) -> str:
    return text_of(entry.get("schedule_desc")) or text_of(entry.get("status_desc"))


def _item(entry: Entry) -> ItemReply:
    said = tuple(map(entry.get, SAID))
    try:
        judged = _judged_item(*said)
    except TypeError:
        # A list or an object cannot be remembered.
        judged = _judged_item.__wrapped__(*said)
    return ItemReply(gateway_id_of(entry.get("message_id")), _phone(entry), *judged)


@lru_cache(maxsize=64, typed=True)
def _judged_item(*said: Any) -> tuple[Any, ...]:
    """The rest of an item's reply, by the values of SAID."""
    entry = dict(zip(SAID, said, strict=True))
    written, code = _code_of(entry)
    return (
        code.of_item,
        code.reason,
        written,
        _words(entry),
        amount_of(entry["message_cost"]),
        text_of(entry["network_id"], 30) or text_of(entry["network"], 30),
        code.counts_as_dead,
        code.suppresses_promotional,
    )


def _matched(entries: Sequence[Entry], texts: Sequence[Postable]) -> tuple[ItemReply | None, ...]:
    """An item for each text by the reference that it echoes, else the phone, else the place."""
    by_ref = {text.client_ref: place for place, text in enumerate(texts)}
    by_phone = {text.phone: place for place, text in enumerate(texts)}
    items: list[ItemReply | None] = [None] * len(texts)
    same_length = len(entries) == len(texts)
    for place, entry in enumerate(entries):
        item = _item(entry)
        ref = text_of(entry.get("client_ref"), 64)
        found = by_ref.get(ref) if ref else None
        if found is None and item.phone:
            found = by_phone.get(item.phone)
        if found is None and same_length and not ref and not item.phone:
            found = place
        if found is not None and _tells_more(item, items[found]):
            items[found] = item
    return tuple(items)


def _tells_more(item: ItemReply, earlier: ItemReply | None) -> bool:
    """Of two items for one text the one that says it was accepted counts: it went out once at least."""
    return earlier is None or (item.verdict is Verdict.ACCEPTED and earlier.verdict is not Verdict.ACCEPTED)


def _raise_unless_accepted(call: Entry, *, alone: bool) -> None:
    """Raises what the status code of a whole call proves; returns where it is a success.

    A refusal of one message (an invalid number) that answers several proves nothing about the others.
    """
    written, code = _code_of(call)
    if code.of_call is Verdict.ACCEPTED:
        return
    if code.of_call is Verdict.UNCERTAIN or (code.of_call is Verdict.REJECTED and not alone):
        raise Unreadable(code.words, written, _words(call))
    raise Refused(code.of_call, code.reason, code.words, written, _words(call))


def _balance(call: Entry, entries: Sequence[Entry]) -> Decimal | None:
    balance = amount_of(call.get("credit_balance"))
    if balance is None and entries:
        return amount_of(entries[-1].get("credit_balance"))
    return balance
