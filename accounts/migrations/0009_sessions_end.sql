-- Ends all sessions of a person: called by the triggers of user_changed and role_changed.
CREATE OR REPLACE FUNCTION accounts_end_sessions(person bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM django_session USING usersessions_usersession AS noted
    WHERE django_session.session_key = noted.session_key AND noted.user_id = person;
    DELETE FROM usersessions_usersession WHERE user_id = person;
$$;

-- A person's sessions end where the password, `is_active` or what makes an administrator changes, whoever changes it.
CREATE OR REPLACE FUNCTION accounts_user_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_end_sessions(NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER accounts_user_changed AFTER UPDATE ON accounts_user FOR EACH ROW
    WHEN (ROW(OLD.password, OLD.is_active, OLD.is_superuser, OLD.is_staff)
          IS DISTINCT FROM ROW(NEW.password, NEW.is_active, NEW.is_superuser, NEW.is_staff))
    EXECUTE FUNCTION accounts_user_changed();

-- A person's sessions end where the role changes: the groups that they are in.
CREATE OR REPLACE FUNCTION accounts_role_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_end_sessions(COALESCE(NEW.user_id, OLD.user_id));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER accounts_role_changed AFTER INSERT OR UPDATE OR DELETE ON accounts_user_groups FOR EACH ROW
    EXECUTE FUNCTION accounts_role_changed();

-- Sessions from before are not noted with their person.
DELETE FROM django_session;
