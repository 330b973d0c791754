"""The rows of a group that is to get its key by an upload, told apart as they will be: none has its reference yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contacts.models import Upload
from contacts.people.merge import MergeCounts
from contacts.values import reference_of


class FutureKey:
    """`references` by the number, of which each row of the group has another; of other groups none."""

    def __init__(self, upload: Upload) -> None:
        self.references: dict[str, str] = {}
        if upload.key and not upload.group.key and upload.group.size:
            people = upload.group.contacts.values_list("phone", "values")
            self.references = {phone: reference_of(values.get(upload.key) or "") for phone, values in people.iterator()}
        self.known = set(self.references.values())

    def as_they_are(self, lines: Sequence[str]) -> Sequence[str]:
        """The lines, those of rows that are there without the reference that these do not have yet."""
        return list(map(self._as_it_is, lines)) if self.references else lines

    def with_moved(self, counts: MergeCounts, lines: Sequence[str]) -> MergeCounts:
        """With those who are there under another number among the changed, as a merge will find them."""
        moved = sum(_reference(line) in self.known for line in lines) if self.references else 0
        return replace(counts, created=counts.created - moved, updated=counts.updated + moved)

    def _as_it_is(self, line: str) -> str:
        is_same = self.references.get(line.partition("\t")[0]) == _reference(line)
        return line[: line.rindex("\t") + 1] if is_same else line


def _reference(line: str) -> str:
    return line.rpartition("\t")[2].replace("\\\\", "\\")
