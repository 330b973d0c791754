-- How many marketing texts a number had in the seven days before `at`, or may have had: posted, and not known to have been
-- refused; or under way in another call than that of the batch `but` (a call has a number once). A text that was sent
-- again counts once, by its last try. Tests and codes that people have sent to their own phones, and answers to STOP, are
-- no marketing to anybody.
--
-- It reads all texts of the number by their index. The batch, which says what a text is for, is looked up for those of
-- these days alone. Asked by `claim_next`, and by pages before anything is sent.
CREATE OR REPLACE FUNCTION campaigns_marketing_had(of_phone varchar, but bigint, at timestamptz)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer FROM campaigns_message o JOIN campaigns_batch b ON b.id = o.batch_id
    WHERE o.phone = of_phone AND o.source NOT IN ('test', 'code', 'answer')
        AND (o.posted_at IS NULL OR o.posted_at > at - interval '7 days' OR o.attempt > 1)
        AND o.status NOT IN ('rejected', 'skipped', 'cancelled')
        AND b.kind = 'promotional'
        AND CASE
            WHEN o.status = 'queued' AND b.status = 'sending' THEN b.id <> but
            WHEN o.status = 'queued' AND o.attempt = 1 THEN false
            ELSE coalesce(b.posted_at, o.posted_at, o.accepted_at) > at - interval '7 days' END
$$;
