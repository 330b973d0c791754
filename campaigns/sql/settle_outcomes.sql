-- `settle_attempt` as the release before calls it, with a letter for each word: workers of that release go on while a
-- new one is put in, and what they were told by the gateway is known nowhere else. Nothing of this release calls it.
CREATE OR REPLACE FUNCTION campaigns_settle_outcomes(
    the_batch bigint, the_claim integer, outcomes jsonb, unsent bigint[], doubt varchar, the_problem varchar,
    pause interval,
    OUT is_ours boolean, OUT new_batch bigint, OUT breaker_cares boolean
) LANGUAGE sql AS $$
    SELECT a.is_ours, a.new_batch, a.breaker_cares FROM campaigns_settle_attempt(the_batch, the_claim, (
        SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('status', o.s, 'reason', o.r, 'detail', o.d,
            'network', o.n, 'cost', o.c, 'messages', o.m, 'gateway_ids', o.g))), '[]')
        FROM jsonb_to_recordset(outcomes)
            AS o(s jsonb, r jsonb, d jsonb, n jsonb, c jsonb, m jsonb, g jsonb)), unsent, doubt, the_problem, pause) a
$$;
