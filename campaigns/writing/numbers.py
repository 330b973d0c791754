"""Writing a campaign's text for all rows of a number: one for each row, or one for them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from campaigns import placeholders
from campaigns.models import Campaign
from campaigns.writing.writer import LeftOut, Writer, ending, finished

SAME_TEXT = "same_text"
SEVERAL_VALUES = "several_values:"
NOT_UPDATED = "not_updated:"
LONGEST_DETAIL = 200


class WrittenRow(Protocol):
    """A row of a number; `place` is that of its group, `left_out` why it gets no text."""

    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Mapping[str, str]: ...
    @property
    def reference(self) -> str: ...
    @property
    def place(self) -> int: ...
    @property
    def left_out(self) -> str: ...


class RowText(NamedTuple):
    """A text, or the reason for which there is none; `rows` are the places of those that it tells of.

    `told_by`: the reference of the text by which these rows are told: its own, unless another says the same.
    """

    rows: tuple[int, ...]
    reference: str
    text: str = ""
    parts: int = 0
    reason: str = ""
    detail: str = ""
    told_by: str = ""


class NumberWriter:
    """Writes for the rows of one number after another. Raises placeholders.PlaceholderError where the text is broken.

    `fields_by_place`: the types of the fields of each group, in the campaign's order, which is also that of rows.
    """

    def __init__(
        self,
        campaign: Campaign,
        fields_by_place: Sequence[Mapping[str, str]],
        *,
        text: str,
        today: date,
        each_row: bool,
    ) -> None:
        self._each_row = each_row
        if each_row:
            self._writers = [Writer(campaign, fields, text=text, today=today) for fields in fields_by_place]
            return
        self._ending = ending(campaign.sender, campaign.kind)
        self._join = placeholders.joiner(
            [placeholders.compile(text, fields, language=campaign.language) for fields in fields_by_place],
            today=today,
            sender=campaign.sender.name if campaign.sender else "",
            refuses_zeros=campaign.leaves_out_zeros,
        )

    def write(self, phone: str, rows: Sequence[WrittenRow]) -> list[RowText]:
        """What the number gets: a text, or a reason, for each row, or one for all of them."""
        return self._for_each(phone, rows) if self._each_row else [self._for_all(phone, rows)]

    def _for_each(self, phone: str, rows: Sequence[WrittenRow]) -> list[RowText]:
        found = []
        told_by: dict[str, str] = {}
        # By position: by name it takes twice as long.
        for number, row in enumerate(rows):
            reference = row.reference
            if row.left_out:
                found.append(RowText((number,), reference, "", 0, row.left_out))
                continue
            written = self._writers[row.place].write(phone, row.name, row.values)
            if isinstance(written, LeftOut):
                found.append(RowText((number,), reference, "", 0, written.reason))
                continue
            text, parts = written
            first = told_by.setdefault(text, reference) if len(rows) > 1 else reference
            if first == reference:
                found.append(RowText((number,), reference, text, parts, "", "", first))
            else:
                found.append(RowText((number,), reference, "", 0, SAME_TEXT, "", first))
        return found

    def _for_all(self, phone: str, rows: Sequence[WrittenRow]) -> RowText:
        everybody = tuple(range(len(rows)))
        for row in rows:
            if row.left_out:
                detail = _named(row) if row.left_out.startswith(NOT_UPDATED) and len(rows) > 1 else ""
                return RowText(everybody, "", reason=row.left_out, detail=detail)
        joined = self._join(phone, [(row.place, row.name, row.values) for row in rows])
        if isinstance(joined, placeholders.Several):
            detail = f"<{joined.key}?…>" if joined.asked else ""
            return RowText(everybody, "", reason=f"{SEVERAL_VALUES}{joined.key}", detail=detail)
        written = finished(joined, self._ending)
        if isinstance(written, LeftOut):
            lacks = joined.row if isinstance(joined, placeholders.Missing) else None
            detail = "" if lacks is None else _named(rows[lacks])
            return RowText(everybody, "", reason=written.reason, detail=detail)
        return RowText(everybody, "", *written)


def _named(row: WrittenRow) -> str:
    """Which row it is, to whoever mends it: its reference and its name."""
    return ", ".join(filter(None, (row.reference, row.name)))[:LONGEST_DETAIL]
