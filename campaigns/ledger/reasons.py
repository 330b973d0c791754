"""Codes of why a text ended as it did, in the words of the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from campaigns.gateway import codes, reports
from contacts.models import ContactField
from lib.counts import people_in_words

OWN = {
    "opted_out": "opted out",
    "reply_waits": "wrote what may mean STOP, and a person has yet to read it",
    "too_often": "had as many marketing texts within seven days as the rules allow",
    "filter": "no longer fits what the campaign asks for",
    "date_moved": "the date was changed after the text was prepared",
    "same_text": "another row of the number says the same",
    "changed_since": "a row that it tells of was changed after it was prepared",
    "row_gone": "its row left the group or has another number",
    "too_late": "the time until which it could go had passed",
    "dead_number": "the number is known to be dead",
    "too_long": "the text is longer than 918 characters",
    "empty_text": "the text is empty",
    "code_over": "the code was over before it could go",
    "no_answer": "Q SMS did not answer for it",
    "connection_broke": "the connection to Q SMS broke",
    "worker_gone": "the program that was sending it stopped",
    "no_report": "no report came in time",
}
OF_FIELDS = {
    "missing": "has no {}",
    "several_values": "its rows have several values of {}",
    "not_updated": "the {} was not updated: the last file could not be read for it",
    "zero": "would read KES 0.00 for {}",
}


def readers_in_words(counts: Mapping[int, int], *, exact: bool) -> dict[int, str]:
    """Who reads what stands at each of these places, from how many do: "20 people", "About 1,200 people"."""
    about = "" if exact else "About "
    return {place: f"{about}{people_in_words(count)}" for place, count in counts.items() if count}


def reason_in_words(reason: str) -> str:
    """Why, in plain words: `missing:balance` is "has no balance"."""
    return reasons_in_words([reason])[reason]


def reasons_in_words(reasons: Iterable[str]) -> dict[str, str]:
    """The words of each code. Where one names a field, the field's label is asked for, once for all of them."""
    known = dict.fromkeys(reasons)
    fields = {field for kind, _, field in (one.partition(":") for one in known) if kind in OF_FIELDS and field}
    labels = _labels(fields) if fields else {}
    return {one: _in_words(one, labels) for one in known}


def _in_words(reason: str, labels: Mapping[str, str]) -> str:
    kind, _, field = reason.partition(":")
    if kind in OF_FIELDS:
        return OF_FIELDS[kind].format(labels.get(field) or field.replace("_", " "))
    if reason in OWN:
        return OWN[reason]
    for table in (reports.BY_REASON, codes.BY_REASON):
        if reason in table:
            words = table[reason].words.rstrip(".")
            return words[0].lower() + words[1:]
    return reason.replace("_", " ")


def _labels(keys: Iterable[str]) -> dict[str, str]:
    """What pages call these fields, as the words stand within a sentence. Of several groups the newest counts."""
    found = ContactField.objects.filter(key__in=keys).order_by("pk").values_list("key", "label")
    return {key: _within_a_sentence(label) for key, label in found if label != key}


def _within_a_sentence(label: str) -> str:
    """Such as: "Due date" is "due date"; "Loan Balance (KES)" and "ID" stay."""
    return label.lower() if label[1:].islower() else label
