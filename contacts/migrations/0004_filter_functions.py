"""A custom value as a number or a day, NULL where it is none: what filters compare and what big groups index.

They are immutable, as an index asks, and never raise: a value may be of another type than its field has now. A day is
its ISO text in the C collation, which orders as days do; text cannot be cast to a date immutably. No counted repeats
in the patterns: {1,30} took three times as long as +, measured.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION contacts_number(record jsonb, field text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN record ->> field ~ '^-?[0-9]+([.][0-9]+)?$' AND length(record ->> field) <= 40
    THEN (record ->> field)::numeric END;

CREATE FUNCTION contacts_day(record jsonb, field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN record ->> field LIKE '____-__-__' AND record ->> field ~ '^[0-9-]+$'
    THEN (record ->> field) COLLATE "C" END;
"""

BACK = """
DROP FUNCTION contacts_number(jsonb, text);
DROP FUNCTION contacts_day(jsonb, text);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_upload_consent")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
