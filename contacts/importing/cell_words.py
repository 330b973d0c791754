"""What cells of amounts and days were read by beside their digits, counted and said: DR, CR, NIL, and lost hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from contacts.importing import mapping
from contacts.importing.rows import HOUR
from contacts.models import Upload
from contacts.spreadsheets.heading_words import Words, amounts_under, heading_words
from contacts.values import Amounts

# Column to word to count, as the upload keeps it: `{"3": {"CR": 12}}`.
StoredWords = dict[str, dict[str, int]]

ABOVE, BELOW = "is above zero", "is below zero"


def with_words(stored: StoredWords, more: Counter[tuple[int, str]]) -> StoredWords:
    """`stored` and what was counted since."""
    summed = {column: dict(counts) for column, counts in stored.items()}
    for (column, word), count in more.items():
        counts = summed.setdefault(str(column), {})
        counts[word] = counts.get(word, 0) + count
    return {column: {word: count for word, count in counts.items() if word} for column, counts in summed.items()}


def describe_words(upload: Upload) -> list[str]:
    """A sentence for each word in each column, as the page and the command say it."""
    fields = {field.key: field.label for field in upload.group.fields.all()}
    stored: StoredWords = upload.counts.get("words") or {}
    return [
        sentence
        for choice in mapping.from_json(upload.mapping)
        for sentence in _sentences(
            choice.heading,
            heading_words(choice.heading) + heading_words(fields.get(choice.key, choice.label)),
            stored.get(str(choice.index), {}),
        )
    ]


def _sentences(name: str, words: Words, counts: Mapping[str, int]) -> list[str]:
    debit, credit = (BELOW, ABOVE) if amounts_under(words) is Amounts.HELD else (ABOVE, BELOW)
    said = {
        "DR": f"with DR, which {debit} here",
        "CR": f"with CR, which {credit} here",
        "NIL": "in words or as a dash, which is 0 here",
        HOUR: "with an hour, which a date does not keep: make the field “Date and time” for it",
    }
    return [f"“{name}”: {_cells(counts[word])} {what}." for word, what in said.items() if counts.get(word)]


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"
