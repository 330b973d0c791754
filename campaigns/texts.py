"""Writing a campaign's text for one person after another: rendered, with its opt-out text, and its parts counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from campaigns import gsm, placeholders
from campaigns.models import Campaign, Kind, Sender


def ending(sender: Sender | None, kind: str) -> str:
    """What is appended to a text of `kind`: to marketing the sender's way out, which is paid for too."""
    if sender is None or not sender.opt_out_text or kind != Kind.PROMOTIONAL:
        return ""
    return " " + sender.opt_out_text


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a person gets no text: a code, `missing:<field>` where a value is missing."""

    reason: str

    @property
    def is_missing(self) -> bool:
        """Whether for want of a value: the campaign says what then."""
        return self.reason.startswith("missing:")


class Writer:
    """Writes one text for the people of one group. Raises placeholders.PlaceholderError where the text is broken."""

    def __init__(self, campaign: Campaign, fields: Mapping[str, str], *, text: str, today: date) -> None:
        sender = campaign.sender
        template = placeholders.compile(text, fields, language=campaign.language)
        self._render = template.renderer(today=today, sender=sender.name if sender else "")
        self._ending = ending(sender, campaign.kind)
        probe, self._gaps = placeholders.marked(text)
        self.may_leave_gaps = bool(self._gaps)
        self._probe = placeholders.compile(probe, fields, language=campaign.language).renderer(
            today=today, sender=sender.name if sender else ""
        )

    def write(self, phone: str, name: str, values: Mapping[str, str]) -> tuple[str, int] | LeftOut:
        """The text and its parts, or why there is none."""
        rendered = self._render(phone, name, values)
        if isinstance(rendered, placeholders.Missing):
            return LeftOut(f"missing:{rendered.key}")
        text = rendered + self._ending
        if len(text) > gsm.LIMIT:
            return LeftOut("too_long")
        if not text.strip():
            return LeftOut("empty_text")
        return text, gsm.part_count(text)

    def gaps(self, phone: str, name: str, values: Mapping[str, str]) -> list[int]:
        """At which places of the text this person would read "Dear ,": an empty fallback leaves a sign hanging."""
        probe = self._probe(phone, name, values)
        if isinstance(probe, placeholders.Missing):
            return []
        return [place for mark, place in self._gaps.items() if mark in probe]
