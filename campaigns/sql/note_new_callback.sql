-- Who is left out has a text that is final from the beginning: as `note_callbacks` does it, for the few that are added so.
CREATE OR REPLACE FUNCTION campaigns_note_new_callback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaigns_callback (api_key_id, message, event, reason, detail, at, next_try_at)
    SELECT k.id, NEW.id, NEW.status, NEW.reason, NEW.detail, clock_timestamp(), clock_timestamp()
    FROM campaigns_batch b JOIN accounts_apikey k ON k.id = b.api_key_id
    WHERE b.id = NEW.batch_id AND k.callback_url <> '' AND k.revoked_at IS NULL
        AND (k.ends_at IS NULL OR k.ends_at > clock_timestamp());
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER note_new_callback AFTER INSERT ON campaigns_message FOR EACH ROW
WHEN (NEW.calls_back AND NEW.status IN ('skipped', 'rejected', 'cancelled'))
EXECUTE FUNCTION campaigns_note_new_callback();
