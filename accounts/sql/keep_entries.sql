-- What was done stays written down, whoever asks: called by the triggers below.
CREATE OR REPLACE FUNCTION accounts_keep_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    callers text;
BEGIN
    GET DIAGNOSTICS callers = PG_CONTEXT;
    IF TG_OP = 'DELETE' AND position('accounts_forget_entries(' IN callers) > 0 THEN
        RETURN NULL;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'entries of the audit are neither changed nor taken away';
END $$;

CREATE OR REPLACE TRIGGER accounts_entries_kept BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_keep_entries();

CREATE OR REPLACE TRIGGER accounts_entries_not_emptied BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_keep_entries();
