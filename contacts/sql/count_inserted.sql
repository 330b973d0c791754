-- Keeps a group's size right whichever way contacts come in, and says where a group is not there: called by the trigger
-- below. One statement, one change of the count, from the statement's own rows. Whoever writes contacts of a group in
-- several statements locks the group's row first: two such writers would otherwise meet each other's rows and the count
-- in opposite order. A foreign key asked for each row by itself, which was a fifth of the time of an upload.
CREATE OR REPLACE FUNCTION contacts_count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named bigint;
    found bigint;
BEGIN
    WITH n AS (
        SELECT group_id, count(*) AS rows FROM written GROUP BY group_id ORDER BY group_id
    ), counted AS (
        UPDATE contacts_contactgroup g SET size = g.size + n.rows FROM n WHERE g.id = n.group_id RETURNING g.id
    )
    SELECT (SELECT count(*) FROM n), (SELECT count(*) FROM counted) INTO named, found;
    IF found < named THEN
        RAISE foreign_key_violation USING MESSAGE = 'a contact needs a group that is there', CONSTRAINT = 'contact_group';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER contacts_inserted AFTER INSERT ON contacts_contact
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION contacts_count_inserted();
