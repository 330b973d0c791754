"""Whoever wrote before there was an inbox stands in it too: read, and done but where a person is still to say STOP."""

from django.db import migrations

# What came since the column is there is new, and filed by the release that comes now.
OLD = """
INSERT INTO campaigns_conversation (phone, last_reply, last_at, is_unread, done_at, auto_answered_at, auto_answers)
SELECT phone, max(id), max(received_at), false,
    CASE WHEN bool_or(reading IN ('read_as_stop', 'waits')) THEN NULL ELSE clock_timestamp() END, max(answered_at), 0
FROM campaigns_reply WHERE state = 'read' GROUP BY phone ORDER BY phone
ON CONFLICT (phone) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0048_reply_indexes")]

    operations = [migrations.RunSQL(OLD, "DELETE FROM campaigns_conversation")]
