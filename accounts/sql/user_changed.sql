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
