-- How many marketing texts a number had in the seven days before `at`, or may have had: posted, and not known to have been
-- refused; or under way in another call than that of the batch `but` (a call has a number once). A text that was sent
-- again counts once, by its last try. Tests and codes that people have sent to their own phones, and answers to STOP, are
-- no marketing to anybody. Asked by `claim_next`, and by pages before anything is sent.
--
-- `since` is when claims began to write down which marketing texts they take: once that is longer ago it reads those of
-- these days alone, whatever the number was sent in years; until then all texts of the number by their index. A claim
-- is the earlier of the two moments, by less than the hour: its lease.
CREATE OR REPLACE FUNCTION campaigns_marketing_had(of_phone varchar, but bigint, at timestamptz, since timestamptz)
RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    week timestamptz := at - interval '7 days';
    had integer;
BEGIN
    IF since < week - interval '1 hour' THEN
        SELECT count(*) INTO had FROM campaigns_claimedmarketing c
            JOIN campaigns_message o ON o.id = c.message_id JOIN campaigns_batch b ON b.id = o.batch_id
        WHERE c.phone = of_phone AND c.claimed_at > week - interval '1 hour' AND o.source NOT IN ('test', 'code', 'answer')
            AND o.status NOT IN ('rejected', 'skipped', 'cancelled')
            AND CASE
                WHEN o.status = 'queued' AND b.status = 'sending' THEN b.id <> but
                WHEN o.status = 'queued' AND o.attempt = 1 THEN false
                ELSE coalesce(b.posted_at, o.posted_at, o.accepted_at) > week END;
    ELSE
        SELECT count(*) INTO had FROM campaigns_message o JOIN campaigns_batch b ON b.id = o.batch_id
        WHERE o.phone = of_phone AND o.source NOT IN ('test', 'code', 'answer')
            AND (o.posted_at IS NULL OR o.posted_at > week OR o.attempt > 1)
            AND o.status NOT IN ('rejected', 'skipped', 'cancelled')
            AND b.kind = 'promotional'
            AND CASE
                WHEN o.status = 'queued' AND b.status = 'sending' THEN b.id <> but
                WHEN o.status = 'queued' AND o.attempt = 1 THEN false
                ELSE coalesce(b.posted_at, o.posted_at, o.accepted_at) > week END;
    END IF;
    RETURN had;
END
$$;
