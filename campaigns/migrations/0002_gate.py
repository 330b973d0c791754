"""The one row of the gate."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO campaigns_gate (id, stopped_by, halt_reason, free_at, spent, recent_calls, trips)"
            " VALUES (1, '', '', now(), 0, '', 0)",
            "DELETE FROM campaigns_gate",
        )
    ]
