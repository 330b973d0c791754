"""Codes of why a text ended as it did, in the words of the pages."""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.gateway import codes, reports

OWN = {
    "opted_out": "opted out",
    "reply_waits": "wrote what may mean STOP, and a person has yet to read it",
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


def readers_in_words(counts: Mapping[int, int], *, exact: bool) -> dict[int, str]:
    """Who reads what stands at each of these places, from how many do: "20 people", "About 1,200 people"."""
    about = "" if exact else "About "
    return {
        place: f"{about}{count:,} {'person' if count == 1 else 'people'}" for place, count in counts.items() if count
    }


def reason_in_words(reason: str) -> str:
    """Why, in plain words: `missing:balance` is "has no balance"."""
    kind, _, field = reason.partition(":")
    if kind == "missing":
        return f"has no {field.replace('_', ' ')}"
    if kind == "several_values":
        return f"its rows have several values of {field.replace('_', ' ')}"
    if kind == "not_updated":
        return f"the {field.replace('_', ' ')} was not updated: the last file could not be read for it"
    if kind == "zero":
        return f"would read KES 0.00 for {field.replace('_', ' ')}"
    if reason in OWN:
        return OWN[reason]
    for table in (reports.BY_REASON, codes.BY_REASON):
        if reason in table:
            words = table[reason].words.rstrip(".")
            return words[0].lower() + words[1:]
    return reason.replace("_", " ")
