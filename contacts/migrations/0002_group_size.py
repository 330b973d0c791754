"""Keeps ContactGroup.size right whichever way contacts are written: COPY, an upsert, the admin, a cascade.

One statement, one change of the count, from the statement's own rows. Whoever writes contacts of a group in several
statements locks the group's row first: two such writers would otherwise meet each other's rows and the count in
opposite order.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION contacts_count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contactgroup g SET size = g.size + n.rows
    FROM (SELECT group_id, count(*) AS rows FROM written GROUP BY group_id ORDER BY group_id) n
    WHERE g.id = n.group_id;
    RETURN NULL;
END $$;

CREATE FUNCTION contacts_count_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contactgroup g SET size = g.size - n.rows
    FROM (SELECT group_id, count(*) AS rows FROM written GROUP BY group_id ORDER BY group_id) n
    WHERE g.id = n.group_id;
    RETURN NULL;
END $$;

CREATE TRIGGER contacts_inserted AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION contacts_count_inserted();
CREATE TRIGGER contacts_deleted AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION contacts_count_deleted();
"""

BACK = """
DROP TRIGGER contacts_inserted ON contacts_contact;
DROP TRIGGER contacts_deleted ON contacts_contact;
DROP FUNCTION contacts_count_inserted();
DROP FUNCTION contacts_count_deleted();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
