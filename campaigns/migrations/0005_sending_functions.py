"""The rules' one row, room for updates in place, and the functions of claiming, settling and recounting."""

from pathlib import Path

from django.db import migrations

FUNCTIONS = (Path(__file__).parent / "0005_sending_functions.sql").read_text()

RULES = """
INSERT INTO campaigns_rules (id, quiet_from, quiet_until, late_limit, report_months)
VALUES (1, '18:00', '08:00', '12 hours', 13)
"""
# Each message is changed twice soon after it was written. Where its page has room for that, no index is touched.
ROOM = """
ALTER TABLE campaigns_message SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE campaigns_batch SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_sending_rules"), ("contacts", "0003_upload_consent")]

    operations = [
        migrations.RunSQL(RULES, "DELETE FROM campaigns_rules"),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION campaigns_claim_next; DROP FUNCTION campaigns_reports_wait; DROP FUNCTION IF EXISTS campaigns_settle;"
            "DROP FUNCTION campaigns_recount",
        ),
    ]
