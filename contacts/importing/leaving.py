"""Whoever is not in a file that is the whole list now: named before, and taken out when its rows have been written.

In a group with a key whatever the file is: a reference that it gives has the file's numbers alone from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from contacts.importing.claims import move_on
from contacts.importing.future_key import FutureKey
from contacts.importing.identities import identity_of, in_order, is_among
from contacts.importing.mapping import BadMapping
from contacts.importing.winners import Winners
from contacts.models import Contact, Upload
from contacts.people.merge import KeyChanged, lock_as_read, note_change
from contacts.people.statements import TAKE_OUT, kept_as

CHUNK_PEOPLE = 10_000

LET_GO = f"WITH gone AS ({TAKE_OUT} RETURNING *) {kept_as('left')} FROM gone c"
# Of two uploads at once neither takes the last number of a child. A child none of whose other rows this upload has
# written was unchanged by its rows, and is changed by losing a number.
RENUMBER = f"""
WITH gone AS (
    DELETE FROM contacts_contact c WHERE c.id = ANY(%(people)s) AND c.group_id + 0 = %(group)s AND EXISTS (
        SELECT FROM contacts_contact o WHERE o.group_id = %(group)s AND o.reference = c.reference AND o.reference > ''
            AND o.id <> ALL(%(people)s))
    RETURNING *
), kept AS ({kept_as("number")} FROM gone c RETURNING 1)
SELECT count(*), count(DISTINCT g.reference) FILTER (WHERE NOT EXISTS (
        SELECT FROM contacts_contact o WHERE o.group_id = %(group)s AND o.reference = g.reference AND o.reference > ''
            AND o.upload_id = %(upload)s)
    AND NOT EXISTS (
        SELECT FROM contacts_uploadchange u
        WHERE u.upload_id = %(upload)s AND u.kind = 'number' AND u.reference = g.reference))
FROM gone g
"""  # noqa: S608 - constants of this module


class Leaver(NamedTuple):
    """Somebody of the group who is not in the file."""

    contact: int
    phone: str
    name: str
    reference: str


@dataclass(frozen=True)
class Leavers:
    """Of some people of the group who `left` it with the file, and who are there with another number: `renumbered`."""

    left: list[Leaver]
    renumbered: list[Leaver]


def leavers(upload: Upload, winners: Winners, future: FutureKey | None = None) -> Iterator[Leavers]:
    """Who of the group is in no row of the file, a step for each 10,000 of the group; `future`: what tells it apart.

    Nobody, where the file has not one good row: it empties no group.
    """
    if not winners.identities:
        return
    stays, renumbered, after = _Staying(winners), in_order(winners.references), 0
    references = future.references if future else {}
    people = Contact.objects.filter(group=upload.group_id).order_by("pk")
    # Who is added from now on stays.
    last = people.values_list("pk", flat=True).last() or 0
    everybody = people.filter(pk__lte=last).values_list("pk", "phone", "name", "reference")
    while page := list(everybody.filter(pk__gt=after)[:CHUNK_PEOPLE]):
        after = page[-1][0]
        found = (Leaver(*one[:3], references.get(one[1], one[3])) for one in page)
        others = [one for one in found if not stays.has(one)]
        moved = {one.contact for one in others if one.reference and is_among(renumbered, hash(one.reference))}
        yield Leavers(
            [one for one in others if upload.replaces and one.contact not in moved and not stays.has_child(one)],
            [one for one in others if one.contact in moved],
        )


def take_out(upload: Upload, winners: Winners) -> None:
    """Take them out, and keep who they were. Who goes on after a dead worker finds those that are still there."""
    for people in leavers(upload, winners):
        try:
            step = _take_out(upload, people)
        except KeyChanged as error:
            raise BadMapping(str(error)) from error
        upload.counts = upload.counts | step


@transaction.atomic
def _take_out(upload: Upload, people: Leavers) -> dict[str, int]:
    """The counts that this step changes."""
    counts = {"left": upload.counts.get("left", 0)}
    move_on(upload, Upload.Status.IMPORTING, counts=upload.counts | counts)
    if not people.left and not people.renumbered:
        return counts
    lock_as_read(upload.group)
    parameters = {"group": upload.group_id, "upload": upload.pk}
    with connection.cursor() as cursor:
        if people.left:
            cursor.execute(LET_GO, parameters | {"people": [one.contact for one in people.left]})
            counts["left"] += cursor.rowcount
        if people.renumbered:
            cursor.execute(RENUMBER, parameters | {"people": [one.contact for one in people.renumbered]})
            gone, children = cursor.fetchone()
            counts["renumbered"] = upload.counts.get("renumbered", 0) + gone
            counts["unchanged"] = upload.counts.get("unchanged", 0) - children
            counts["updated"] = upload.counts.get("updated", 0) + children
    move_on(upload, Upload.Status.IMPORTING, attempts=0, counts=upload.counts | counts)
    note_change(upload.group)
    return counts


class _Staying:
    """Who stands in a row of the file, good or not."""

    def __init__(self, winners: Winners) -> None:
        rejected = winners.rejected
        self.identities = in_order(winners.identities + rejected.identities)
        self.phones, self.references = in_order(rejected.phones), in_order(rejected.references)
        self.children = in_order(rejected.children)

    def has(self, one: Leaver) -> bool:
        identity = identity_of(one.phone if one.phone.isdecimal() else "0", one.reference)
        return (
            is_among(self.identities, identity)
            or (bool(self.phones) and is_among(self.phones, int(one.phone)))
            or (bool(one.reference) and is_among(self.references, hash(one.reference)))
        )

    def has_child(self, one: Leaver) -> bool:
        """Its reference stands in a rejected row, with another number."""
        return bool(one.reference) and is_among(self.children, hash(one.reference))
