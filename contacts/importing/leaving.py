"""Whoever is not in a file that is the whole list now: named before, and taken out when its rows have been written."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection, transaction

from contacts.importing.claims import move_on
from contacts.importing.winners import Winners
from contacts.models import Contact, Upload
from contacts.people.merge import TAKE_OUT, kept_as, lock_group, note_change

CHUNK_PEOPLE = 10_000

LET_GO = f"WITH gone AS ({TAKE_OUT} RETURNING *) {kept_as('left')} FROM gone c"


class Leaver(NamedTuple):
    """Somebody of the group who is not in the file."""

    contact: int
    phone: str
    name: str


def leavers(upload: Upload, winners: Winners) -> Iterator[list[Leaver]]:
    """Who of the group is in no row of the file; for each 10,000 of the group a list, which may be empty.

    Nobody, where the file has not one good row: it empties no group.
    """
    if not winners.phones:
        return
    staying, after = array("q", sorted(winners.phones + winners.in_rejected)), 0
    people = Contact.objects.filter(group=upload.group_id).order_by("pk")
    # Who is added from now on stays.
    last = people.values_list("pk", flat=True).last() or 0
    everybody = people.filter(pk__lte=last).values_list("pk", "phone", "name")
    while page := list(everybody.filter(pk__gt=after)[:CHUNK_PEOPLE]):
        after = page[-1][0]
        yield [Leaver(*person) for person in page if not _is_among(staying, person[1])]


def take_out(upload: Upload, winners: Winners) -> None:
    """Take them out, and keep who they were. Who goes on after a dead worker finds those that are still there."""
    for people in leavers(upload, winners):
        with transaction.atomic(), connection.cursor() as cursor:
            left = upload.counts.get("left", 0)
            move_on(upload, Upload.Status.IMPORTING, counts=upload.counts | {"left": left})
            if people:
                lock_group(upload.group)
                ids = [one.contact for one in people]
                cursor.execute(LET_GO, {"group": upload.group_id, "upload": upload.pk, "people": ids})
                left += cursor.rowcount
                move_on(upload, Upload.Status.IMPORTING, attempts=0, counts=upload.counts | {"left": left})
                note_change(upload.group)
        upload.counts = upload.counts | {"left": left}


def _is_among(staying: array[int], phone: str) -> bool:
    number = int(phone) if phone.isdecimal() else 0
    place = bisect_left(staying, number)
    return place < len(staying) and staying[place] == number
