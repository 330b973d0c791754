"""What rows are known by while a file is read, in arrays of whole numbers: a million take some megabytes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

# Above every number; the digests below it are 62 bits long: of a million rows two are alike in 1 of 10 million files.
WITH_REFERENCE = 1 << 62


def identity_of(phone: str, reference: str) -> int:
    """What a row is known by within one process: its number, or a digest of that and its reference."""
    return (hash((phone, reference)) & (WITH_REFERENCE - 1)) | WITH_REFERENCE if reference else int(phone)


def numbers() -> array[int]:
    return array("q")


@dataclass
class Rejected:
    """Who stands in a rejected row, and so in the file all the same: by what can be read of it.

    `identities` where that is the number, and the reference in a group with a key; else all rows of one of `phones`, or
    of one of `references`. `children` are references of rows of which both can be read.
    """

    identities: array[int] = field(default_factory=numbers)
    phones: array[int] = field(default_factory=numbers)
    references: array[int] = field(default_factory=numbers)
    children: array[int] = field(default_factory=numbers)

    def add(self, phones: Iterable[str], reference: str, *, keyed: bool) -> None:
        if not keyed:
            self.identities.extend(map(int, phones))
            return
        numbers = list(phones)
        if reference and len(numbers) == 1:
            self.identities.append(identity_of(numbers[0], reference))
            self.children.append(hash(reference))
        elif reference:
            self.references.append(hash(reference))
        else:
            self.phones.extend(map(int, numbers))


def in_order(identities: Iterable[int]) -> array[int]:
    return array("q", sorted(identities))


def is_among(identities: array[int], identity: int) -> bool:
    """Whether it is one of those, which are in order."""
    place = bisect_left(identities, identity)
    return place < len(identities) and identities[place] == identity
