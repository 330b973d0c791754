"""Whom the texts of a claim are no longer for: looked at last, by the rows that each tells of."""

from __future__ import annotations

from typing import NamedTuple

from campaigns.audience import audience_of, due
from campaigns.audience.numbers import digest_of, names_read
from campaigns.models import Message, Run
from contacts.models import Contact

GONE, MOVED, ROW_GONE, CHANGED = "filter", "date_moved", "row_gone", "changed_since"


class _Text(NamedTuple):
    """A text as it was planned. `rows`: the contacts that came together in it."""

    pk: int
    contact: int | None
    phone: str
    reference: str
    rows: list[int] | None
    digest: int | None

    @property
    def tells_of(self) -> list[int]:
        return self.rows or ([] if self.contact is None else [self.contact])


class _Row(NamedTuple):
    """A contact as it is now."""

    contact: int
    phone: str
    reference: str
    name: str
    values: dict[str, str]
    group: int


def no_longer_meant(batch: int, run: Run) -> dict[str, set[int]]:
    """The queued texts of a claimed batch that are to be left out, by reason.

    Of a run that was held, and of a reminder, whom the filter means no more, whose date moved, or of whom a value that
    the campaign goes by was not updated since. A text in which rows came together is left out whole where one of them
    is, or says something else by now. Of what was frozen only who is not there any more, or has another number.
    Raises contacts.filters.BadFilter.
    """
    queued = Message.objects.filter(batch=batch, status=Message.Status.QUEUED)
    texts = [_Text(*one) for one in queued.values_list("pk", "contact", "phone", "reference", "rows", "rows_digest")]
    contacts = Contact.objects.filter(pk__in={pk for text in texts for pk in text.tells_of})
    rows = {row[0]: _Row(*row) for row in contacts.values_list("pk", "phone", "reference", "name", "values", "group")}
    if not run.recheck:
        return _by_reason({text.pk: ROW_GONE for text in texts if _is_of_a_row(text) and not _is_there(text, rows)})
    audience = audience_of(run.campaign)
    meant = set(audience.still_meant(contacts, run.day))
    dated = list(rows.values())
    moved = due.moved(run, dated, audience.choice.key_in) if run.stage else set()
    out: dict[int, str] = {
        **audience.not_updated(contacts, run.text),
        **dict.fromkeys(moved, MOVED),
        **dict.fromkeys({pk for text in texts for pk in text.tells_of} - meant, GONE),
    }
    names = names_read(run.text, audience.choice.fields) if any(text.rows for text in texts) else frozenset()
    found: dict[int, str] = {}
    for text in texts:
        if text.rows:
            if any(pk in out for pk in text.rows) or digest_of([rows[pk] for pk in text.rows], names) != text.digest:
                found[text.pk] = CHANGED
        elif text.contact is None or out.get(text.contact) == GONE:
            found[text.pk] = GONE
        elif text.reference and not _is_there(text, rows):
            found[text.pk] = ROW_GONE
        elif text.contact in out:
            found[text.pk] = out[text.contact]
    return _by_reason(found)


def _is_of_a_row(text: _Text) -> bool:
    return bool(text.reference or text.rows)


def _is_there(text: _Text, rows: dict[int, _Row]) -> bool:
    """Whether all that it tells of are there, with its number."""
    return all(pk in rows and rows[pk].phone == text.phone for pk in text.tells_of)


def _by_reason(found: dict[int, str]) -> dict[str, set[int]]:
    reasons: dict[str, set[int]] = {}
    for pk, reason in found.items():
        reasons.setdefault(reason, set()).add(pk)
    return reasons
