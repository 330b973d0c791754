"""Who may not be texted: by scope of the opt-out, and while a reply waits for a person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from campaigns.ledger.reasons import reason_in_words
from campaigns.ledger.whys import OPTED_OUT
from campaigns.models import Kind, Reply
from contacts.models import OptOut

REPLY_WAITS = "reply_waits"


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Why a number gets no text: the code that a text left out for it has, and words."""

    code: str
    words: str


def why_kept_out(phone: str, kind: str) -> KeptOut | None:
    """What keeps texts of this kind from a number now; None: nothing does."""
    opt_outs = OptOut.objects.filter(phone=phone, scope__in=scopes_of(kind)).select_related("created_by")
    if (opt_out := opt_outs.widest_last().last()) is not None:
        return KeptOut(OPTED_OUT, opt_out.in_words)
    if waiting_replies(kind).filter(phone=phone).exists():
        return KeptOut(REPLY_WAITS, reason_in_words(REPLY_WAITS))
    return None


def scopes_of(kind: str) -> list[OptOut.Scope]:
    return [OptOut.Scope.ALL, *([OptOut.Scope.PROMOTIONAL] if kind == Kind.PROMOTIONAL else [])]


def waiting_replies(kind: str) -> QuerySet[Reply]:
    """Replies that a person has yet to read: until then no marketing goes to their numbers."""
    return Reply.objects.waiting() if kind == Kind.PROMOTIONAL else Reply.objects.none()
