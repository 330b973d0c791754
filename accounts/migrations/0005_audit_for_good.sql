-- The one way out for entries of the audit: those before a moment, the oldest first, some at a time.
CREATE OR REPLACE FUNCTION accounts_forget_entries(p_before timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM accounts_auditentry WHERE id IN (
        SELECT id FROM accounts_auditentry WHERE at < p_before ORDER BY at LIMIT p_most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
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
