-- Rebuilds the tallies of batches from their messages. The caller has locked the batches, and changed the messages in a
-- statement before: in the same one it would not see the change. Called by `recount` in Python and by the functions
-- that claim and settle. One statement, which looks at one batch after the other: begun anew for each it took half as
-- long again. Its plan is made once: of a list the planner knows no length, and would plan anew each time.
CREATE OR REPLACE FUNCTION campaigns_recount(batches bigint[]) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE campaigns_batch b SET
        tally = coalesce(c.tally, '{}'), left_out = coalesce(c.left_out, '{}'), failures = coalesce(c.failures, '{}'),
        parts = coalesce(c.parts, 0), cost = coalesce(c.cost, 0), changes = b.changes + 1
    FROM unnest(batches) AS wanted(id), LATERAL (
        SELECT jsonb_object_agg(status, n) AS tally, sum(parts) AS parts, sum(cost) AS cost,
            CASE WHEN bool_or(status = 'skipped') THEN (
                SELECT jsonb_object_agg(reason, n) FROM (
                    SELECT reason, count(*) AS n FROM campaigns_message
                    WHERE batch_id = wanted.id AND status = 'skipped' GROUP BY reason) r) END AS left_out,
            CASE WHEN bool_or(status IN ('rejected', 'undelivered')) THEN (
                SELECT jsonb_object_agg(reason, n) FROM (
                    SELECT reason, count(*) AS n FROM campaigns_message
                    WHERE batch_id = wanted.id AND status IN ('rejected', 'undelivered') GROUP BY reason) r) END AS failures
        FROM (
            SELECT status, count(*) AS n,
                sum(parts) FILTER (WHERE status NOT IN ('skipped', 'cancelled', 'rejected')) AS parts,
                sum(cost) FILTER (WHERE status NOT IN ('skipped', 'cancelled', 'rejected')) AS cost
            FROM campaigns_message WHERE batch_id = wanted.id GROUP BY status) s
    ) c
    WHERE b.id = wanted.id;
END
$$;
