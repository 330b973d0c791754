-- Whether a report that has not been looked at waits for one of the batch's numbers: it may prove an earlier try, so
-- `claim_next` leaves a batch that is sent again where it is.
CREATE OR REPLACE FUNCTION campaigns_reports_wait(the_batch bigint, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM campaigns_message m JOIN campaigns_deliveryreport d ON d.phone = m.phone
        WHERE m.batch_id = the_batch AND m.status = 'queued'
            AND (d.state = 'new' OR (d.state = 'waiting' AND d.next_try_at <= at)))
$$;
