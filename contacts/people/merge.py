"""Writing many people into a group at once: a file's chunk, a call of the API and a form go through here alike.

Measured with 4 fields: COPY and two statements write 60,000 new people a second where bulk_create writes 9,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson
from django.db import IntegrityError, connection, transaction

from contacts.models import ContactGroup, Upload
from contacts.people import keyed_statements as keyed
from contacts.people.statements import (
    COMPARE,
    INCOMING,
    INSERT,
    KNOWN_UNREAD,
    MARK_INCOMING,
    REMEMBER,
    REMEMBER_THESE,
    UNREAD,
    UPDATE,
)
from lib.copy_lines import copy_text

NULL = "\\N"


class IncomingPerson(NamedTuple):
    """One person as they came. Each number stands once in what is merged, or once with each `reference`.

    A group with a key takes those that have one, any other those that have none. `name` None: there was no name column.
    A value "" is an empty cell; None takes the value away; a field that is not named keeps what it has.
    """

    phone: str
    name: str | None
    values: dict[str, str | None]
    reference: str = ""


class KeyChanged(ValueError):
    """The group tells its rows apart in another way by now: nothing was written. Read what came again."""

    def __init__(self, group: ContactGroup) -> None:
        super().__init__(f"“{group.name}” tells rows of one number apart in another way by now. Try again.")


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
    other. Raises ContactGroup.DoesNotExist where the group has gone meanwhile, KeyChanged.
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
        lock_as_read(group)
        parameters: dict[str, Any] = {
            "group": group.pk,
            "upload": upload.pk if upload else None,
            "by": upload.ordered_by if upload else by,
            "consent_source": consent.source,
            "consent_on": consent.on,
            "began": upload.created_at if upload else None,
        }
        with _incoming(cursor, group, lines, unread, is_keyed=group.is_keyed):
            not_updated = renumbered = 0
            if unread:
                cursor.execute(KNOWN_UNREAD, parameters)
                not_updated = cursor.fetchone()[0]
            cursor.execute(UPDATE, parameters)
            updated, changed = cursor.fetchone()
            if group.is_keyed:
                # Those who came and those who were written are 20,000 each, and few of them by the planner's guess.
                cursor.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_nestloop = off")
                cursor.execute(keyed.INSERT, parameters)
                created, renumbered, unread_too = cursor.fetchone()
                cursor.execute("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL enable_hashjoin = off")
                updated, not_updated = updated + renumbered, not_updated + unread_too
            else:
                cursor.execute(INSERT, parameters)
                created = cursor.rowcount
            if upload and lines:
                cursor.execute(keyed.REMEMBER if group.is_keyed else REMEMBER, parameters)
        if changed or created or renumbered:
            note_change(group)
    return MergeCounts(created, updated, len(lines) - created - updated, not_updated=not_updated)


def add_lines(group: ContactGroup, lines: Sequence[str], upload: Upload, consent: Consent) -> bool:
    """Copy people into a group where none of them is; False, and nothing is written, where somebody is after all.

    Half the time of a merge: nothing is compared, and no table lies between. The lines hold no value to be taken away.
    """
    columns = f"{_columns(group.is_keyed)}, group_id, upload_id, consent_source, written_by"
    constant = [group.pk, upload.pk, copy_text(consent.source), upload.ordered_by]
    if consent.on:
        columns += ", consent_on"
        constant.append(consent.on.isoformat())
    end = "\t" + "\t".join(map(str, constant)) + "\n"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            lock_as_read(group)
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY contacts_contact ({columns}) FROM STDIN") as copy,
            ):
                copy.write((end.join(lines) + end).replace("\t\\N\t", "\t\t"))
            # As one text: psycopg would write each of thousands of numbers by itself.
            phones = ",".join(line.partition("\t")[0] for line in lines)
            if group.is_keyed:
                rows = ",".join(map(_row_in_array, lines))
                cursor.execute(keyed.REMEMBER_THESE, [upload.pk, f"{{{phones}}}", f"{{{rows}}}"])
            else:
                cursor.execute(REMEMBER_THESE, [upload.pk, f"{{{phones}}}"])
            note_change(group)
    except IntegrityError:
        return False
    return True


def _lines_of(people: Iterable[IncomingPerson], keep_empty: bool) -> list[str]:
    return [copy_line(*person, keep_empty=keep_empty) for person in people]


def compare_lines(
    upload: Upload, lines: Sequence[str], unread: Sequence[str] = (), *, changed: Callable[[int], None] | None = None
) -> MergeCounts:
    """What would come of a merge; `changed` hears the hash of each reference of which a row would be new or another."""
    group, is_keyed = upload.group, bool(upload.keyed_by)
    parameters: dict[str, Any] = {"group": group.pk, "upload": upload.pk, "began": upload.created_at}
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        _incoming(cursor, group, lines, unread, is_keyed=is_keyed),
    ):
        cursor.execute(keyed.COMPARE if is_keyed else COMPARE, parameters)
        created, updated, opted_out, said_stop, everyone, not_updated, *references = cursor.fetchone()
    for reference in (references and references[0]) or ():
        if changed is not None:
            changed(hash(reference))
    return MergeCounts(created, updated, everyone - created - updated, opted_out, said_stop, not_updated)


def lock_as_read(group: ContactGroup) -> int:
    """As `lock_group`, for whoever has read rows by the key that `group` had. Raises KeyChanged."""
    key = group.key
    size = lock_group(group)
    if group.key != key:
        raise KeyChanged(group)
    return size


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


def copy_line(
    phone: str, name: str | None, values: dict[str, str | None], reference: str = "", *, keep_empty: bool
) -> str:
    """One person as a line for COPY: number, name, values, and the reference where there is one.

    Empty cells are as in `merge_people`.
    """
    if keep_empty:
        name = name or None
        if "" in values.values():
            values = {key: value for key, value in values.items() if value != ""}
    else:
        values = {key: value or None for key, value in values.items()}
    written = NULL if name is None else copy_text(name)
    line = f"{phone}\t{written}\t{copy_text(orjson.dumps(values).decode())}"
    return f"{line}\t{copy_text(reference)}" if reference else line


def unread_line(phone: str | None, keys: Iterable[str], reference: str | None = "") -> str:
    """The fields of which something came for a number that could not be read, as a line for COPY.

    Of a group with a key: for a number and a reference, None for the one of them that is not known.
    """
    quoted = ",".join(f'"{key}"' for key in keys)
    written = copy_text(f"{{{quoted}}}")
    if reference == "":
        return f"{phone}\t{written}"
    return f"{phone or NULL}\t{written}\t{NULL if reference is None else copy_text(reference)}"


def _row_in_array(line: str) -> str:
    """The number and the reference of a line as an element of an array, in which a backslash is written as in COPY."""
    phone, _, _, reference = line.split("\t")
    quoted = reference.replace('"', '\\"')
    return f'"{phone}/{quoted}"'


def _columns(is_keyed: bool) -> str:
    return 'phone, name, "values", reference' if is_keyed else 'phone, name, "values"'


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
def _incoming(
    cursor: Any, group: ContactGroup, lines: Sequence[str], unread: Sequence[str] = (), *, is_keyed: bool
) -> Iterator[None]:
    """The people who come as a temporary table, to be compared with those of a group; gone when the block ends."""
    cursor.execute(INCOMING)
    _copy(cursor, f"incoming ({_columns(is_keyed)})", lines)
    if unread:
        cursor.execute(UNREAD)
        _copy(cursor, "unread (phone, keys, reference)" if is_keyed else "unread (phone, keys)", unread)
        if is_keyed:
            for statement in (keyed.MARK_KNOWN, keyed.MARK_BY_NUMBER, keyed.MARK_BY_REFERENCE):
                cursor.execute(statement, {"group": group.pk})
        else:
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
