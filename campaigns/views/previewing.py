"""A text as one real person after another would get it, with what is wrong with it; asked for while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.asked import id_of
from campaigns import audience, gsm, placeholders, words
from campaigns.models import Campaign
from campaigns.texts import LeftOut, Writer
from contacts.filters import BadFilter
from contacts.models import Contact, ContactGroup

People = Callable[[ContactGroup], QuerySet[Contact]]


def preview(
    request: HttpRequest, campaign: Campaign, text: str, groups: Sequence[ContactGroup], people_of: People
) -> dict[str, Any]:
    """What `_preview.html` shows: the text for the person after the request's `person`, in the first group with any."""
    problems = placeholders.lint(text, {group.name: audience.fields_of(group) for group in groups}) if text else []
    shown: dict[str, Any] = {"problems": problems, "sample": None, "sample_missing": "", "next_person": None}
    if not text.strip():
        return shown
    after = id_of(request.POST.get("person") or request.GET.get("person")) or 0
    for group in groups:
        try:
            people = people_of(group).order_by("pk")
            writer = Writer(campaign, audience.fields_of(group), text=text, today=timezone.localdate())
        except (BadFilter, placeholders.PlaceholderError):
            return shown
        contact = people.filter(pk__gt=after).first() or people.first()
        if contact is not None:
            return shown | {"next_person": contact.pk, **_shown(contact, writer)}
    return shown


def _shown(contact: Contact, writer: Writer) -> dict[str, Any]:
    written = writer.write(contact.phone, contact.name, contact.values)
    if isinstance(written, LeftOut):
        who = contact.name or contact.phone
        return {"sample_missing": f"{who} would be left out: {words.of_reason(written.reason)}."}
    text, parts = written
    sample = {"phone": contact.phone, "name": contact.name, "text": text, "parts": parts}
    return {"sample": sample, "counted": gsm.count(text)}
