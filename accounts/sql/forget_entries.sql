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
