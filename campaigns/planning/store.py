"""A chunk of planned texts written down: whole or not at all, each number and each reminder once."""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from campaigns.models import Run
from campaigns.planning import as_planned
from campaigns.planning.copying import Planned, copy_in
from campaigns.planning.reminder_keys import NewKey, write_keys

MOVE_CURSOR = """
UPDATE campaigns_run SET cursor_group = %s, cursor_contact = %s, planning_touched_at = clock_timestamp(), failures = 0
WHERE id = %s AND status = 'planning' AND cursor_group = %s AND cursor_contact = %s
"""
ADD_UP = """
UPDATE campaigns_run SET audience = audience + %s, people = coalesce(people, audience) + %s, merged = merged + %s,
    parts = parts + %s, estimate = estimate + %s
WHERE id = %s
"""


def write_chunk(run: Run, people: list[Planned], *, merge: bool) -> bool:
    """Write one chunk in one transaction. False: the run was moved on or stopped by another; nothing was written.

    `merge`: numbers of an earlier group are expected. Otherwise that is found by the key and the chunk done again.
    """
    if not merge:
        try:
            return _chunk(run, people, merge=False)
        except IntegrityError:
            pass
    return _chunk(run, people, merge=True)


def _chunk(run: Run, people: list[Planned], *, merge: bool) -> bool:
    last = people[-1].contact
    with transaction.atomic():
        if not move_cursor(run, run.cursor_group, last):
            return False
        once = _not_yet_planned(run, people) if merge else people
        kept = _not_yet_reminded(run, once)
        copy_in(run, kept)
        add_up(run, kept, people=len(kept), merged=len(people) - len(once))
        noted = as_planned.note(run, kept)
    run.cursor_contact, run.as_planned = last, noted
    return True


def move_cursor(run: Run, group: int, contact: int) -> bool:
    """Move the cursor on, and hold the run; False: another planner has, or the run was stopped."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE_CURSOR, [group, contact, run.pk, run.cursor_group, run.cursor_contact])
        return cursor.rowcount == 1


def add_up(run: Run, texts: list[Planned], *, people: int, merged: int) -> None:
    """Count what a chunk has planned."""
    parts, cost = sum(one.parts for one in texts), sum((one.cost for one in texts), Decimal(0))
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP, [len(texts), people, merged, parts, cost, run.pk])


def phones_planned(run: Run, phones: list[str]) -> set[str]:
    """Those of `phones` that have a message in this run. Nobody else inserts: the cursor's row is held by the chunk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM campaigns_message WHERE run_id = %s AND phone = ANY(%s)", [run.pk, phones])
        return {phone for (phone,) in cursor.fetchall()}


def _not_yet_planned(run: Run, people: list[Planned]) -> list[Planned]:
    """Those whose number has no message in this run, each number once."""
    first = {one.phone: position for position, one in reversed(list(enumerate(people)))}
    for phone in phones_planned(run, list(first)):
        del first[phone]
    return [people[position] for position in sorted(first.values())]


def _not_yet_reminded(run: Run, people: list[Planned]) -> list[Planned]:
    """Of a reminder, those whose key was not there; who is left out gets none and may be reminded another day."""
    keys = {one.phone: NewKey(one.phone, "", "", one.stands_for) for one in people if one.stands_for is not None}
    if not keys:
        return people
    new = write_keys(run, list(keys.values()))
    return [one for one in people if one.stands_for is None or (one.phone, "") in new]


def next_group(run: Run) -> bool:
    if not move_cursor(run, run.cursor_group + 1, 0):
        return False
    run.cursor_group, run.cursor_contact = run.cursor_group + 1, 0
    return True
