"""What deeds are done to, by the ids in their entries: what it is called now, and where it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.urls import reverse

from accounts.models import ApiKey, Invitation, User
from campaigns.actions import set_rules
from campaigns.models import (
    AnswerStarter,
    AnswerWord,
    Campaign,
    Conversation,
    Message,
    MessageTemplate,
    Reply,
    ScriptCall,
    Sender,
)
from contacts.models import Contact, ContactGroup, Job, OptOut, Segment, Upload
from lib import phones

LARGEST_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Thing:
    """`noun` stands before its name: the group “Loans”. Without `url` it is shown nowhere, or gone."""

    noun: str
    name: str
    url: str = ""

    def __str__(self) -> str:
        return " ".join(one for one in (self.noun, self.name) if one)


@dataclass(frozen=True, slots=True)
class Kind:
    """How things of a kind are looked up. `page` is the name of an address that takes their id, or makes one."""

    noun: str
    rows: Callable[[], QuerySet[Any]]
    name: Callable[[Any], str]
    page: str | Callable[[Any], str] = ""


def deeds_of(kind: str, pk: int) -> str:
    """The address of what that person or key did."""
    return f"{reverse('audit')}?who={kind}-{pk}"


def _number(row: Any) -> str:
    return phones.local_number(row.phone)


def _page_of_number(row: Any) -> str:
    return reverse("person-detail", args=[row.phone])


def _page_of_group(group: ContactGroup) -> str:
    """Empty while it waits for its upload."""
    return "" if group.waits_for_upload else reverse("group-detail", args=[group.pk])


KINDS = {
    "campaign": Kind("the campaign", Campaign.objects.all, lambda one: one.name, "campaign-detail"),
    "message": Kind("the text to", Message.objects.all, _number, "message-detail"),
    "call": Kind(
        "the call of", lambda: ScriptCall.objects.select_related("api_key"),
        lambda one: one.api_key.name if one.api_key else "a key that is gone", "script-call-detail",
    ),
    "reply": Kind("the reply of", Reply.objects.all, _number, _page_of_number),
    "conversation": Kind(
        "the conversation with", Conversation.objects.all,
        lambda one: _number(one) if one.phone else "whoever has no mobile number", "conversation-detail",
    ),
    "word": Kind("the answer to the word", AnswerWord.objects.all, lambda one: one.word, "answer-word-edit"),
    "starter": Kind(
        "the ready answer", AnswerStarter.objects.all, lambda one: one.name, "answer-starter-edit"
    ),
    "template": Kind("the template", MessageTemplate.objects.all, lambda one: one.name, "template-edit"),
    "group": Kind(
        "the group", lambda: ContactGroup.everything.filter(deleted_at=None), lambda one: one.name, _page_of_group
    ),
    "contact": Kind(
        "the contact", Contact.objects.all, lambda one: one.name or _number(one),
        lambda one: reverse("contact-edit", args=[one.group_id, one.pk]),
    ),
    "segment": Kind("the segment", Segment.objects.all, lambda one: one.name, "segment-detail"),
    "upload": Kind("the upload", Upload.objects.all, lambda one: one.name, "upload-detail"),
    "opt-out": Kind("the opt-out of", OptOut.objects.all, _number, _page_of_number),
    "file": Kind("the file", Job.objects.all, lambda one: one.about, "job-detail"),
    "person": Kind("", User.objects.all, lambda one: one.called, lambda one: deeds_of("person", one.pk)),
    "invitation": Kind(
        "the invitation of", Invitation.objects.all, lambda one: one.email or "whoever has its link",
        lambda _one: reverse("staff-list"),
    ),
    "key": Kind("the key", ApiKey.objects.all, lambda one: one.name, lambda one: deeds_of("key", one.pk)),
    "sender": Kind("the sender ID", Sender.objects.all, lambda one: one.name, "sender-edit"),
    "role": Kind("the role", Group.objects.all, lambda one: one.name),
}  # fmt: skip
GONE = {
    "campaign": "a campaign", "message": "a text", "call": "a script's call", "reply": "a reply",
    "conversation": "a conversation", "word": "an answer to a word", "starter": "a ready answer",
    "template": "a template", "group": "a group",
    "contact": "a contact", "segment": "a segment", "upload": "an upload", "opt-out": "an opt-out", "file": "a file",
    "person": "somebody", "invitation": "an invitation", "key": "a key", "sender": "a sender ID",
    "role": "a role", "number": "a number's status",
}  # fmt: skip

# A kind and an id, as "campaign 12" has them.
Reference = tuple[str, int]


class Things:
    """The things of some entries, asked for at once: a query for each kind that occurs."""

    def __init__(self, references: Iterable[Reference]) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        for kind, pk in references:
            if kind in KINDS:
                wanted[kind].add(pk)
        self.found: dict[Reference, Model] = {
            (kind, pk): row for kind, ids in wanted.items() for pk, row in KINDS[kind].rows().in_bulk(ids).items()
        }

    def name(self, kind: str, pk: int) -> str:
        """What it is called; of what is gone that it is."""
        row = self.found.get((kind, pk))
        return _gone(kind) if row is None else KINDS[kind].name(row)

    def thing(self, about: str, kept_name: str = "") -> Thing:
        """What an entry is about; by its `kept_name`, or as an older release called it, where it is gone."""
        word, _, rest = about.partition(" ")
        if word == "rule":
            rule = set_rules.BY_NAME.get(rest)
            return Thing("the rule", rule.words if rule else rest, reverse("rules-edit"))
        if word not in GONE:
            return Thing("", about)
        reference = reference_of(about)
        row = self.found.get(reference) if reference else None
        kind = KINDS.get(word)
        if row is not None and kind is not None:
            page = kind.page(row) if callable(kind.page) else kind.page and reverse(kind.page, args=[row.pk])
            return Thing(kind.noun, kind.name(row), page)
        kept = kept_name or ("" if reference else rest)
        if kept and kind is not None:
            return Thing(kind.noun, kept)
        return Thing("", _gone(word) if reference else GONE[word])


def _gone(kind: str) -> str:
    return f"{GONE[kind]} {'who' if kind == 'person' else 'that'} is gone"


def reference_of(about: str) -> Reference | None:
    """None where it names no row."""
    word, _, rest = about.partition(" ")
    is_id = rest.isascii() and rest.isdecimal() and len(rest) <= LARGEST_ID_DIGITS
    return (word, int(rest)) if is_id else None
