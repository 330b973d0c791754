-- A group with contacts cannot go, as a foreign key would have it: called by the trigger below.
CREATE OR REPLACE FUNCTION contacts_keep_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM contacts_contact WHERE group_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a group with contacts cannot go', CONSTRAINT = 'contact_group';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER contacts_group_kept AFTER DELETE ON contacts_contactgroup
    FOR EACH ROW EXECUTE FUNCTION contacts_keep_group();
