-- Takes up to `most` batches that may go next, in one transaction: as many as wait for one in the same process. No row:
-- none may go now. A row without a batch: the balance is too little for it. Called by `claim_up_to`, in one round trip,
-- so that the one row that all claims pass is locked for the time of a few index look-ups and a commit, never while a
-- worker's own process has something else to do.
--
-- The gate's row is the only lock that is waited for; all others are tried, so that a claim is part of no deadlock. Its
-- plans are made once: for one of its statements a new plan would always look cheaper than it is to make.
--
-- Transactional before promotional, then whoever has the fewest calls under way; among equals chance, or with one
-- worker the older run would have all of it.
CREATE OR REPLACE FUNCTION campaigns_claim_next(
    most integer, lease interval, per_second integer, zone text, guards_balance boolean,
    OUT batch bigint, OUT claim integer, OUT tries integer, OUT sender varchar, OUT service_id varchar, OUT price numeric,
    OUT run bigint, OUT recheck boolean, OUT left_out integer,
    OUT messages bigint[], OUT phones varchar[], OUT texts text[], OUT attempts integer[]
) RETURNS SETOF record LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    gate campaigns_gate;
    rules campaigns_rules;
    source record;
    found_batch record;
    at timestamptz;
    wall timestamp;
    quiet boolean;
    cap numeric;
    taken boolean;
    held_back integer;
