"""Which text of ours a reply most likely answers: the one that was posted to its number last before it came."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from campaigns.models import Reply

# Until a call is settled its texts have no time of their own.
LAST_TEXTS = """
SELECT r.id, m.id FROM campaigns_reply r CROSS JOIN LATERAL (
    SELECT t.id FROM campaigns_message t JOIN campaigns_batch b ON b.id = t.batch_id
    WHERE t.phone = r.phone AND coalesce(t.posted_at, b.posted_at) <= r.received_at
    ORDER BY t.id DESC LIMIT 1) m
WHERE r.id = ANY(%s) AND r.phone <> ''
"""


def texts_before(replies: Sequence[Reply]) -> dict[int, int]:
    """By the id of the reply that of the text; whose number was texted nothing before is not in it."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_TEXTS, [[one.pk for one in replies]])
        return dict(cursor.fetchall())
