"""Several rows of one number: whether these look like several children or loans, and by which column they differ.

Found as the second pass of a check hears each row, in arrays of numbers: a million rows take some megabytes. And what
is odd about references, where the rows have them.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, groupby, pairwise
from typing import Any

from contacts.importing.future_key import FutureKey
from contacts.importing.identities import identity_of, in_order, is_among
from contacts.importing.mapping import ColumnChoice, reason_column
from contacts.importing.rows import Candidate, RowReader
from contacts.importing.winners import Winners
from contacts.models import Contact, ContactField, Upload
from contacts.models.group import HAS_REFERENCE
from contacts.spreadsheets import Row
from contacts.spreadsheets.columns import NAME, PHONE
from contacts.spreadsheets.heading_words import heading_words, is_identifier, is_money, says_phone
from contacts.values import reference_of, without_zeros

MOST_KEY_COLUMNS = 3
NEAR_SHOWN = 20
ASKED_AT_ONCE = 10_000
MAY_BE_KEYS = (ContactField.Type.TEXT, ContactField.Type.INTEGER, ContactField.Type.CHOICE)


class Siblings:
    """Hears of each row of a check, where it does `matter`: some that are of one number, or reference, differ."""

    def __init__(self, reader: RowReader, winners: Winners, choices: Sequence[ColumnChoice]) -> None:
        self.winners = winners
        self.columns = [] if reader.key else [_KeyColumn(choice) for choice in may_be_keys(choices)[:MOST_KEY_COLUMNS]]
        self.names: dict[int, int] = {}
        self.names_differ = False

    @property
    def matter(self) -> bool:
        return bool(self.winners.in_conflict)

    def look_at(self, row: Row, candidate: Candidate) -> None:
        if not candidate.phone:
            return
        is_in_conflict = self.winners.differs(candidate) and self.winners.accepts(candidate)
        if is_in_conflict and candidate.name and not self.names_differ:
            said = hash("".join(candidate.name.casefold().split()))
            identity = identity_of(candidate.phone, candidate.reference)
            self.names_differ = self.names.setdefault(identity, said) != said
        for column in self.columns:
            column.look_at(row, candidate, is_in_conflict=is_in_conflict)

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"names_differ": self.names_differ}
        if self.matter:
            telling = [(column, column.are_all_different) for column in self.columns if column.tells_apart]
            telling.sort(key=lambda one: not one[1])
            found["key_columns"] = [[one.choice.index, one.choice.heading, different] for one, different in telling]
        return found


def describe_references(upload: Upload, winners: Winners, future: FutureKey) -> dict[str, Any]:
    """How many of the file's references stand under several numbers, and which differ by zeros in front only."""
    if not winners.keyed:
        return {}
    near = _near(upload, future, winners)
    return {"near": len(near), "near_shown": near[:NEAR_SHOWN], "two_numbers": _repeated(winners.references)}


def may_be_keys(choices: Sequence[ColumnChoice]) -> list[ColumnChoice]:
    """The columns that may tell rows of one number apart, those first whose heading says that they do."""
    reason = reason_column(list(choices))
    free = [one for one in choices if one.role not in (PHONE, NAME) and one.index != reason]
    named = [one for one in free if _is_named_so(one.heading)]
    return named or [one for one in free if one.type in MAY_BE_KEYS and one.samples]


def _is_named_so(heading: str) -> bool:
    words = heading_words(heading)
    return is_identifier(words) and not is_money(words) and says_phone(words) < 2


class _KeyColumn:
    """One column, in which the rows of a number may each have another value."""

    def __init__(self, choice: ColumnChoice) -> None:
        self.choice = choice
        # Of all rows, and of those that differ from another row of their number: the value, and it with what they say.
        self.everywhere, self.rows = array("q"), array("q")
        self.in_conflict, self.rows_in_conflict = array("q"), array("q")
        self.lacks_one = False

    def look_at(self, row: Row, candidate: Candidate, *, is_in_conflict: bool) -> None:
        cell = row.cells[self.choice.index] if self.choice.index < len(row.cells) else ""
        reference, phone = reference_of(cell), candidate.phone
        says = hash((phone, candidate.name, *candidate.values.values()))
        self.everywhere.append(hash(reference))
        self.rows.append(hash((reference, says)))
        if is_in_conflict:
            self.lacks_one = self.lacks_one or not reference
            self.in_conflict.append(hash((phone, reference)))
            self.rows_in_conflict.append(hash((reference, says)))

    @property
    def tells_apart(self) -> bool:
        """Rows of one number that differ have different values here."""
        return not self.lacks_one and _different(self.in_conflict) == _different(self.rows_in_conflict)

    @property
    def are_all_different(self) -> bool:
        return _different(self.everywhere) == _different(self.rows)


def _near(upload: Upload, future: FutureKey, winners: Winners) -> list[list[str]]:
    """Pairs that differ by zeros in front only, one of them at least in the file and not in the group yet."""
    file, with_zeros, pairs = in_order(winners.references), defaultdict[str, set[str]](set), set[tuple[str, str]]()
    for one in winners.with_zeros:
        with_zeros[without_zeros(one)].add(one)
    for plain, zeroed in with_zeros.items():
        pairs |= set(pairwise(sorted(zeroed)))
        if is_among(file, hash(plain)):
            pairs |= {(one, plain) for one in zeroed}
    for one in _zeroed_in_group(upload, future):
        plain = without_zeros(one)
        if is_among(file, hash(plain)):
            pairs.add((one, plain))
        pairs |= {(one, other) for other in with_zeros.get(plain, ())}
    known = _in_group(upload, future, {*chain.from_iterable(pairs), *with_zeros})
    pairs |= {(one, plain) for plain, zeroed in with_zeros.items() if plain in known for one in zeroed}
    ordered = {(min(pair), max(pair)) for pair in pairs if not known.issuperset(pair)}
    return sorted([one, other] for one, other in ordered if one != other)


def _zeroed_in_group(upload: Upload, future: FutureKey) -> set[str]:
    if future.references:
        return {one for one in future.known if one[:1] == "0"}
    contacts = Contact.objects.filter(HAS_REFERENCE, group=upload.group_id, reference__startswith="0")
    return set(contacts.values_list("reference", flat=True))


def _in_group(upload: Upload, future: FutureKey, references: Iterable[str]) -> set[str]:
    asked, known = list(references), set[str]()
    if future.references:
        return future.known.intersection(asked)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        some = Contact.objects.filter(
            HAS_REFERENCE, group=upload.group_id, reference__in=asked[start : start + ASKED_AT_ONCE]
        )
        known.update(some.values_list("reference", flat=True))
    return known


def _different(values: array[int]) -> int:
    ordered = in_order(values)
    return sum(one != other for one, other in pairwise(ordered)) + bool(ordered)


def _repeated(values: array[int]) -> int:
    """How many different ones stand there more than once."""
    return sum(sum(1 for _ in same) > 1 for _, same in groupby(in_order(values)))
