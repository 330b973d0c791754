"""The statements of a merge: people who come are compared with those of a group through a temporary table."""

from __future__ import annotations

INCOMING = """
CREATE TEMPORARY TABLE incoming
    (phone varchar(15), reference varchar(60) NOT NULL DEFAULT '', name varchar(200), "values" jsonb,
    not_updated varchar[], rejected boolean DEFAULT false)
ON COMMIT DROP
"""
UNREAD = "CREATE TEMPORARY TABLE unread (phone varchar(15), reference varchar(60), keys varchar[]) ON COMMIT DROP"
# Of whom only a rejected row came, nothing but that is known.
MARK_INCOMING = """
WITH taken AS (UPDATE incoming i SET not_updated = u.keys FROM unread u WHERE u.phone = i.phone RETURNING i.phone)
INSERT INTO incoming (phone, "values", not_updated, rejected)
SELECT phone, '{}', keys, true FROM unread WHERE phone NOT IN (SELECT phone FROM taken)
"""

# Both are empty where the group has no key.
IS_SAME = "c.phone = i.phone AND c.reference = i.reference"
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
    INSERT INTO contacts_uploadchange (upload_id, kind, contact_id, phone, reference, name, "values", not_updated,
        was_upload, consent_source, consent_on, created_at, updated_at, changed_at)
    SELECT %(upload)s::bigint, '{kind}', c.id, c.phone, c.reference, c.name, c."values", c.not_updated, c.upload_id,
        c.consent_source, c.consent_on, c.created_at, c.updated_at, {changed_at}"""


# The rows are locked as they are read: what is kept for an undo is what the change replaces, whoever else writes.
UPDATE = f"""
WITH changing AS (
    SELECT c.* FROM incoming i CROSS JOIN LATERAL (
        SELECT c.id, c.phone, c.reference, c.name, c."values", c.not_updated, c.upload_id, c.consent_source,
            c.consent_on, c.created_at, c.updated_at, {NEW_NAME} AS new_name, {NEW_VALUES} AS new_values,
            {NOT_UPDATED} AS new_not_updated, {CONSENTS} AS consents, {DIFFERS} AS differs
        FROM contacts_contact c
        WHERE {IS_SAME} AND c.group_id + 0 = %(group)s
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

KNOWN_UNREAD = f"""
SELECT count(c.id) FROM incoming i CROSS JOIN LATERAL (
    SELECT c.id FROM contacts_contact c WHERE {IS_SAME} AND c.group_id + 0 = %(group)s OFFSET 0
) c WHERE i.not_updated IS NOT NULL
"""  # noqa: S608 - constants of this module
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
    SELECT c.* FROM contacts_contact c WHERE {IS_SAME} AND c.group_id + 0 = %(group)s OFFSET 0
) c ON true LEFT JOIN contacts_optout o ON o.phone = i.phone AND o.scope = 'all'
"""  # noqa: S608 - constants of this module
