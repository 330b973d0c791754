"""Writing many people into a group at once: a file's chunk, a call of the API and a form go through here alike.

Measured with 4 fields: COPY and two statements write 60,000 new people a second where bulk_create writes 9,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson
from django.db import IntegrityError, connection, transaction

from contacts.models import ContactGroup, Upload
from lib.copy_lines import copy_text


class IncomingPerson(NamedTuple):
    """One person as they came. Each number stands once in what is merged.

    `name` None: there was no name column. A value "" is an empty cell; None takes the value away; a field that is not
    named keeps what it has.
    """

    phone: str
    name: str | None
    values: dict[str, str | None]


@dataclass(frozen=True)
class MergeCounts:
    """What came, or would come, of a merge. `said_stop`: who of those that opted out did it by a reply.

    `not_updated`: who keeps a value of which another came, not to be read.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    opted_out: int = 0
    said_stop: int = 0
    not_updated: int = 0

    def __add__(self, other: MergeCounts) -> MergeCounts:
        return MergeCounts(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.opted_out + other.opted_out,
            self.said_stop + other.said_stop,
            self.not_updated + other.not_updated,
        )


@dataclass(frozen=True)
class Consent:
    """Where people said that they may be texted, and when."""

    source: str = ""
    on: date | None = None


INCOMING = """
CREATE TEMPORARY TABLE incoming
    (phone varchar(15), name varchar(200), "values" jsonb, not_updated varchar[], rejected boolean DEFAULT false)
ON COMMIT DROP
"""
UNREAD = "CREATE TEMPORARY TABLE unread (phone varchar(15), keys varchar[]) ON COMMIT DROP"
# Of whom only a rejected row came, nothing but that is known.
MARK_INCOMING = """
WITH taken AS (UPDATE incoming i SET not_updated = u.keys FROM unread u WHERE u.phone = i.phone RETURNING i.phone)
INSERT INTO incoming (phone, "values", not_updated, rejected)
SELECT phone, '{}', keys, true FROM unread WHERE phone NOT IN (SELECT phone FROM taken)
"""

NEW_NAME = "coalesce(i.name, c.name)"
NEW_VALUES = 'jsonb_strip_nulls(c."values" || i."values")'
DIFFERS = f'(c.name <> {NEW_NAME} OR c."values" <> {NEW_VALUES})'
# What comes with a value is updated by it, what comes with one that cannot be read is not.
NOT_UPDATED = """CASE WHEN c.not_updated IS NOT NULL OR i.not_updated IS NOT NULL THEN (
        SELECT array_agg(k ORDER BY k) FROM (
            SELECT k FROM unnest(c.not_updated) k WHERE NOT i."values" ? k
            UNION SELECT unnest(i.not_updated)) n(k)) END"""
NEW_SOURCE = "coalesce(nullif(%(consent_source)s, ''), c.consent_source)"
NEW_CONSENT_DAY = "coalesce(%(consent_on)s::date, c.consent_on)"
CONSENTS = f"(NOT i.rejected AND (c.consent_source <> {NEW_SOURCE} OR c.consent_on IS DISTINCT FROM {NEW_CONSENT_DAY}))"


def kept_as(kind: str, changed_at: str = "statement_timestamp()") -> str:
    """The statement, up to its FROM, that keeps contacts `c` as they are for an undo of the `upload`."""
    return f"""
    INSERT INTO contacts_uploadchange (upload_id, kind, contact_id, phone, name, "values", not_updated, was_upload,
        consent_source, consent_on, created_at, updated_at, changed_at)
    SELECT %(upload)s::bigint, '{kind}', c.id, c.phone, c.name, c."values", c.not_updated, c.upload_id,
        c.consent_source, c.consent_on, c.created_at, c.updated_at, {changed_at}"""


# The rows are locked as they are read: what is kept for an undo is what the change replaces, whoever else writes.
UPDATE = f"""
WITH changing AS (
    SELECT c.* FROM incoming i CROSS JOIN LATERAL (
        SELECT c.id, c.phone, c.name, c."values", c.not_updated, c.upload_id, c.consent_source, c.consent_on,
            c.created_at, c.updated_at, {NEW_NAME} AS new_name, {NEW_VALUES} AS new_values,
            {NOT_UPDATED} AS new_not_updated, {CONSENTS} AS consents, {DIFFERS} AS differs
        FROM contacts_contact c
        WHERE c.phone = i.phone AND c.group_id + 0 = %(group)s
            AND ({DIFFERS} OR {CONSENTS} OR c.not_updated IS DISTINCT FROM {NOT_UPDATED})
        FOR NO KEY UPDATE
    ) c
), kept AS (
    {kept_as("updated")} FROM changing c WHERE %(upload)s::bigint IS NOT NULL
), changed AS (
    UPDATE contacts_contact c
    SET name = n.new_name, "values" = n.new_values, not_updated = n.new_not_updated, updated_at = statement_timestamp(),
        written_at = statement_timestamp(), written_by = %(by)s,
        upload_id = coalesce(%(upload)s::bigint, c.upload_id),
        consent_source = CASE WHEN n.consents THEN {NEW_SOURCE} ELSE c.consent_source END,
        consent_on = CASE WHEN n.consents THEN {NEW_CONSENT_DAY} ELSE c.consent_on END
    FROM changing n WHERE c.id = n.id
)
SELECT count(*) FILTER (WHERE differs), count(*) FROM changing
"""  # noqa: S608 - constants of this module

