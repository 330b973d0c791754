-- A person's sessions end where the role changes: the groups that they are in.
CREATE OR REPLACE FUNCTION accounts_role_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_end_sessions(COALESCE(NEW.user_id, OLD.user_id));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER accounts_role_changed AFTER INSERT OR UPDATE OR DELETE ON accounts_user_groups FOR EACH ROW
    EXECUTE FUNCTION accounts_role_changed();
