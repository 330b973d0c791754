"""Taking an upload back: whom it added leaves, whom it changed is as before, who left is back. Whoever has been changed
since, by hand or by another upload, is left as they are and listed.

What is done goes from the list of changes in the same transaction, so that it may stop and go on anywhere; what stands
there in the end could not be undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from contacts.importing.claims import move_on, under_claim
from contacts.importing.mapping import BadMapping
from contacts.models import Upload
from contacts.people.merge import KeyChanged, lock_as_read, looked_up_one_by_one, note_change
from contacts.people.statements import kept_as

CHUNK_PEOPLE = 10_000
STATUS = Upload.Status.UNDOING

# Whom it added, and who is as it left them: the two times are the same until somebody writes.
REMOVE = """
WITH piece AS (
    SELECT id FROM contacts_contact
    WHERE group_id = %(group)s AND id > %(after)s AND upload_id = %(upload)s AND updated_at = created_at
    ORDER BY id LIMIT %(limit)s
), gone AS (DELETE FROM contacts_contact c USING piece WHERE c.id = piece.id RETURNING c.id)
SELECT (SELECT max(id) FROM piece), (SELECT count(*) FROM gone)
"""
RESTORE = """
WITH piece AS (
    SELECT * FROM contacts_uploadchange
    WHERE upload_id = %(upload)s AND kind = 'updated' AND id > %(after)s ORDER BY id LIMIT %(limit)s
), restored AS (
    UPDATE contacts_contact c
    SET name = s.name, "values" = s."values", not_updated = s.not_updated, upload_id = s.was_upload,
        consent_source = s.consent_source, consent_on = s.consent_on, updated_at = s.updated_at,
        written_at = statement_timestamp(), written_by = %(by)s
    FROM piece s WHERE c.id = s.contact_id AND c.upload_id = %(upload)s AND c.updated_at = s.changed_at
    RETURNING s.id
), forgotten AS (DELETE FROM contacts_uploadchange u USING restored r WHERE u.id = r.id)
SELECT (SELECT max(id) FROM piece), (SELECT count(*) FROM restored)
"""
# With the ids that they had: the texts that were sent to them name these. Whose number is in the group again stays out.
# Somebody who was added while people left may have left twice: she comes back as she was first.
BRING_BACK = """
WITH piece AS (
    SELECT id, phone, reference, row_number() OVER (PARTITION BY phone, reference ORDER BY id) AS nth FROM (
        SELECT id, phone, reference FROM contacts_uploadchange
        WHERE upload_id = %(upload)s AND kind IN ('left', 'number') AND id > %(after)s ORDER BY id LIMIT %(limit)s
    ) these
), forgotten AS (
    DELETE FROM contacts_uploadchange u USING piece s WHERE u.id = s.id AND s.nth = 1 AND NOT EXISTS (
        SELECT FROM contacts_contact c
        WHERE c.phone = s.phone AND c.reference = s.reference AND c.group_id + 0 = %(group)s OFFSET 0)
    RETURNING u.*
), back AS (
    INSERT INTO contacts_contact
        (id, group_id, phone, reference, name, "values", not_updated, upload_id, consent_source, consent_on, created_at,
        updated_at, written_by)
    SELECT contact_id, %(group)s, phone, reference, name, "values", not_updated, was_upload, consent_source,
        consent_on, created_at, updated_at, %(by)s
    FROM forgotten
    RETURNING id
)
SELECT (SELECT max(id) FROM piece), (SELECT count(*) FROM back)
"""
# Whom it added and another upload took out again: an undo of that one must not bring them back.
FORGET = """
DELETE FROM contacts_uploadchange u USING contacts_upload o
WHERE o.id = u.upload_id AND o.group_id = %(group)s AND u.upload_id <> %(upload)s AND u.kind IN ('left', 'number')
    AND u.was_upload = %(upload)s AND NOT EXISTS (
        SELECT FROM contacts_uploadchange own
        WHERE own.upload_id = %(upload)s AND own.kind IN ('updated', 'left', 'number')
            AND own.contact_id = u.contact_id)
"""
KEPT = kept_as("kept", "c.updated_at")
# Whom it added and somebody has changed since by hand.
LIST_CHANGED = f"""{KEPT}
FROM contacts_contact c
WHERE c.group_id = %(group)s AND c.upload_id = %(upload)s AND NOT EXISTS (
    SELECT FROM contacts_uploadchange own WHERE own.upload_id = %(upload)s AND own.contact_id = c.id)
"""
# Whom it added and another upload has changed since: that one has kept what they were before.
LIST_REWRITTEN = f"""{KEPT}
FROM contacts_contact c JOIN (
    SELECT DISTINCT u.contact_id FROM contacts_uploadchange u JOIN contacts_upload o ON o.id = u.upload_id
    WHERE o.group_id = %(group)s AND u.upload_id <> %(upload)s AND u.was_upload = %(upload)s
        AND u.kind = 'updated' AND u.created_at >= %(began)s
) rewritten ON rewritten.contact_id = c.id
WHERE c.group_id = %(group)s AND c.upload_id IS DISTINCT FROM %(upload)s
"""  # noqa: S608 - constants of this module


def undo_upload(upload: Upload) -> None:
    """Undo it, from where the last worker was on."""
    under_claim(upload, STATUS, lambda: _undo(upload))


def _undo(upload: Upload) -> None:
    try:
        _take_back(upload)
    except KeyChanged as error:
        raise BadMapping(str(error)) from error


def _take_back(upload: Upload) -> None:
    if upload.key != upload.group.key:
        raise KeyChanged(upload.group)
    for name, statement in (("removed", REMOVE), ("restored", RESTORE), ("returned", BRING_BACK)):
        for done in _steps(upload, statement, name):
            upload.counts = upload.counts | {"undone": done}
    _finish(upload)


def _steps(upload: Upload, statement: str, name: str) -> Iterator[dict[str, int]]:
    after: int | None = 0
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            move_on(upload, STATUS)
            lock_as_read(upload.group)
            with looked_up_one_by_one(cursor):
                cursor.execute(statement, _parameters(upload) | {"after": after, "limit": CHUNK_PEOPLE})
                after, count = cursor.fetchone()
            done = dict(upload.counts.get("undone", {}))
            done[name] = done.get(name, 0) + count
            cursor_at = sum(done.values())
            going_on = {"attempts": 0} if count else {}
            move_on(upload, STATUS, counts=upload.counts | {"undone": done}, row_cursor=cursor_at, **going_on)
            if count:
                note_change(upload.group)
        yield done


@transaction.atomic
def _finish(upload: Upload) -> None:
    move_on(upload, STATUS, status=Upload.Status.UNDONE, lease_until=None, finished_at=timezone.now())
    with connection.cursor() as cursor:
        # Of lists that may be long, never each with each, whatever the planner takes them for.
        cursor.execute("SET LOCAL enable_nestloop = off")
        for statement in (FORGET, LIST_CHANGED, LIST_REWRITTEN):
            cursor.execute(statement, _parameters(upload))
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    done = upload.counts.get("undone", {}) | {"left": upload.changes.count()}
    Upload.objects.filter(pk=upload.pk).update(counts=upload.counts | {"undone": done})


def _parameters(upload: Upload) -> dict[str, Any]:
    return {"group": upload.group_id, "upload": upload.pk, "began": upload.created_at, "by": upload.ordered_by}
