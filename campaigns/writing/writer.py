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


class Writer:
    """Writes one text for the people of one group. Raises placeholders.PlaceholderError where the text is broken."""

    def __init__(self, campaign: Campaign, fields: Mapping[str, str], *, text: str, today: date) -> None:
        self._render = _renderer(campaign, fields, text, today, refuses_zeros=campaign.leaves_out_zeros)
        self._ending = ending(campaign.sender, campaign.kind)

    def write(self, phone: str, name: str, values: Mapping[str, str]) -> tuple[str, int] | LeftOut:
        """The text and its parts, or why there is none."""
        return finished(self._render(phone, name, values), self._ending)


def finished(rendered: str | placeholders.Missing, ending: str) -> tuple[str, int] | LeftOut:
    """What was rendered with its `ending` and its parts, or why it is no text."""
    if isinstance(rendered, placeholders.Missing):
        is_zero = isinstance(rendered, placeholders.Zero)
        return LeftOut(f"{'zero' if is_zero else 'missing'}:{rendered.key}")
    text = rendered + ending
    if len(text) > gsm.LIMIT:
        return LeftOut("too_long")
    if not text.strip():
        return LeftOut("empty_text")
    return text, gsm.part_count(text)


class Zeros:
    """Who would read KES 0.00. Raises placeholders.PlaceholderError where the text is broken."""

    def __init__(self, campaign: Campaign, fields: Mapping[str, str], *, text: str, today: date) -> None:
        self._render = _renderer(campaign, fields, text, today, refuses_zeros=True)
        self._money = [key for key, type_ in fields.items() if type_ == "money"]

    def read_by(self, phone: str, name: str, values: Mapping[str, str]) -> bool:
        """Whether this person, who gets a text, reads one in it."""
        # Few people have a zero at all, and for the others nothing is written twice.
        if not any((value := values.get(key)) and not value.strip("-0.") for key in self._money):
            return False
        return isinstance(self._render(phone, name, values), placeholders.Zero)


class Gaps:
    """Where people of one group would read "Dear ,": an empty fallback leaves a sign hanging.

    Such a text is never sent, so only the editor asks. Raises placeholders.PlaceholderError where the text is broken.
    """

    def __init__(self, campaign: Campaign, fields: Mapping[str, str], *, text: str, today: date) -> None:
        probe, self._places = placeholders.marked(text)
        self._render = _renderer(campaign, fields, probe, today)

    def __bool__(self) -> bool:
        """Whether the text can leave any."""
        return bool(self._places)

    def read_by(self, phone: str, name: str, values: Mapping[str, str]) -> list[int]:
        """At which places of the text this person would read one."""
        probe = self._render(phone, name, values)
        if isinstance(probe, placeholders.Missing):
            return []
        return [place for mark, place in self._places.items() if mark in probe]


def _renderer(
    campaign: Campaign, fields: Mapping[str, str], text: str, today: date, *, refuses_zeros: bool = False
) -> placeholders.Render:
    template = placeholders.compile(text, fields, language=campaign.language)
    return template.renderer(
        today=today, sender=campaign.sender.name if campaign.sender else "", refuses_zeros=refuses_zeros
    )
