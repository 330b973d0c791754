"""An entry of the audit as people read it: who did what to what, with what belongs to it, and what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst

from accounts import deeds
from accounts.models import AuditEntry
from qsms_portal.auditing.things import Reference, Thing, Things, reference_of

# What stands in the detail of entries: ids of other things, by the kind that they are of,
REFERENCES = {"group": "group", "into": "group", "owner": "person", "contact": "contact"}
# and words for what would not explain itself. What is no fact for people is left out.
WORDS = {
    "group": "in the group",
    "into": "into the group",
    "owner": "for",
    "texts": "texts",
    "rows": "rows",
    "people": "people",
    "cost": "KES",
    "created": "new",
    "updated": "changed",
    "added": "numbers added",
    "contacts": "contacts",
    "runs": "runs",
    "lost": "values that could not be read",
    "occurrence": "of",
    "fields": "fields:",
    "field": "field:",
    "type": "type:",
    "role": "as",
    "scope": "left out of:",
    "comment": "comment:",
    "reason": "reason:",
}
# The database keeps names in an order of its own.
ORDER = {name: place for place, name in enumerate(WORDS)}
COUNTED = {"texts", "rows", "people", "created", "updated", "added", "contacts", "runs", "lost"}
SHOWN_ELSEWHERE = {"name", "before", "after", "job", "run", "filter", "everybody", "only", "as_stop"}
SAID = {
    ("everybody", True): "also those whose call was taken",
    ("as_stop", True): "it was a STOP",
    ("as_stop", False): "it was no STOP",
    ("only", "failed"): "for those who failed",
    ("only", "left_out"): "for those who were left out",
    ("scope", "all"): "from everything",
    ("scope", "promotional"): "from marketing",
}


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is empty where the entry is about one thing alone."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """`who` `did` `thing` `rest`: Jane launched the campaign “November”."""

    pk: int
    at: datetime
    who: Thing
    did: str
    thing: Thing | None
    rest: str
    facts: list[str]
    changes: list[Change]
    address: str
    kind: str

    def __str__(self) -> str:
        return " ".join(one for one in (str(self.who), self.did, str(self.thing or "")) if one) + self.rest


def sentences(entries: Sequence[AuditEntry]) -> list[Sentence]:
    """In their order; whatever they name is looked up at once."""
    things = Things(_references(entries))
    return [_sentence(one, things) for one in entries]


def _references(entries: Sequence[AuditEntry]) -> Iterator[Reference]:
    for one in entries:
        if reference := reference_of(one.about):
            yield reference
        if one.user_id is not None:
            yield "person", one.user_id
        if one.api_key_id is not None:
            yield "key", one.api_key_id
        for name, kind in REFERENCES.items():
            if isinstance(pk := one.detail.get(name), int):
                yield kind, pk


def _sentence(entry: AuditEntry, things: Things) -> Sentence:
    is_own = entry.user_id is not None and entry.about == f"person {entry.user_id}"
    words = deeds.DEEDS.get(entry.act)
    told = words.own if words and words.own and is_own else deeds.told(entry.act)
    did, has_thing, rest = told.partition("{it}")
    thing = things.thing(entry.about, str(entry.detail.get("name", ""))) if has_thing and entry.about else None
    if has_thing and not entry.about:
        rest = f"{NOBODY.get(entry.act, '')}{rest}"
    return Sentence(
        pk=entry.pk,
        at=entry.at,
        who=_who(entry, things),
        did=did.strip(),
        thing=thing,
        rest=rest,
        facts=list(_facts(entry.detail, things)),
        changes=list(_changes(entry.detail)),
        address=entry.address or "",
        kind=entry.get_kind_display(),
    )


# What stands in place of what is not known.
NOBODY = {"sign-in failed": " somebody whom the portal does not know"}


def _who(entry: AuditEntry, things: Things) -> Thing:
    """As it begins a sentence."""
    if entry.user_id is not None:
        who = things.thing(f"person {entry.user_id}")
        return who if who.url else replace(who, name=capfirst(who.name))
    if entry.api_key_id is not None:
        who = things.thing(f"key {entry.api_key_id}")
        return replace(who, noun=capfirst(who.noun), name=who.name if who.url else capfirst(who.name))
    if entry.command:
        return Thing("The command", entry.command, f"{reverse('audit')}?who=commands")
    return Thing("", "Somebody" if entry.act == "sign-in failed" else "The portal itself")


def _facts(detail: dict[str, Any], things: Things) -> Iterator[str]:
    for name in sorted(detail, key=lambda name: ORDER.get(name, len(ORDER))):
        one = detail[name]
        if isinstance(one, str | bool) and (name, one) in SAID:
            yield SAID[name, one]
        elif name in SHOWN_ELSEWHERE or one in (None, "", [], {}):
            continue
        elif name in REFERENCES and isinstance(one, int):
            yield f"{WORDS[name]} {things.name(REFERENCES[name], one)}"
        elif name in COUNTED and isinstance(one, int):
            yield f"{one:,} {WORDS[name]}"
        elif name in ("fields", "field"):
            yield f"{WORDS[name]} {_text(one).replace('_', ' ')}"
        else:
            yield f"{WORDS.get(name, name.replace('_', ' ') + ':')} {_text(one)}"


def _changes(detail: dict[str, Any]) -> Iterator[Change]:
    before, after = detail.get("before"), detail.get("after")
    if isinstance(before, dict) or isinstance(after, dict):
        was = before if isinstance(before, dict) else {}
        now = after if isinstance(after, dict) else {}
        for what in dict.fromkeys([*was, *now]):
            yield Change(what, _text(was.get(what)), _text(now.get(what)))
    elif before is not None or after is not None:
        yield Change("", _text(before), _text(after))


def _text(one: Any) -> str:
    if isinstance(one, list):
        return ", ".join(_text(part) for part in one)
    return "" if one is None else {True: "yes", False: "no"}.get(one, str(one)) if isinstance(one, bool) else str(one)
