"""Reads the answer to contacts, of which the vendor's page shows nothing: any yes will do; refused rows are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from campaigns.gateway.codes import Verdict, code_for
from campaigns.gateway.errors import Refused, Unreadable
from campaigns.gateway.loose import phone_of, text_of
from campaigns.gateway.wire import ContactsReply, RefusedContact

# Under which of these an answer tells of rows that it refused: the portal's own first.
REFUSED_ROWS = ("rejected", "errors", "failed", "invalid", "failures")
PLACES = ("index", "row", "position")
REASONS = ("error", "reason", "message", "status_desc", "description")
NO_REASON = "no reason given"


def read_contacts(answer: Any, phones: Sequence[str]) -> ContactsReply:
    """The reply to contacts with these numbers (digits), in their order; raises Refused (none was taken) or Unreadable.

    Rows are matched by their place where its number agrees or is not told, else by the number.
    """
    if isinstance(answer, list):
        # Siblings put a lone answer into a list.
        if len(answer) != 1:
            return ContactsReply()
        answer = answer[0]
    if not isinstance(answer, Mapping):
        raise Unreadable("The reply is neither an object nor a list.")
    _raise_unless_taken(answer)
    rows: list[Any] = next((answer[name] for name in REFUSED_ROWS if isinstance(answer.get(name), list)), [])
    places = {phone: place for place, phone in enumerate(phones)}
    refused = (RefusedContact(_place_of(row, phones, places), reason_in(row) or NO_REASON) for row in rows)
    # A row is refused once, however often it is said.
    by_place = {one.place if one.place is not None else f"?{at}": one for at, one in enumerate(refused)}
    return ContactsReply(tuple(by_place.values()))


def reason_in(row: Any) -> str:
    """Why, in the gateway's words; an object may hold them one level down, as `{"error": {"message"}}`."""
    if not isinstance(row, Mapping):
        return text_of(row)
    for name in REASONS:
        found = row.get(name)
        if words := reason_in(found) if isinstance(found, Mapping) else text_of(found):
            return words
    return ""


def _raise_unless_taken(answer: Mapping[str, Any]) -> None:
    """A status code that is no success, or a plain no, refuses the whole call."""
    written = text_of(answer.get("status_code"), 40)
    code = code_for(written) if written else None
    if code is not None and code.of_call is not Verdict.ACCEPTED:
        words = text_of(answer.get("status_desc"))
        if code.of_call is Verdict.UNCERTAIN:
            raise Unreadable(code.words, written, words)
        raise Refused(code.of_call, code.reason, code.words, written, words)
    if code is None and (answer.get("success") is False or answer.get("error")):
        words = reason_in(answer)
        said = f"The gateway takes no contacts: {words}" if words else "The gateway takes no contacts."
        raise Refused(Verdict.HALT_ACCOUNT, "refused_otherwise", said, words=words)


def _place_of(row: Any, phones: Sequence[str], places: Mapping[str, int]) -> int | None:
    if not isinstance(row, Mapping):
        return places.get(phone_of(row))
    phone = phone_of(row.get("phone") or row.get("mobile"))
    place = next((row[name] for name in PLACES if _is_place(row.get(name), len(phones))), None)
    if place is not None and phone in ("", phones[place]):
        return int(place)
    return places.get(phone)


def _is_place(value: Any, how_many: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < how_many
