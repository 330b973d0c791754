"""Who may not be texted: by scope of the opt-out, while a reply waits for a person, and who was texted too often."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.ledger.frequency import TOO_OFTEN, had_as_many
from campaigns.ledger.reasons import reason_in_words
from campaigns.ledger.whys import OPTED_OUT
from campaigns.models import Kind, Reply, Rules
from contacts.models import OptOut

REPLY_WAITS = "reply_waits"


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Why a number gets no text: the code that a text left out for it has, and words."""

    code: str
    words: str

    @property
    def passes(self) -> bool:
        """Whether it hangs on what was sent: a text that has been asked for may be what it counts."""
        return self.code == TOO_OFTEN


def why_kept_out(phone: str, kind: str) -> KeptOut | None:
    """What keeps texts of this kind from a number now; None: nothing does."""
    opt_outs = OptOut.objects.filter(phone=phone, scope__in=scopes_of(kind)).select_related("created_by")
    if (opt_out := opt_outs.widest_last().last()) is not None:
        return KeptOut(OPTED_OUT, opt_out.in_words)
    if waiting_replies(kind).filter(phone=phone).exists():
        return KeptOut(REPLY_WAITS, reason_in_words(REPLY_WAITS))
    most = most_a_week(kind)
    if most is not None and had_as_many([phone], most, timezone.now()):
        return KeptOut(TOO_OFTEN, reason_in_words(TOO_OFTEN))
    return None


def most_a_week(kind: str) -> int | None:
    """How many texts of this kind a person may have in seven days; None: as many as are sent."""
    return Rules.objects.get(pk=1).weekly_texts if kind == Kind.PROMOTIONAL else None


def scopes_of(kind: str) -> list[OptOut.Scope]:
    return [OptOut.Scope.ALL, *([OptOut.Scope.PROMOTIONAL] if kind == Kind.PROMOTIONAL else [])]


def waiting_replies(kind: str) -> QuerySet[Reply]:
    """Replies that a person has yet to read: until then no marketing goes to their numbers."""
    return Reply.objects.waiting() if kind == Kind.PROMOTIONAL else Reply.objects.none()
