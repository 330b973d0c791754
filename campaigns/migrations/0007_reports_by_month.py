"""Delivery reports in monthly partitions. To Django the table is as it was, but that its key has the day in it."""

from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import migrations

# A sequence of its own: a partitioned table can have an identity only from PostgreSQL 17 on.
MOVE = """
ALTER TABLE campaigns_deliveryreport RENAME TO campaigns_deliveryreport_old;
ALTER SEQUENCE campaigns_deliveryreport_id_seq RENAME TO campaigns_deliveryreport_old_id_seq;
CREATE TABLE campaigns_deliveryreport (LIKE campaigns_deliveryreport_old INCLUDING DEFAULTS)
    PARTITION BY RANGE (received_at);
CREATE SEQUENCE campaigns_deliveryreport_id_seq OWNED BY campaigns_deliveryreport.id;
ALTER TABLE campaigns_deliveryreport ALTER id SET DEFAULT nextval('campaigns_deliveryreport_id_seq');
CREATE TABLE campaigns_deliveryreport_other PARTITION OF campaigns_deliveryreport DEFAULT;
"""
FILL = """
INSERT INTO campaigns_deliveryreport SELECT * FROM campaigns_deliveryreport_old;
SELECT setval(pg_get_serial_sequence('campaigns_deliveryreport', 'id'), coalesce(max(id), 0) + 1, false)
    FROM campaigns_deliveryreport_old;
DROP TABLE campaigns_deliveryreport_old;
ALTER TABLE campaigns_deliveryreport ADD PRIMARY KEY (id, received_at);
CREATE INDEX report_new ON campaigns_deliveryreport (id) WHERE state = 'new';
CREATE INDEX report_waiting ON campaigns_deliveryreport (next_try_at) WHERE state = 'waiting';
CREATE INDEX report_waiting_phone ON campaigns_deliveryreport (phone) WHERE state IN ('new', 'waiting');
CREATE INDEX report_of_message ON campaigns_deliveryreport (message_id) WHERE message_id IS NOT NULL;
"""
PARTITION = """
CREATE TABLE campaigns_deliveryreport_{name} PARTITION OF campaigns_deliveryreport
FOR VALUES FROM ('{start} 00:00+00') TO ('{end} 00:00+00')
"""


def partition(apps, schema_editor):
    schema_editor.execute(MOVE)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(received_at)::date FROM campaigns_deliveryreport_old")
        first = cursor.fetchone()[0] or date.today()
    month, last = min(first, date.today()).replace(day=1), date.today() + relativedelta(months=2)
    while month <= last:
        end = month + relativedelta(months=1)
        schema_editor.execute(PARTITION.format(name=f"{month:%Y_%m}", start=month, end=end))
        month = end
    schema_editor.execute(FILL)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_replies")]

    operations = [migrations.RunPython(partition, migrations.RunPython.noop)]
