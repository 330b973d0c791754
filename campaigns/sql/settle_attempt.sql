-- Writes down what an attempt came to, under its claim's number: called by `settle`, in one round trip. `is_ours`
-- false: the claim is another's by now, and nothing was changed.
--
-- `outcomes` is a list of {"status", "reason", "detail", "network", "cost", "messages", "gateway_ids"}: `messages` are
-- those that came to just that, `gateway_ids` the ids that the gateway gave them ("" for none); what is empty is left
-- out. Most calls have one outcome, which is written and read in half the time that one a message takes. `unsent`
-- messages go into a new batch, ready after `pause`, or cancelled where the run is. What is in neither may have been
-- sent: uncertain, for `doubt`.
CREATE OR REPLACE FUNCTION campaigns_settle_attempt(
    the_batch bigint, the_claim integer, outcomes jsonb, unsent bigint[], doubt varchar, the_problem varchar,
    pause interval,
    OUT is_ours boolean, OUT new_batch bigint, OUT breaker_cares boolean
) LANGUAGE plpgsql SET enable_memoize = off AS $$
DECLARE
    run_status varchar;
    was campaigns_batch;
    changed integer;
    is_in_doubt boolean;
    given_back numeric := 0;
    waiting bigint[];
BEGIN
    SELECT r.status INTO run_status FROM campaigns_run r
    WHERE r.id = (SELECT b.run_id FROM campaigns_batch b WHERE b.id = the_batch) FOR SHARE;
    SELECT * INTO was FROM campaigns_batch b
    WHERE b.id = the_batch AND b.claim = the_claim AND b.status = 'sending' FOR NO KEY UPDATE;
    is_ours := FOUND;
    IF NOT is_ours THEN
        RETURN;
    END IF;

    -- Few texts of all are queued, so of this batch the planner would expect one and compare each outcome with each text;
    -- hidden in a function half of them are expected. None comes twice: to remember them would cost and bring nothing.
    WITH changed AS (
        UPDATE campaigns_message m SET
            status = o.status, reason = coalesce(o.reason, ''), detail = coalesce(o.detail, ''), gateway_id = given.id,
            network = coalesce(o.network, m.network), posted_at = coalesce(m.posted_at, was.posted_at),
            cost = coalesce(o.cost, m.cost), cost_is_actual = o.cost IS NOT NULL,
            accepted_at = CASE WHEN o.status = 'accepted' THEN clock_timestamp() ELSE m.accepted_at END
        FROM jsonb_to_recordset(outcomes)
            AS o(status varchar, reason varchar, detail varchar, network varchar, cost numeric, messages bigint[],
                gateway_ids varchar[]),
            unnest(o.messages, o.gateway_ids) AS given(message, id)
        WHERE m.id = given.message AND m.batch_id = the_batch AND coalesce(m.status = 'queued', false)
        RETURNING m.id, m.gateway_id)
    INSERT INTO campaigns_givenid (gateway_id, message_id)
    SELECT gateway_id, id FROM changed WHERE gateway_id <> '';

    IF cardinality(unsent) > 0 THEN
        INSERT INTO campaigns_batch (run_id, api_key_id, script_call_id, not_after, sender_id, kind, status, size, claim,
            not_before, tries, problem, tally, left_out, failures, parts, cost, is_resend)
        VALUES (was.run_id, was.api_key_id, was.script_call_id, was.not_after, was.sender_id, was.kind,
            CASE WHEN run_status = 'cancelled' THEN 'cancelled' ELSE 'ready' END, 0, 0,
            clock_timestamp() + pause, was.tries, the_problem, '{}', '{}', '{}', 0, 0, was.is_resend)
        RETURNING id INTO new_batch;
        UPDATE campaigns_message m SET batch_id = new_batch,
            status = CASE WHEN run_status = 'cancelled' THEN 'cancelled' ELSE m.status END
        WHERE m.id = ANY(unsent) AND m.batch_id = the_batch AND m.status = 'queued';
        GET DIAGNOSTICS changed = ROW_COUNT;
        UPDATE campaigns_batch b SET size = CASE WHEN b.id = new_batch THEN changed ELSE b.size - changed END
        WHERE b.id IN (the_batch, new_batch);
    END IF;

    UPDATE campaigns_message m SET status = 'uncertain', reason = doubt, posted_at = coalesce(m.posted_at, was.posted_at)
    WHERE m.batch_id = the_batch AND m.status = 'queued';

    PERFORM campaigns_recount(array_remove(ARRAY[the_batch, new_batch], NULL));
    SELECT b.tally ? 'uncertain' INTO is_in_doubt FROM campaigns_batch b WHERE b.id = the_batch;
    UPDATE campaigns_batch b SET
        status = CASE WHEN is_in_doubt THEN 'uncertain' ELSE 'settled' END, lease_until = NULL, problem = the_problem,
        settled_at = clock_timestamp(),
        doubted_at = CASE WHEN is_in_doubt THEN clock_timestamp() END,
        doubt_clock = CASE WHEN is_in_doubt THEN (SELECT g.doubt_clock FROM campaigns_gate g WHERE g.id = 1) END
    WHERE b.id = the_batch RETURNING was.cost - b.cost INTO given_back;

    -- What was claimed and not sent is spent by nobody. (Costs that the gateway told are the account's own.)
    IF cardinality(unsent) > 0 AND given_back > 0 THEN
        UPDATE campaigns_gate SET spent = greatest(spent - given_back, 0), spent_since = greatest(spent_since - given_back, 0)
        WHERE id = 1;
    END IF;
    -- Reports that came while the call was under way could not be placed then. Locked in the order of their ids, as the
    -- applier does it.
    SELECT array_agg(w.id) INTO waiting FROM (
        SELECT d.id FROM campaigns_deliveryreport d
        WHERE d.state = 'waiting' AND d.phone IN (SELECT m.phone FROM campaigns_message m WHERE m.batch_id = the_batch)
        ORDER BY d.id FOR NO KEY UPDATE) w;
    IF waiting IS NOT NULL THEN
        UPDATE campaigns_deliveryreport d SET next_try_at = clock_timestamp()
        WHERE d.id = ANY(waiting) AND d.state = 'waiting';
    END IF;
    SELECT g.trips > 0 OR g.recent_calls <> repeat('.', 20) INTO breaker_cares FROM campaigns_gate g WHERE g.id = 1;
END
$$;
