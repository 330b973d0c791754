-- Keeps a group's size right whichever way contacts go: called by the trigger below, once a statement.
CREATE OR REPLACE FUNCTION contacts_count_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contactgroup g SET size = g.size - n.rows
    FROM (SELECT group_id, count(*) AS rows FROM written GROUP BY group_id ORDER BY group_id) n
    WHERE g.id = n.group_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER contacts_deleted AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION contacts_count_deleted();