BEGIN
    SELECT * INTO gate FROM campaigns_gate WHERE id = 1 FOR NO KEY UPDATE;
    -- Without its row (it is not in a backup) nothing is known of stops: nothing goes.
    IF NOT FOUND THEN
        RETURN;
    END IF;
    at := clock_timestamp();
    IF gate.stopped_at IS NOT NULL OR gate.halted_at IS NOT NULL OR (gate.trips > 0 AND gate.proven_at IS NULL)
            OR gate.free_at > at OR gate.busy_until > at OR gate.open_until > at THEN
        RETURN;
    END IF;
    SELECT * INTO rules FROM campaigns_rules WHERE id = 1;
    wall := at AT TIME ZONE zone;
    quiet := CASE WHEN rules.quiet_from <= rules.quiet_until
        THEN wall::time >= rules.quiet_from AND wall::time < rules.quiet_until
        ELSE wall::time >= rules.quiet_from OR wall::time < rules.quiet_until END;
    IF gate.spent_on IS DISTINCT FROM wall::date THEN
        gate.spent_on := wall::date;
        gate.spent := 0;
    END IF;

    FOR turn IN 1..most LOOP
        taken := false;
        <<sources>>
        FOR source IN
            -- Single texts have no run; they are one source for each sender and kind, of which the first is looked for: a
            -- script may have a hundred thousand wait. With EXISTS all of them would be read, to be hashed.
            SELECT NULL::bigint AS run_id, s.id AS sender_id, k.kind, s.name, s.service_id, s.max_per_second,
                coalesce(s.price, gate.rate, 0) AS price, NULL::bigint AS campaign_id, NULL::numeric AS spend_limit,
                false AS recheck, -1::bigint AS under_way, random() AS chance
            FROM campaigns_sender s CROSS JOIN (VALUES ('transactional'::varchar), ('promotional')) AS k(kind),
                LATERAL (SELECT b.id FROM campaigns_batch b WHERE b.status = 'ready' AND b.run_id IS NULL
                    AND b.sender_id = s.id AND b.kind = k.kind AND b.not_before <= at ORDER BY b.id LIMIT 1) first
            WHERE s.halted_at IS NULL AND (s.max_per_second IS NULL OR s.free_at IS NULL OR s.free_at <= at)
                AND NOT (quiet AND k.kind = 'promotional')
            UNION ALL
            SELECT r.id, s.id, c.kind, s.name, s.service_id, s.max_per_second, coalesce(s.price, gate.rate, 0), c.id,
                coalesce(c.spend_limit, rules.campaign_limit), r.recheck OR r.check_rows,
                (SELECT count(*) FROM campaigns_batch b WHERE b.run_id = r.id AND b.status = 'sending'), random()
            FROM campaigns_run r
            JOIN campaigns_campaign c ON c.id = r.campaign_id
            JOIN campaigns_sender s ON s.id = c.sender_id
            WHERE r.status = 'sending' AND s.halted_at IS NULL AND (r.not_after IS NULL OR r.not_after > at)
                AND (s.max_per_second IS NULL OR s.free_at IS NULL OR s.free_at <= at)
                AND NOT (quiet AND c.kind = 'promotional')
            ORDER BY kind DESC, under_way, chance
        LOOP
            IF source.run_id IS NOT NULL THEN
                PERFORM FROM campaigns_run r WHERE r.id = source.run_id AND r.status = 'sending' FOR SHARE SKIP LOCKED;
                CONTINUE WHEN NOT FOUND;
            END IF;
            IF source.max_per_second IS NOT NULL THEN
                PERFORM FROM campaigns_sender s WHERE s.id = source.sender_id FOR NO KEY UPDATE SKIP LOCKED;
                CONTINUE WHEN NOT FOUND;
            END IF;
            LOOP
                IF source.run_id IS NULL THEN
                    SELECT b.id, b.cost, b.not_after INTO found_batch FROM campaigns_batch b
                    WHERE b.status = 'ready' AND b.not_before <= at AND b.run_id IS NULL
                        AND b.sender_id = source.sender_id AND b.kind = source.kind
                        AND NOT (b.is_resend AND campaigns_reports_wait(b.id, at))
                    ORDER BY b.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
                ELSE
                    SELECT b.id, b.cost, b.not_after INTO found_batch FROM campaigns_batch b
                    WHERE b.status = 'ready' AND b.not_before <= at AND b.run_id = source.run_id
                        AND NOT (b.is_resend AND campaigns_reports_wait(b.id, at))
                    ORDER BY b.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
                END IF;
                EXIT WHEN NOT FOUND;

                -- Limits are looked at before the texts: what is over them stays ready.
                IF rules.daily_limit IS NOT NULL AND gate.spent + found_batch.cost > rules.daily_limit THEN
                    RETURN;
                END IF;
                IF source.spend_limit IS NOT NULL THEN
                    SELECT coalesce(sum(b.cost), 0) INTO cap FROM campaigns_batch b JOIN campaigns_run r ON r.id = b.run_id
                    WHERE r.campaign_id = source.campaign_id AND b.status IN ('sending', 'settled', 'uncertain');
                    EXIT WHEN cap + found_batch.cost > source.spend_limit;
                END IF;
                IF guards_balance AND gate.balance >= 0 AND gate.balance - gate.spent_since < found_batch.cost THEN
                    batch := NULL;
                    run := source.run_id;
                    RETURN NEXT;
                    RETURN;
                END IF;

                UPDATE campaigns_batch b SET status = 'sending', claim = b.claim + 1, tries = b.tries + 1, posted_at = NULL,
                    lease_until = at + lease
                WHERE b.id = found_batch.id RETURNING b.claim, b.tries INTO claim, tries;
                -- Who said STOP is still told that it was heard.
                UPDATE campaigns_message m SET status = 'skipped', reason = 'opted_out'
                WHERE m.batch_id = found_batch.id AND m.status = 'queued' AND m.source <> 'answer' AND EXISTS (
                    SELECT 1 FROM contacts_optout o
                    WHERE o.phone = m.phone AND (o.scope = 'all' OR source.kind = 'promotional'));
                GET DIAGNOSTICS left_out = ROW_COUNT;
                IF found_batch.not_after <= at THEN
                    UPDATE campaigns_message m SET status = 'skipped', reason = 'too_late'
                    WHERE m.batch_id = found_batch.id AND m.status = 'queued';
                    GET DIAGNOSTICS held_back = ROW_COUNT;
                    left_out := left_out + held_back;
                END IF;
                IF source.kind = 'promotional' THEN
                    UPDATE campaigns_message m SET status = 'skipped', reason = 'reply_waits'
                    WHERE m.batch_id = found_batch.id AND m.status = 'queued' AND m.source <> 'answer' AND EXISTS (
                        SELECT 1 FROM campaigns_reply a WHERE a.phone = m.phone AND a.reading = 'waits');
                    GET DIAGNOSTICS held_back = ROW_COUNT;
                    left_out := left_out + held_back;
                END IF;
                -- The gate lets one claim at a time look: of two texts to a number the second sees the first under way.
                IF source.kind = 'promotional' AND rules.weekly_texts IS NOT NULL THEN
                    UPDATE campaigns_message m SET status = 'skipped', reason = 'too_often'
                    WHERE m.batch_id = found_batch.id AND m.status = 'queued' AND m.source NOT IN ('test', 'code', 'answer')
                        AND campaigns_marketing_had(m.phone, found_batch.id, at, rules.weekly_since) >= rules.weekly_texts;
                    GET DIAGNOSTICS held_back = ROW_COUNT;
                    left_out := left_out + held_back;
                END IF;
                IF left_out > 0 THEN
                    PERFORM campaigns_recount(ARRAY[found_batch.id]);
                    SELECT b.cost INTO found_batch.cost FROM campaigns_batch b WHERE b.id = found_batch.id;
                END IF;
                SELECT array_agg(m.id ORDER BY m.id), array_agg(m.phone ORDER BY m.id), array_agg(m.text ORDER BY m.id),
                    array_agg(m.attempt::integer ORDER BY m.id)
                INTO messages, phones, texts, attempts
                FROM campaigns_message m WHERE m.batch_id = found_batch.id AND m.status = 'queued';
                IF messages IS NULL THEN
                    UPDATE campaigns_batch b SET status = 'settled', lease_until = NULL, settled_at = at
                    WHERE b.id = found_batch.id;
                    CONTINUE;
                END IF;

                IF source.kind = 'promotional' AND rules.weekly_texts IS NOT NULL THEN
                    INSERT INTO campaigns_claimedmarketing (message_id, phone, claimed_at)
                    SELECT t.message, t.phone, at FROM unnest(messages, phones) AS t(message, phone)
                    ON CONFLICT (message_id) DO UPDATE SET claimed_at = excluded.claimed_at;
                END IF;

                UPDATE campaigns_gate SET spent_on = gate.spent_on, spent = gate.spent + found_batch.cost,
                    spent_since = spent_since + found_batch.cost,
                    free_at = CASE WHEN per_second > 0
                        THEN greatest(free_at, at) + make_interval(secs => cardinality(messages)::float / per_second)
                        ELSE free_at END,
                    -- After a rest one batch goes, and the others wait for what becomes of it.
                    open_until = CASE WHEN trips > 0 THEN at + lease ELSE open_until END
                WHERE id = 1 RETURNING * INTO gate;
                IF source.max_per_second IS NOT NULL THEN
                    UPDATE campaigns_sender s SET free_at = greatest(s.free_at, at)
                        + make_interval(secs => cardinality(messages)::float / s.max_per_second)
                    WHERE s.id = source.sender_id;
                END IF;
                batch := found_batch.id;
                run := source.run_id;
                sender := source.name;
                service_id := source.service_id;
                price := source.price;
                recheck := source.recheck;
                RETURN NEXT;
                taken := true;
                EXIT sources;
            END LOOP;
        END LOOP;
        EXIT WHEN NOT taken OR gate.trips > 0 OR gate.free_at > at;
    END LOOP;
END
$$;