KNOWN_UNREAD = """
SELECT count(c.id) FROM incoming i CROSS JOIN LATERAL (
    SELECT c.id FROM contacts_contact c WHERE c.phone = i.phone AND c.group_id + 0 = %(group)s OFFSET 0
) c WHERE i.not_updated IS NOT NULL
"""
INSERT = """
INSERT INTO contacts_contact
    (group_id, phone, name, "values", upload_id, consent_source, consent_on, created_at, updated_at, written_at,
    written_by)
SELECT %(group)s, i.phone, coalesce(i.name, ''), jsonb_strip_nulls(i."values"), %(upload)s::bigint,
    %(consent_source)s, %(consent_on)s::date, statement_timestamp(), statement_timestamp(), statement_timestamp(),
    %(by)s
FROM incoming i WHERE NOT i.rejected
ON CONFLICT (group_id, phone, reference) DO NOTHING
"""

# The sum keeps the planner from reading the whole group, by an index over groups, for each slice of it.
TAKE_OUT = "DELETE FROM contacts_contact WHERE id = ANY(%(people)s) AND group_id + 0 = %(group)s"

# Of an upload also who was as it says already.
REMEMBER = """
INSERT INTO contacts_uploadedpeople (upload_id, phones) SELECT %(upload)s, array_agg(phone::bigint) FROM incoming
WHERE NOT rejected
"""
REMEMBER_THESE = "INSERT INTO contacts_uploadedpeople (upload_id, phones) VALUES (%s, %s::bigint[])"

COMPARE = f"""
SELECT count(*) FILTER (WHERE NOT i.rejected AND c.id IS NULL), count(*) FILTER (WHERE c.id IS NOT NULL AND {DIFFERS}),
    count(o.id) FILTER (WHERE NOT i.rejected), count(*) FILTER (WHERE NOT i.rejected AND o.source = 'reply'),
    count(*) FILTER (WHERE NOT i.rejected), count(*) FILTER (WHERE i.not_updated IS NOT NULL AND c.id IS NOT NULL)
FROM incoming i LEFT JOIN LATERAL (
    SELECT c.* FROM contacts_contact c WHERE c.phone = i.phone AND c.group_id + 0 = %(group)s OFFSET 0
) c ON true LEFT JOIN contacts_optout o ON o.phone = i.phone AND o.scope = 'all'
"""  # noqa: S608 - constants of this module


def merge_people(
    group: ContactGroup,
    people: Sequence[IncomingPerson],
    *,
    upload: Upload | None = None,
    keep_empty: bool = True,
    consent: Consent | None = None,
    by: str = "",
) -> MergeCounts:
    """Add those of `people` who are not in `group` and change those who are; some thousand at a time.

    An empty cell keeps the old value, or takes it away where `keep_empty` is False. `by`: in whose name, as
    `accounts.names` writes it; for an upload it is whoever ordered that. Two merges into one group wait for each
    other. Raises ContactGroup.DoesNotExist where the group has gone meanwhile.
    """
    return merge_lines(group, _lines_of(people, keep_empty), upload=upload, consent=consent, by=by)


def merge_lines(
    group: ContactGroup,
    lines: Sequence[str],
    *,
    unread: Sequence[str] = (),
    upload: Upload | None = None,
    consent: Consent | None = None,
    by: str = "",
) -> MergeCounts:
    """`merge_people` of those who are written as lines for COPY already, each by `copy_line`.

    `unread`: of whom something came that could not be read, with another line or without one, each by `unread_line`.
    Who is in the group already keeps the values of these fields, marked as not updated.
    """
    consent = consent or Consent()
    with transaction.atomic(), connection.cursor() as cursor:
        lock_group(group)
        parameters = {
            "group": group.pk,
            "upload": upload.pk if upload else None,
            "by": upload.ordered_by if upload else by,
            "consent_source": consent.source,
            "consent_on": consent.on,
        }
        with _incoming(cursor, lines, unread):
            not_updated = 0
            if unread:
                cursor.execute(KNOWN_UNREAD, parameters)
                not_updated = cursor.fetchone()[0]
            cursor.execute(UPDATE, parameters)
            updated, changed = cursor.fetchone()
            cursor.execute(INSERT, parameters)
            created = cursor.rowcount
            if upload and lines:
                cursor.execute(REMEMBER, parameters)
        if changed or created:
            note_change(group)
    return MergeCounts(created, updated, len(lines) - created - updated, not_updated=not_updated)


