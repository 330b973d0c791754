"""A reply goes to the key whose text was posted to that number last, if that was not long ago."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from campaigns.models import Callback, Reply

ANSWERS_WITHIN = timedelta(days=30)

# Until a call is settled its texts have no time of their own.
NOTE = """
INSERT INTO campaigns_callback (api_key_id, reply, event, at, next_try_at)
SELECT k.id, %(reply)s, %(event)s, clock_timestamp(), clock_timestamp()
FROM (
    SELECT b.api_key_id FROM campaigns_message m JOIN campaigns_batch b ON b.id = m.batch_id
    WHERE m.phone = %(phone)s AND b.api_key_id IS NOT NULL
        AND coalesce(m.posted_at, b.posted_at) > clock_timestamp() - %(within)s
    ORDER BY coalesce(m.posted_at, b.posted_at) DESC, m.id DESC LIMIT 1) last
JOIN accounts_apikey k ON k.id = last.api_key_id
WHERE k.callback_url <> '' AND k.revoked_at IS NULL AND (k.ends_at IS NULL OR k.ends_at > clock_timestamp())
"""


def note_reply(reply: Reply) -> None:
    """Have this reply, which is saved in the caller's transaction, told to the key that it answers, if there is one."""
    if not reply.phone:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {"reply": reply.pk, "event": Callback.REPLY, "phone": reply.phone, "within": ANSWERS_WITHIN},
        )
