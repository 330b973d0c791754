-- Keeps the sizes of two groups right when a contact moves from one to the other, and says where one of them is not
-- there: called by the trigger below.
CREATE OR REPLACE FUNCTION contacts_count_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    UPDATE contacts_contactgroup SET size = size + CASE id WHEN NEW.group_id THEN 1 ELSE -1 END
    WHERE id IN (OLD.group_id, NEW.group_id);
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < 2 THEN
        RAISE foreign_key_violation USING MESSAGE = 'a contact needs a group that is there', CONSTRAINT = 'contact_group';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER contacts_moved AFTER UPDATE OF group_id ON contacts_contact
    FOR EACH ROW WHEN (OLD.group_id <> NEW.group_id) EXECUTE FUNCTION contacts_count_moved();
