"""From an audience to batches of rendered texts, in chunks that happened whole or not at all.

The reader streams contacts from one snapshot on a connection of its own. The writer's chunk is one transaction: first
the run's cursor moves on from its old value by a guarded UPDATE, so that of two planners one stops; then the chunk's
batches and messages are copied in. A planner that dies leaves whole chunks, and the next one goes on at the cursor.
Of a reminder the chunk first writes a key a person and date: only whose key is new gets a text.

Where a group has a key, that is where a number may have several rows, all groups are read at once in the order of the
number, and the cursor is the last number planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from campaigns.audience import Audience, Person, audience_of
from campaigns.audience.due import Due
from campaigns.models import Run
from campaigns.planning import as_planned
from campaigns.planning.copying import Planned
from campaigns.planning.numbers import Number, NumberPlanner
from campaigns.planning.store import next_group, write_chunk
from campaigns.planning.store_numbers import write_numbers
from campaigns.writing import prices
from campaigns.writing.writer import LeftOut, Writer
from lib.ahead import ahead

# Whether numbers or contacts are read in their order is settled here: a run's cursor is of one kind, whatever becomes
# of its groups while it is planned.
BEGIN = """
UPDATE campaigns_run r SET status = 'planning', reason = '', planning_touched_at = %s,
    text = coalesce(nullif(r.own_text, ''), c.text), one_text_for = c.one_text_for, by_number = k.has_keys,
    check_rows = k.has_keys AND c.audience = 'frozen'
FROM campaigns_campaign c, LATERAL (
    SELECT EXISTS (
        SELECT FROM contacts_contactgroup g WHERE g.key <> '' AND (
            g.id IN (SELECT group_id FROM campaigns_campaigngroup WHERE campaign_id = c.id)
            OR g.id IN (
                SELECT sg.contactgroup_id FROM campaigns_campaignsegment cs
                JOIN contacts_segment_groups sg ON sg.segment_id = cs.segment_id WHERE cs.campaign_id = c.id))
    ) AS has_keys) k
WHERE c.id = r.campaign_id AND r.id = ANY(%s) AND r.status = 'scheduled' RETURNING r.id
"""
# A planner writes a chunk every second or so; after this it is gone, or was never queued.
PLANNING_STANDS_STILL = timedelta(seconds=30)


def begin_planning(run: Run) -> bool:
    """Move a scheduled run on to planning, with the text as it is now. False: another was first."""
    return bool(begin_planning_of([run.pk]))


def begin_planning_of(runs: list[int]) -> list[int]:
    """Move those of these runs on to planning that are still scheduled, in one statement; returns them."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [timezone.now(), runs])
        return [row[0] for row in cursor.fetchall()]


def plan_run(run_id: int) -> bool:
    """Plan what of a run is not planned yet; True when all of it is, by this call.

    Safe to call again at any time and in two places at once. Raises what the database raises; nothing is half done.
    """
    run = Run.objects.select_related("campaign", "campaign__sender").get(pk=run_id)
    if run.status != Run.Status.PLANNING:
        return False
    audience = audience_of(run.campaign)
    as_planned.begin(run, audience)
    return (_plan_numbers if run.by_number else _plan_groups)(run, audience) and _finish(run)


def _plan_groups(run: Run, audience: Audience) -> bool:
    # PostgreSQL takes one chunk in while the next one is read and written.
    chunks = ahead(partial(_chunks, run, audience, run.cursor_group, run.cursor_contact), items=1)
    with closing(chunks):
        for people in chunks:
            written = write_chunk(run, people, merge=run.cursor_group > 0) if people else next_group(run)
            if not written:
                return False
    return True


def _plan_numbers(run: Run, audience: Audience) -> bool:
    planner = NumberPlanner(run, audience)
    chunks = ahead(partial(_number_chunks, planner, run.cursor_contact), items=1)
    with closing(chunks):
        return all(write_numbers(run, numbers, planner.number) for numbers in chunks)


def _number_chunks(planner: NumberPlanner, after: int) -> Iterator[list[Number]]:
    with _snapshot() as reader:
        yield from planner.chunks(after, reader)


def _chunks(run: Run, audience: Audience, group_number: int, after: int) -> Iterator[list[Planned]]:
    """What is not planned yet, group by group from one snapshot; an empty list ends each group."""
    price = prices.price_of_part(run.campaign.sender)
    with _snapshot() as reader:
        for group in audience.groups[group_number:]:
            due = audience.due(run.stage, run.day, group.pk)
            writer = Writer(run.campaign, audience.fields_of(group), text=run.text, today=run.day)
            for people in audience.read(
                group,
                run.day,
                after=after,
                connection=reader,
                stage=run.stage,
                since=run.campaign.approved_until,
                text=run.text,
            ):
                yield _planned(people, writer, price, due, group.name)
            after = 0
            yield []


@contextmanager
def _snapshot() -> Iterator[BaseDatabaseWrapper]:
    """A second connection in one REPEATABLE READ transaction: the audience as it was at one moment."""
    reader = connection.copy()
    try:
        reader.ensure_connection()
        reader.set_autocommit(False)
        with reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield reader
    finally:
        reader.close()


def _planned(people: list[Person], writer: Writer, price: Decimal, due: Due | None, group: str) -> list[Planned]:
    costs: dict[int, Decimal] = {}
    planned = []
    for person in people:
        if person.left_out:
            planned.append(_left_out(person, person.left_out, group))
            continue
        written = writer.write(person.phone, person.name, person.values)
        if isinstance(written, LeftOut):
            planned.append(_left_out(person, written.reason, group))
            continue
        text, parts = written
        if parts not in costs:
            costs[parts] = price * parts
        stands_for = due.stands_for(person.values) if due else None
        # By position: by name it takes twice as long.
        planned.append(
            Planned(
                person.contact, person.phone, text, parts, costs[parts], "", stands_for, person.writer, person.name,
                group,
            )
        )  # fmt: skip
    return planned


def _left_out(person: Person, reason: str, group: str) -> Planned:
    return Planned(
        person.contact, person.phone, reason=reason, writer=person.writer, person=person.name, group_name=group
    )


def _finish(run: Run) -> bool:
    return bool(
        Run.objects.filter(pk=run.pk, status=Run.Status.PLANNING).advance(Run.Status.PLANNED, planned_at=timezone.now())
    )
