"""The statements of a merge into a group with a key, whose rows bear a number and a reference.

A row with a number that its reference did not have before (a child's other parent, a new phone) begins with the values
of another row of the reference: its own come on top of them.
"""

from __future__ import annotations

from contacts.people.statements import DIFFERS, IS_SAME

# Nothing but its number, or its reference, is known of a rejected row: whichever rows of the group it may mean.
MARK_KNOWN = """
WITH taken AS (
    UPDATE incoming i SET not_updated = u.keys FROM unread u WHERE u.phone = i.phone AND u.reference = i.reference
    RETURNING i.phone, i.reference
)
DELETE FROM unread u USING taken t WHERE u.phone = t.phone AND u.reference = t.reference
"""
_MARKED = """
INSERT INTO incoming (phone, reference, "values", not_updated, rejected)
SELECT DISTINCT ON (c.phone, c.reference) c.phone, c.reference, '{{}}'::jsonb, u.keys, true
FROM unread u CROSS JOIN LATERAL (
    SELECT c.phone, c.reference FROM contacts_contact c WHERE {meant} OFFSET 0
) c WHERE {known} AND NOT EXISTS (SELECT FROM incoming i WHERE {same})
"""
MARK_BY_NUMBER = _MARKED.format(
    meant="c.phone = u.phone AND (u.reference IS NULL OR c.reference = u.reference) AND c.group_id + 0 = %(group)s",
    known="u.phone IS NOT NULL",
    same=IS_SAME,
)
# Of a child that is here under other numbers alone as well.
MARK_BY_REFERENCE = _MARKED.format(
    meant="c.group_id = %(group)s AND c.reference = u.reference AND c.reference > ''",
    known="""u.reference IS NOT NULL AND (u.phone IS NULL OR NOT EXISTS (
    SELECT FROM contacts_contact o WHERE o.phone = u.phone AND o.reference = u.reference
        AND o.group_id + 0 = %(group)s))""",
    same=IS_SAME,
)

# A row that this upload has put there itself gives nothing: in which chunk it was decides nothing.
_RELATED = """
    SELECT c.* FROM contacts_contact c WHERE c.group_id = %(group)s AND c.reference = i.reference AND c.reference > ''
        AND (c.upload_id IS DISTINCT FROM coalesce(%(upload)s::bigint, 0) OR c.created_at < %(began)s)
    ORDER BY c.id + 0 LIMIT 1
"""
_SAME = f"""
    SELECT c.* FROM contacts_contact c WHERE {IS_SAME} AND c.group_id + 0 = %(group)s OFFSET 0
"""  # noqa: S608 - constants of this module
INSERT = f"""
WITH new AS (
    SELECT i.phone, i.reference, i.name, i."values", i.not_updated, o.id IS NOT NULL AS was_there, o.name AS old_name,
        o."values" AS old_values, o.not_updated AS old_marks, o.consent_source AS old_source, o.consent_on AS old_day
    FROM incoming i LEFT JOIN LATERAL ({_SAME}) c ON true LEFT JOIN LATERAL ({_RELATED}) o ON true
    WHERE NOT i.rejected AND c.id IS NULL
), made AS (
    INSERT INTO contacts_contact
        (group_id, phone, reference, name, "values", not_updated, upload_id, consent_source, consent_on, created_at,
        updated_at, written_at, written_by)
    SELECT %(group)s, phone, reference, coalesce(name, old_name, ''),
        jsonb_strip_nulls(coalesce(old_values, '{{}}') || "values"),
        CASE WHEN was_there THEN (
            SELECT array_agg(k ORDER BY k) FROM (
                SELECT k FROM unnest(old_marks) k WHERE NOT "values" ? k
                UNION SELECT unnest(new.not_updated)) n(k)) END,
        %(upload)s::bigint, coalesce(nullif(%(consent_source)s, ''), old_source, ''),
        coalesce(%(consent_on)s::date, old_day), statement_timestamp(), statement_timestamp(), statement_timestamp(),
        %(by)s
    FROM new
    ON CONFLICT (group_id, phone, reference) DO NOTHING
    RETURNING phone, reference
)
SELECT count(*) FILTER (WHERE NOT n.was_there), count(*) FILTER (WHERE n.was_there),
    count(*) FILTER (WHERE n.was_there AND n.not_updated IS NOT NULL)
FROM made m JOIN new n USING (phone, reference)
"""  # noqa: S608 - constants of this module

REMEMBER = """
INSERT INTO contacts_uploadedpeople (upload_id, phones, rows)
SELECT %(upload)s, array_agg(phone::bigint), array_agg(phone || '/' || reference) FROM incoming WHERE NOT rejected
"""
REMEMBER_THESE = "INSERT INTO contacts_uploadedpeople (upload_id, phones, rows) VALUES (%s, %s::bigint[], %s::text[])"

# As what a merge says, and which references would have a row that is new or another.
COMPARE = f"""
SELECT count(*) FILTER (WHERE is_new AND o.id IS NULL),
    count(*) FILTER (WHERE differs OR (is_new AND o.id IS NOT NULL)),
    count(left_out.id) FILTER (WHERE NOT i.rejected),
    count(*) FILTER (WHERE NOT i.rejected AND left_out.source = 'reply'),
    count(*) FILTER (WHERE NOT i.rejected),
    count(*) FILTER (WHERE i.not_updated IS NOT NULL AND (c.id IS NOT NULL OR o.id IS NOT NULL)),
    array_agg(i.reference) FILTER (WHERE differs OR is_new)
FROM incoming i LEFT JOIN LATERAL ({_SAME}) c ON true LEFT JOIN LATERAL ({_RELATED}) o ON c.id IS NULL
    LEFT JOIN contacts_optout left_out ON left_out.phone = i.phone AND left_out.scope = 'all'
    CROSS JOIN LATERAL (
        SELECT NOT i.rejected AND c.id IS NULL AS is_new, c.id IS NOT NULL AND {DIFFERS} AS differs) verdict
"""  # noqa: S608 - constants of this module
