-- A custom value as a number, NULL where it is none: what filters compare and what big groups index. Immutable, as an
-- index asks, and never raises: a value may be of another type than its field has now. No counted repeats in the
-- pattern: {1,30} took three times as long as +, measured. Whoever changes what it returns makes the indexes on it anew
-- (REINDEX).
CREATE OR REPLACE FUNCTION contacts_number(record jsonb, field text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN record ->> field ~ '^-?[0-9]+([.][0-9]+)?$' AND length(record ->> field) <= 40
    THEN (record ->> field)::numeric END;
