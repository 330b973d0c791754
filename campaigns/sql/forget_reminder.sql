-- A reminder's key goes with the text that did not: called by the trigger below, whatever ended the text, so that it
-- cannot be forgotten. A later try's key stays, for an earlier one may have arrived.
CREATE OR REPLACE FUNCTION campaigns_forget_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM campaigns_reminderkey WHERE run_id = NEW.run_id AND phone = NEW.phone AND told_by = NEW.reference;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER forget_reminder AFTER UPDATE OF status ON campaigns_message FOR EACH ROW
WHEN (NEW.status IN ('skipped', 'rejected', 'cancelled') AND OLD.status <> NEW.status AND NEW.attempt = 1)
EXECUTE FUNCTION campaigns_forget_reminder();