def add_lines(group: ContactGroup, lines: Sequence[str], upload: Upload, consent: Consent) -> bool:
    """Copy people into a group where none of them is; False, and nothing is written, where somebody is after all.

    Half the time of a merge: nothing is compared, and no table lies between. The lines hold no value to be taken away.
    """
    columns = 'phone, name, "values", group_id, upload_id, consent_source, written_by'
    constant = [group.pk, upload.pk, copy_text(consent.source), upload.ordered_by]
    if consent.on:
        columns += ", consent_on"
        constant.append(consent.on.isoformat())
    end = "\t" + "\t".join(map(str, constant)) + "\n"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            lock_group(group)
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY contacts_contact ({columns}) FROM STDIN") as copy,
            ):
                copy.write((end.join(lines) + end).replace("\t\\N\t", "\t\t"))
            # As one text: psycopg would write each of thousands of numbers by itself.
            phones = ",".join(line.partition("\t")[0] for line in lines)
            cursor.execute(REMEMBER_THESE, [upload.pk, f"{{{phones}}}"])
            note_change(group)
    except IntegrityError:
        return False
    return True


def _lines_of(people: Iterable[IncomingPerson], keep_empty: bool) -> list[str]:
    return [copy_line(*person, keep_empty=keep_empty) for person in people]


def compare_lines(group: ContactGroup, lines: Sequence[str], unread: Sequence[str] = ()) -> MergeCounts:
    with transaction.atomic(), connection.cursor() as cursor, _incoming(cursor, lines, unread):
        cursor.execute(COMPARE, {"group": group.pk})
        created, updated, opted_out, said_stop, everyone, not_updated = cursor.fetchone()
    return MergeCounts(created, updated, everyone - created - updated, opted_out, said_stop, not_updated)


def lock_group(group: ContactGroup) -> int:
    """Make other writers of the group's contacts wait until the transaction ends; returns how many are in it.

    Whoever inserts a contact also changes the group's size, by a trigger: without this lock first, two writers could
    each hold what the other one waits for. `group` has its present key from then on, which is nobody's to change
    meanwhile. Raises ContactGroup.DoesNotExist.
    """
    locked = ContactGroup.objects.select_for_update(no_key=True).only("pk", "size", "key").get(pk=group.pk)
    group.key = locked.key
    return locked.size


def note_change(group: ContactGroup) -> None:
    """Note that contacts of the group were written now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_contactgroup SET changed_at = clock_timestamp() WHERE id = %s",
            [group.pk],
        )


def copy_line(phone: str, name: str | None, values: dict[str, str | None], *, keep_empty: bool) -> str:
    """One person as a line for COPY: number, name, values; empty cells are as in `merge_people`."""
    if keep_empty:
        name = name or None
        if "" in values.values():
            values = {key: value for key, value in values.items() if value != ""}
    else:
        values = {key: value or None for key, value in values.items()}
    written = "\\N" if name is None else copy_text(name)
    return f"{phone}\t{written}\t{copy_text(orjson.dumps(values).decode())}"


def unread_line(phone: str, keys: Iterable[str]) -> str:
    """The fields of which something came for a number that could not be read, as a line for COPY."""
    quoted = ",".join(f'"{key}"' for key in keys)
    return f"{phone}\t{copy_text(f'{{{quoted}}}')}"


@contextmanager
def looked_up_one_by_one(cursor: Any) -> Iterator[None]:
    """The people of a chunk are looked for in an index one by one, in statements of this block.

    By its costs, or where it has no statistics yet, the planner would read the whole of a big group for each chunk; or
    for each person, where it takes a group that has just grown for an empty one. Hence these settings, a subquery that
    it cannot take apart (LATERAL with a lock, OFFSET 0), which is asked for each person by the index over numbers, and
    `group_id + 0` in it, which the index over groups cannot serve.
    """
    joins = "SET LOCAL enable_hashjoin = {0}; SET LOCAL enable_mergejoin = {0}"
    cursor.execute(joins.format("off"))
    yield
    cursor.execute(joins.format("DEFAULT"))


@contextmanager
def _incoming(cursor: Any, lines: Sequence[str], unread: Sequence[str] = ()) -> Iterator[None]:
    """The people who come as a temporary table, to be compared with those of a group; gone when the block ends."""
    cursor.execute(INCOMING)
    _copy(cursor, 'incoming (phone, name, "values")', lines)
    if unread:
        cursor.execute(UNREAD)
        _copy(cursor, "unread", unread)
        cursor.execute(MARK_INCOMING)
        cursor.execute("DROP TABLE unread")
    with looked_up_one_by_one(cursor):
        yield
    cursor.execute("DROP TABLE incoming")


def _copy(cursor: Any, into: str, lines: Sequence[str]) -> None:
    # Django leaves what COPY raises as psycopg's own.
    with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        if lines:
            copy.write("\n".join(lines) + "\n")
