"""The account's own contacts, by group and number, as `POST /v1/contacts` brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.gateway import vendor_codes
from campaigns.gateway.loose import phone_of

Contact = dict[str, Any]


@dataclass(slots=True)
class ContactCounts:
    """`calls` that were answered with counts, `received` contacts in them, repeats and refused ones too."""

    calls: int = 0
    received: int = 0


class AddressBook:
    """A number stands once in a group, as `{"phone": "+254...", ...}`. An empty value changes nothing."""

    def __init__(self) -> None:
        self.groups: dict[str, dict[str, Contact]] = {}
        self.counts = ContactCounts()

    def keep(self, group: str, contacts: list[Any], judge: Callable[[str], int]) -> dict[str, Any]:
        """Judge each contact by its number and keep the good ones; returns the answer to the call."""
        self.counts.calls += 1
        self.counts.received += len(contacts)
        good: dict[str, Contact] = {}
        rejected = []
        for index, contact in enumerate(contacts):
            written = contact.get("phone") if isinstance(contact, Mapping) else None
            number = phone_of(written)
            code = judge(number)
            if code == vendor_codes.SUCCESS:
                good[number] = {**contact, "phone": f"+{number}"}
            else:
                shown = "" if written is None else str(written)
                rejected.append({"index": index, "phone": shown, "error": vendor_codes.words(code)})
        kept = self.groups.setdefault(group, {})
        came = {"created": 0, "updated": 0, "unchanged": 0}
        for number, contact in good.items():
            before = kept.get(number)
            kept[number] = put_over(before or {}, contact)
            came["created" if before is None else "unchanged" if before == kept[number] else "updated"] += 1
        duplicates = len(contacts) - len(rejected) - len(good)
        return {"group": group, **came, "duplicates": duplicates, "rejected": rejected}

    def contacts_of(self, group: str) -> list[Contact]:
        return list(self.groups.get(group, {}).values())

    def clear(self) -> None:
        self.groups = {}
        self.counts = ContactCounts()


def put_over(before: Contact, after: Mapping[str, Any]) -> Contact:
    changed = {name: value for name, value in after.items() if value != ""}
    return {name: value for name, value in {**before, **changed}.items() if value is not None}
