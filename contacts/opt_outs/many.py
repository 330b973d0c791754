"""Many numbers opted out by one statement: of a file, or those of whom the operator says so."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from accounts.models import User

# In the order of their numbers, as every writer of many does.
OPT_OUT_MANY = """
INSERT INTO contacts_optout (phone, scope, source, reason, created_at, created_by_id)
SELECT phone, %(scope)s, %(source)s, %(reason)s, clock_timestamp(), %(user)s
FROM unnest(%(phones)s::varchar[]) AS phone ORDER BY phone
ON CONFLICT (phone, scope) DO NOTHING
"""


def opt_out_many(phones: Collection[str], scope: str, *, source: str, reason: str, user: User | None = None) -> int:
    """Leave these numbers, each named once, out of `scope` from now on; returns how many were not before."""
    parameters = {
        "phones": list(phones),
        "scope": scope,
        "source": source,
        "reason": reason,
        "user": user.pk if user else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPT_OUT_MANY, parameters)
        return cursor.rowcount
