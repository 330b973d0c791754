-- Keeps reports that came in: called by `store_rows`, which has read them. A function, since its plan is kept with the
-- session, whatever stands between us and the database: planning the INSERT anew took twice as long as doing it. By the
-- database's clock, which the posting of a text goes by too.
--
-- `reports` is a list of objects with a letter for each column:
--     b body, g gateway_id, p phone, c code, d description, o outcome, r reason, n network, t reported_at, f sender
--     (from), s state
CREATE OR REPLACE FUNCTION campaigns_store_reports(reports jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaigns_deliveryreport (received_at, body, gateway_id, phone, code, description, outcome, reason,
        network, reported_at, sender, state, next_try_at, tries, bound, error)
    SELECT clock_timestamp(), r.b, r.g, r.p, r.c, r.d, r.o, r.r, r.n, r.t, r.f, r.s, clock_timestamp(), 0, '', ''
    FROM jsonb_to_recordset(reports) AS r(b jsonb, g varchar, p varchar, c varchar, d varchar, o varchar, r varchar,
        n varchar, t timestamptz, f varchar, s varchar);
END
$$;
